from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class RideRequest:
    user_id: str


@dataclass(frozen=True)
class Price:
    cents: int


@dataclass(frozen=True)
class Quote:
    text: str


@builder
def list_price(request: RideRequest) -> Price:
    return Price(cents=1200)


@builder
def quote(price: Price) -> Quote:
    return Quote(text=f"{price.cents} cents")


quotes = Workflow("quotes", target=Quote, prefer={Price: quote})
