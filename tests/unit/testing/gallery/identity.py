"""A builder asks whether a value is the same object, which after a pause it is not."""

from polaris import Workflow
from tests.unit.testing.gallery.nouns import A, B, Note, Out

FOUND = "wrong: "


known: list[A] = []


def remember(a: A) -> Note:
    known.append(a)
    return Note("seen")


def compare(a: A, note: Note, b: B | None = None) -> Out:
    return Out(f"the same: {a is known[-1]}")


def compare_by_value(a: A, note: Note, b: B | None = None) -> Out:
    return Out(f"{a == A(a.n)}")


wrong = Workflow("wrong", target=Out, builders=[remember, compare])
right = Workflow("right", target=Out, builders=[remember, compare_by_value])
