"""A builder gives the same list every time, and goes on writing in it."""

from polaris import Workflow
from tests.unit.testing.gallery.nouns import A, Cart

FOUND = "makes something else of the same"


items: list[int] = []


def collect(a: A) -> Cart:
    items.append(a.n)
    return Cart(items)


def make_a_list(a: A) -> Cart:
    return Cart([a.n])


wrong = Workflow("wrong", target=Cart, builders=[collect])
right = Workflow("right", target=Cart, builders=[make_a_list])
