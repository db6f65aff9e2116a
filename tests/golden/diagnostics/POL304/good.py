from dataclasses import dataclass

from polaris import Workflow, builder


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
def pay(card: Card | None = None, cash: Cash | None = None) -> Paid:
    return Paid(by="card" if card else "cash" if cash else "nobody")


checkout = Workflow("checkout", target=Paid)
