"""A builder makes an id of its own, another one each time."""

from uuid import uuid4

from polaris import Context, Workflow
from tests.unit.testing.gallery.nouns import A, Out

FOUND = "makes something else of the same"


def draw_an_id(a: A) -> Out:
    return Out(uuid4().hex)


def take_the_key(a: A, ctx: Context) -> Out:
    return Out(ctx.idempotency_key)


wrong = Workflow("wrong", target=Out, builders=[draw_an_id])
right = Workflow("right", target=Out, builders=[take_the_key])
