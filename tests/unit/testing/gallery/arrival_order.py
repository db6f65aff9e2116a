"""The end depends on which of two deliveries comes first."""

from polaris import Workflow
from tests.unit.testing.gallery.nouns import A, B, Note, Other, Out

FOUND = "wrong: "


last: list[str] = [""]


def see_a(a: A) -> Note:
    last[0] = "A"
    return Note("a")


def see_b(b: B) -> Other:
    last[0] = "B"
    return Other("b")


def tell_the_last(note: Note, other: Other) -> Out:
    return Out(f"last came {last[0]}")


def tell_both(note: Note, other: Other) -> Out:
    return Out(f"{note.text} and {other.text}")


wrong = Workflow("wrong", target=Out, builders=[see_a, see_b, tell_the_last])
right = Workflow("right", target=Out, builders=[see_a, see_b, tell_both])
