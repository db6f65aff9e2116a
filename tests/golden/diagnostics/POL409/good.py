from dataclasses import dataclass

import msgspec

from polaris import Workflow, builder


class Card(msgspec.Struct, frozen=True, tag=True):
    number: str


class Upi(msgspec.Struct, frozen=True, tag=True):
    address: str


@dataclass(frozen=True)
class Order:
    number: int
    pay: Card | Upi


@dataclass(frozen=True)
class Placed:
    number: int


@builder
def place(order: Order) -> Placed:
    return Placed(order.number)


orders = Workflow("orders", target=Placed)
