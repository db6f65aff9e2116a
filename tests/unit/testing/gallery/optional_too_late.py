"""An optional changes the end, but only if it comes early enough."""

from polaris import Workflow
from tests.unit.testing.gallery.nouns import A, B, Note, Out

FOUND = "wrong: "


seen: list[B | None] = []


def begin(a: A) -> Note:
    seen.clear()
    return Note(f"{a.n}")


def keep_the_first(note: Note, b: B | None = None) -> Out:
    seen.append(b)
    return Out(f"{note.text} with {seen[0]}")


def take_it_as_it_is_now(note: Note, b: B | None = None) -> Out:
    return Out(f"{note.text} with {b}")


wrong = Workflow("wrong", target=Out, builders=[begin, keep_the_first])
right = Workflow("right", target=Out, builders=[begin, take_it_as_it_is_now])
