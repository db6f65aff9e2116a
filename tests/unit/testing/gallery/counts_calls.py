"""A builder makes something of how often it was called."""

from itertools import count

from polaris import Workflow
from tests.unit.testing.gallery.nouns import A, Out

FOUND = "makes something else of the same"


numbers = count()


def number(a: A) -> Out:
    return Out(f"{a.n} {next(numbers)}")


def leave_out(a: A) -> Out:
    return Out(f"{a.n}")


wrong = Workflow("wrong", target=Out, builders=[number])
right = Workflow("right", target=Out, builders=[leave_out])
