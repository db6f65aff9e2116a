from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class Card:
    number: str


@dataclass(frozen=True)
class Price:
    cents: int


@dataclass(frozen=True)
class Token:
    text: str


@dataclass(frozen=True)
class Receipt:
    text: str


@builder
def register(card: Card) -> Token:
    return Token(text=card.number[-4:])


@builder
def charge(token: Token, price: Price) -> Receipt:
    return Receipt(text=f"{price.cents} from {token.text}")


pay = Workflow("pay", target=Receipt, transients=[Card])
