from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class Card:
    number: str


@dataclass(frozen=True)
class Price:
    cents: int


@dataclass(frozen=True)
class Receipt:
    text: str


@builder
def charge(card: Card, price: Price) -> Receipt:
    return Receipt(text=f"{price.cents} from {card.number[-4:]}")


pay = Workflow("pay", target=Receipt, transients=[Card])
