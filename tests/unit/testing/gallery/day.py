"""A builder looks at the clock for the day only."""

import time

from polaris import Workflow
from tests.unit.testing.gallery.nouns import A, B, Out

FOUND = "makes something else of the same"


def date(a: A) -> Out:
    return Out(f"{a.n} on day {int(time.time()) // 86_400}")


def take_the_day_as_data(a: A, day: B) -> Out:
    return Out(f"{a.n} on day {day.n}")


wrong = Workflow("wrong", target=Out, builders=[date])
right = Workflow("right", target=Out, builders=[take_the_day_as_data])
