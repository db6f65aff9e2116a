"""A builder changes what it is given."""

from polaris import Workflow
from tests.unit.testing.gallery.nouns import Cart, Out

FOUND = "add changes what it is given"


def add(cart: Cart) -> Out:
    cart.items.append(1)
    return Out(str(cart.items))


def add_to_a_copy(cart: Cart) -> Out:
    return Out(str([*cart.items, 1]))


wrong = Workflow("wrong", target=Out, builders=[add])
right = Workflow("right", target=Out, builders=[add_to_a_copy])
