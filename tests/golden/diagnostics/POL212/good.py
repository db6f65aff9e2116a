from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class RideRequest:
    user_id: str


@dataclass(frozen=True)
class CabbieMatched:
    cabbie: str


@builder
def match_cabbie(request: RideRequest) -> CabbieMatched:
    return CabbieMatched(cabbie="Ravi")


cab_ride = Workflow("cab_ride", target=CabbieMatched, transients=[RideRequest])
