"""A builder takes from something that is used up."""

from polaris import Workflow
from tests.unit.testing.gallery.nouns import A, Out

FOUND = "makes something else of the same"


cabs = iter(range(10**9))


def take_a_cab(a: A) -> Out:
    return Out(str(next(cabs)))


def take_the_cab_of_a_place(a: A) -> Out:
    return Out(str(a.n % 7))


wrong = Workflow("wrong", target=Out, builders=[take_a_cab])
right = Workflow("right", target=Out, builders=[take_the_cab_of_a_place])
