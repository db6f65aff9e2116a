from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class Order:
    cents: int


@dataclass(frozen=True)
class Card:
    number: str


@dataclass(frozen=True)
class Cash:
    cents: int


@dataclass(frozen=True)
class Paid:
    by: str


@builder
def pay(order: Order, means: Card | Cash) -> Paid:
    return Paid(by=type(means).__name__)


checkout = Workflow("checkout", target=Paid)
