from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class CabbieMatched:
    cabbie: str


@dataclass(frozen=True)
class CabbieArrived:
    minute: int


@dataclass(frozen=True)
class RideEnded:
    minutes: int


@builder
def end_ride(matched: CabbieMatched, arrived: CabbieArrived) -> RideEnded:
    return RideEnded(minutes=arrived.minute)


cab_ride = Workflow("cab_ride", target=RideEnded, inputs=[CabbieMatched, CabbieArrived])
