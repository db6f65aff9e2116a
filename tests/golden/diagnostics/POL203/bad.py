from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class RideRequest:
    user_id: str


@dataclass(frozen=True)
class Offer:
    cents: int


@dataclass(frozen=True)
class CounterOffer:
    cents: int


@builder
def make_offer(request: RideRequest, counter: CounterOffer | None = None) -> Offer:
    return Offer(cents=counter.cents if counter else 1200)


@builder
def answer(offer: Offer) -> CounterOffer | None:
    return CounterOffer(cents=1000) if offer.cents > 1100 else None


haggle = Workflow("haggle", target=Offer)
