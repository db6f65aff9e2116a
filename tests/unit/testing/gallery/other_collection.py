"""A value comes back from the store as another kind of collection."""

from polaris import Workflow
from tests.unit.testing.gallery.nouns import A, Parts

FOUND = "it comes back as tuple, not list"


def split(a: A) -> Parts:
    return Parts([a.n])  # type: ignore[arg-type]


def split_as_declared(a: A) -> Parts:
    return Parts((a.n,))


wrong = Workflow("wrong", target=Parts, builders=[split])
right = Workflow("right", target=Parts, builders=[split_as_declared])
