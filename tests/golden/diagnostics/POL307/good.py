from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class Cart:
    items: tuple[str, ...]


@dataclass(frozen=True)
class Order:
    count: int


@builder
def order(cart: Cart) -> Order:
    return Order(count=len(cart.items))


checkout = Workflow("checkout", target=Order)
