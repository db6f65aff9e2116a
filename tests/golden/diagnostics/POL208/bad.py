from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class Card:
    number: str


@dataclass(frozen=True)
class Charge:
    reference: str


@dataclass(frozen=True)
class Receipt:
    text: str


@builder(once=True)
def charge(card: Card) -> Charge:
    return Charge(reference=f"ending in {card.number[-4:]}")


@builder
def write_receipt(charge: Charge) -> Receipt:
    return Receipt(text=charge.reference)


pay = Workflow("pay", target=Receipt, transients=[Card, Charge])
