from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class RideRequest:
    user_id: str


@dataclass(frozen=True)
class Route:
    km: int


@dataclass(frozen=True)
class Price:
    cents: int


@dataclass(frozen=True)
class Quote:
    text: str


@builder
def set_price(request: RideRequest) -> Price:
    return Price(cents=1200)


@builder
def plan(request: RideRequest) -> Route:
    return Route(km=7)


@builder
def quote(route: Route, price: Price) -> Quote:
    return Quote(text=f"{route.km} km for {price.cents}")


quotes = Workflow("quotes", target=Quote, prefer={Price: set_price})
