"""A variant of a union is never made, so that what follows it is never tested."""

from polaris import Workflow
from polaris.testing import path_coverage
from tests.unit.testing.gallery.nouns import A, Note, Other, Out

FOUND = "never seen: choose makes Other"


HOLDS = path_coverage
OPTIONS = {"at_least": 100}


def choose(a: A) -> Note | Other:
    return Note("") if abs(a.n) >= 0 else Other("")


def choose_both(a: A) -> Note | Other:
    return Note("") if a.n >= 0 else Other("")


def finish(found: Note | Other) -> Out:
    return Out(found.text)


wrong = Workflow("wrong", target=Out, builders=[choose, finish])
right = Workflow("right", target=Out, builders=[choose_both, finish])
