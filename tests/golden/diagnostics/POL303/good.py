from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class RideRequest:
    user_id: str


@dataclass(frozen=True)
class CabbieMatched:
    cabbie: str


@dataclass(frozen=True)
class NoCabbie:
    reason: str


@dataclass(frozen=True)
class RideEnded:
    minutes: int


@builder
def match_cabbie(request: RideRequest) -> CabbieMatched | NoCabbie:
    return CabbieMatched(cabbie="Ravi") if request.user_id else NoCabbie(reason="nobody asks")


@builder
def end_ride(matched: CabbieMatched | NoCabbie) -> RideEnded:
    return RideEnded(minutes=7 if isinstance(matched, CabbieMatched) else 0)


cab_ride = Workflow("cab_ride", target=RideEnded)
