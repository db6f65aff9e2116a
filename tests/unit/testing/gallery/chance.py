"""A builder leaves it to chance."""

import random

from polaris import Workflow
from tests.unit.testing.gallery.nouns import A, Out

FOUND = "makes something else of the same"


def roll(a: A) -> Out:
    return Out(str(random.random()))


def seeded(a: A) -> Out:
    return Out(str(random.Random(a.n).random()))


wrong = Workflow("wrong", target=Out, builders=[roll])
right = Workflow("right", target=Out, builders=[seeded])
