"""The ways to carry out a case: step by step, in threads, in an event loop, and without a store."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import suppress

import polaris
from polaris.errors import UnknownRunError
from tests.conformance.upstream.reader import Json, Read, read
from tests.conformance.upstream.records import Notes, compiled

RUN = "run"


def serial(made: Read) -> list[Json]:
    return _with_engine(made, None)


def threads(made: Read) -> list[Json]:
    with ThreadPoolExecutor(4) as pool:
        return _with_engine(made, pool)


def event_loop(made: Read) -> list[Json]:
    return asyncio.run(_with_async_engine(made))


def without_a_store(made: Read) -> list[Json]:
    notes = Notes(made)
    for delivery in made.deliveries:
        with notes.failures():
            notes.returned(polaris.run(made.workflow, *delivery, observers=[notes]))
        notes.kept(notes.outcome)
    return notes.calls


WAYS: dict[str, Callable[[Read], list[Json]]] = {
    "serial": serial,
    "threads": threads,
    "asyncio": event_loop,
    "coroutines": event_loop,
    "in memory": without_a_store,
}
"""How the calls of a case can be made; with coroutines its builders are awaited. In memory there is only one call."""

PARALLEL = frozenset({"threads", "asyncio", "coroutines"})


def came_of(case: Json, way: str) -> Json:
    """Compile a case and, if it compiles, make its calls."""
    made = read(case, awaited=way == "coroutines")
    record = compiled(made)
    return record if record["faults"] else record | {"calls": WAYS[way](made)}


def _with_engine(made: Read, executor: Executor | None) -> list[Json]:
    notes = Notes(made)
    with polaris.open_engine("memory://", made.workflow, executor=executor, observers=[notes]) as engine:
        for delivery in made.deliveries:
            with notes.failures():
                notes.returned(engine.run(made.workflow, RUN, *delivery))
            state = None
            with suppress(UnknownRunError):
                state = engine.get(RUN)
            notes.kept(state)
    return notes.calls


async def _with_async_engine(made: Read) -> list[Json]:
    notes = Notes(made)
    async with polaris.open_async_engine("memory://", made.workflow, observers=[notes]) as engine:
        for delivery in made.deliveries:
            with notes.failures():
                notes.returned(await engine.run(made.workflow, RUN, *delivery))
            state = None
            with suppress(UnknownRunError):
                state = await engine.get(RUN)
            notes.kept(state)
    return notes.calls
