from dataclasses import dataclass
from enum import Enum

from polaris import Workflow, builder


class Seat(Enum):
    WINDOW = "window"
    AISLE = "aisle"


@dataclass(frozen=True)
class Order:
    number: int
    seat: Seat


@dataclass(frozen=True)
class Placed:
    number: int


@builder
def place(order: Order) -> Placed:
    return Placed(order.number)


orders = Workflow("orders", target=Placed)
