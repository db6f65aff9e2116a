from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class RideRequest:
    user_id: str


@dataclass(frozen=True)
class CabbieMatched:
    cabbie: str


CABBIE = "Ravi"


@builder
def match_cabbie(request: RideRequest) -> CabbieMatched:
    return CabbieMatched(cabbie=CABBIE)


cab_ride = Workflow("cab_ride", target=CabbieMatched)
