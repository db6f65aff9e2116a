"""A value comes back from the store as another kind of number."""

from polaris import Workflow
from tests.unit.testing.gallery.nouns import A, Out, Price

FOUND = "paused and reloaded"


def price(a: A) -> Price:
    return Price(a.n % 10)


def price_as_declared(a: A) -> Price:
    return Price(float(a.n % 10))


def tell(price: Price) -> Out:
    return Out(str(price.amount))


wrong = Workflow("wrong", target=Out, builders=[price, tell])
right = Workflow("right", target=Out, builders=[price_as_declared, tell])
