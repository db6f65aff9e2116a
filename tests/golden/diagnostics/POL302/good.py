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


@builder
def match_cabbie(request: RideRequest) -> CabbieMatched | NoCabbie:
    return CabbieMatched(cabbie="Ravi") if request.user_id else NoCabbie(reason="nobody asks")


cab_ride = Workflow("cab_ride", target=CabbieMatched | NoCabbie)
