"""A loop never comes to rest."""

from polaris import Feedback, Workflow
from tests.unit.testing.gallery.nouns import A, Price

FOUND = "grow"


def grow(a: A, last: Feedback[Price] | None = None) -> Price:
    return Price(last.amount + 1.0 if last else 0.0)


def grow_to_three(a: A, last: Feedback[Price] | None = None) -> Price:
    return Price(min(3.0, last.amount + 1.0) if last else 0.0)


wrong = Workflow("wrong", target=Price, builders=[grow])
right = Workflow("right", target=Price, builders=[grow_to_three])
