from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class RideEnded:
    minutes: int


@dataclass(frozen=True)
class ReceiptSent:
    number: int


@builder
def send_receipt(ended: RideEnded) -> ReceiptSent:
    print("paid for", ended.minutes)
    return ReceiptSent(number=1)


receipt = Workflow("receipt", target=ReceiptSent)
