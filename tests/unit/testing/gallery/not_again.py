"""A builder refuses to do again what a crash has cut off."""

from polaris import Context, Resource, Workflow
from tests.unit.testing.gallery.nouns import A, Out

FOUND = "Builder 'begin' failed"


class Office:
    """Knows what has been begun."""

    def __init__(self) -> None:
        self.begun: set[str] = set()


OPTIONS = {"resources": {Office: Office()}}


def begin(a: A, office: Resource[Office], ctx: Context) -> Out:
    if ctx.idempotency_key in office.begun:
        raise RuntimeError("begun already")
    office.begun.add(ctx.idempotency_key)
    return Out("begun")


def begin_or_go_on(a: A, office: Resource[Office], ctx: Context) -> Out:
    office.begun.add(ctx.idempotency_key)
    return Out("begun")


wrong = Workflow("wrong", target=Out, builders=[begin])
right = Workflow("right", target=Out, builders=[begin_or_go_on])
