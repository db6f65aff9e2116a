"""No data ever lead to the target."""

from polaris import Workflow
from polaris.testing import path_coverage
from tests.unit.testing.gallery.nouns import A, B, Note, Out

FOUND = "never seen: a call ends completed"


HOLDS = path_coverage
OPTIONS = {"at_least": 100}


def check(a: A) -> Note | None:
    return None


def check_well(a: A) -> Note | None:
    return Note("") if a.n % 2 else None


def finish(note: Note, b: B) -> Out:
    return Out(note.text)


wrong = Workflow("wrong", target=Out, builders=[check, finish])
right = Workflow("right", target=Out, builders=[check_well, finish])
