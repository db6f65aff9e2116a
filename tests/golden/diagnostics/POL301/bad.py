from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class RideRequest:
    user_id: str


@dataclass(frozen=True)
class CabbieMatched:
    cabbie: str


@dataclass(frozen=True)
class PassengerTold:
    user_id: str


@builder
def match_cabbie(request: RideRequest) -> CabbieMatched:
    return CabbieMatched(cabbie="Ravi")


@builder
def tell_passenger(request: RideRequest, matched: CabbieMatched) -> PassengerTold:
    print(matched.cabbie, "is on the way")
    return PassengerTold(user_id=request.user_id)


cab_ride = Workflow("cab_ride", target=CabbieMatched)
