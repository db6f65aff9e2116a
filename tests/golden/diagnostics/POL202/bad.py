from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class RideRequest:
    user_id: str


@dataclass(frozen=True)
class Price:
    cents: int


@builder
def list_price(request: RideRequest) -> Price:
    return Price(cents=1200)


@builder
def night_price(request: RideRequest) -> Price:
    return Price(cents=1500)


pricing = Workflow("pricing", target=Price)
