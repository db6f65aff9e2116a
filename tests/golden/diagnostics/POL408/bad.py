from dataclasses import dataclass, field

from polaris import Workflow, builder


@dataclass(frozen=True)
class Order:
    number: int
    note: str = field(default="", compare=False)


@dataclass(frozen=True)
class Placed:
    number: int


@builder
def place(order: Order) -> Placed:
    return Placed(order.number)


orders = Workflow("orders", target=Placed)
