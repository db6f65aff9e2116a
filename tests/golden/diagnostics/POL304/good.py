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
def pay(order: Order, card: Card | None = None, cash: Cash | None = None) -> Paid | None:
    if card:
        return Paid(by="card")
    return Paid(by="cash") if cash else None


checkout = Workflow("checkout", target=Paid)
