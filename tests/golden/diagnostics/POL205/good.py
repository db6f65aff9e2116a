from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class RideRequest:
    user_id: str


@dataclass(frozen=True)
class CabbieMatched:
    cabbie: str


@dataclass(frozen=True)
class RideEnded:
    minutes: int


@builder(name="ride")
def match_cabbie(request: RideRequest) -> CabbieMatched:
    return CabbieMatched(cabbie="Ravi")


@builder(name="end")
def end_ride(matched: CabbieMatched) -> RideEnded:
    return RideEnded(minutes=7)


cab_ride = Workflow("cab_ride", target=RideEnded)
