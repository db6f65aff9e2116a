from dataclasses import dataclass
from typing import Any

from polaris import Workflow, builder


@dataclass(frozen=True)
class Order:
    number: int
    note: Any


@dataclass(frozen=True)
class Placed:
    number: int


@builder
def place(order: Order) -> Placed:
    return Placed(order.number)


orders = Workflow("orders", target=Placed)
