"""A builder returns None, and does not say so."""

from polaris import Workflow
from tests.unit.testing.gallery.nouns import A, Out

FOUND = "declares that it returns Out"


def forget(a: A) -> Out:
    return Out("") if a.n < 6 else None  # type: ignore[return-value]


def decline(a: A) -> Out | None:
    return Out("") if a.n < 6 else None


wrong = Workflow("wrong", target=Out, builders=[forget])
right = Workflow("right", target=Out, builders=[decline])
