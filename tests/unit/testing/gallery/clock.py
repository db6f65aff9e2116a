"""A builder looks at the clock."""

import time

from polaris import Workflow
from tests.unit.testing.gallery.nouns import A, B, Out

FOUND = "makes something else of the same"


def stamp(a: A) -> Out:
    return Out(f"{a.n} at {time.perf_counter_ns()}")


def take_the_time_as_data(a: A, at: B) -> Out:
    return Out(f"{a.n} at {at.n}")


wrong = Workflow("wrong", target=Out, builders=[stamp])
right = Workflow("right", target=Out, builders=[take_the_time_as_data])
