from dataclasses import dataclass
from threading import Event

from polaris import Workflow, builder


@dataclass(frozen=True)
class Order:
    number: int
    cancelled: Event


@dataclass(frozen=True)
class Placed:
    number: int


@builder
def place(order: Order) -> Placed:
    return Placed(order.number)


orders = Workflow("orders", target=Placed)
