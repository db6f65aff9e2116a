from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class RideRequest:
    user_id: str


@dataclass(frozen=True)
class Stops:
    names: tuple[str, ...]


@builder
def plan_stops(request: RideRequest) -> Stops:
    return Stops(names=("home", "work"))


cab_ride = Workflow("cab_ride", target=Stops)
