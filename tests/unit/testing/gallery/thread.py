"""A builder looks at the thread that it runs in."""

import threading

from polaris import Workflow
from tests.unit.testing.gallery.nouns import A, Out

FOUND = "run in threads"


def name_the_thread(a: A) -> Out:
    return Out(threading.current_thread().name)


def name_the_datum(a: A) -> Out:
    return Out(f"A{a.n}")


wrong = Workflow("wrong", target=Out, builders=[name_the_thread])
right = Workflow("right", target=Out, builders=[name_the_datum])
