"""A builder fails on a value that its type allows."""

from polaris import Workflow
from tests.unit.testing.gallery.nouns import A, Out

FOUND = "Builder 'divide' failed"


def divide(a: A) -> Out:
    return Out(str(1 // a.n))


def divide_or_decline(a: A) -> Out | None:
    return Out(str(1 // a.n)) if a.n else None


wrong = Workflow("wrong", target=Out, builders=[divide])
right = Workflow("right", target=Out, builders=[divide_or_decline])
