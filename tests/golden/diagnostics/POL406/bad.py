from dataclasses import dataclass

import attrs

from polaris import Workflow, builder


@attrs.frozen
class Order:
    number: int
    _note: str


@dataclass(frozen=True)
class Placed:
    number: int


@builder
def place(order: Order) -> Placed:
    return Placed(order.number)


orders = Workflow("orders", target=Placed)
