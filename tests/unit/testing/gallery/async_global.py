"""Two coroutine functions share something global."""

import asyncio

from polaris import Workflow
from tests.unit.testing.gallery.nouns import A, Out

FOUND = "makes something else of the same"


waiting: list[int] = []


async def queue(a: A) -> Out:
    waiting.append(a.n)
    await asyncio.sleep(0)
    return Out(str(len(waiting)))


async def answer(a: A) -> Out:
    await asyncio.sleep(0)
    return Out(str(a.n))


wrong = Workflow("wrong", target=Out, builders=[queue])
right = Workflow("right", target=Out, builders=[answer])
