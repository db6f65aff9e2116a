from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class RideEnded:
    minutes: int


@builder
def send_receipt(ended: RideEnded) -> None:
    print("paid for", ended.minutes)


receipt = Workflow("receipt", target=RideEnded)
