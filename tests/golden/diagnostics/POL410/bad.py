from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class Order:
    number: int
    scan: memoryview


@dataclass(frozen=True)
class Placed:
    number: int


@builder
def place(order: Order) -> Placed:
    return Placed(order.number)


orders = Workflow("orders", target=Placed)
