from dataclasses import dataclass

from polaris import Take, Workflow, builder


@dataclass(frozen=True)
class Offer:
    cents: int


@dataclass(frozen=True)
class Answer:
    yes: bool


@dataclass(frozen=True)
class Agreed:
    cents: int


@builder
def decide(offer: Offer, answer: Take[Answer]) -> Agreed | None:
    return Agreed(cents=offer.cents) if answer.yes else None


deal = Workflow("deal", target=Agreed)
