"""Runs the workflows of a command: from an event loop, if one of their builders is a coroutine function."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar, cast

from polaris._assembly import arun, compiled, open_async_engine, open_engine, run
from polaris._model.keys import TypeForm
from polaris._model.outcome import Outcome
from polaris._model.workflow import Workflow
from polaris._runtime.async_engine import AsyncEngine
from polaris._runtime.engine import Engine
from polaris.protocols import Observer, Store

T = TypeVar("T")


class Opened:
    """An engine of either kind, asked from outside a loop."""

    def __init__(self, engine: Engine | AsyncEngine, loops: asyncio.Runner | None = None) -> None:
        self._engine = engine
        self._loops = loops

    def ask(self, question: Callable[[Engine | AsyncEngine], T | Coroutine[Any, Any, T]]) -> T:
        """Call a method of the engine, and give its answer when that is there."""
        answer = question(self._engine)
        if self._loops is None:
            return cast("T", answer)
        try:
            return self._loops.run(cast("Coroutine[Any, Any, T]", answer))
        except KeyboardInterrupt:
            self._loops.run(_break_off())
            raise


@contextmanager
def opened_engine(
    store: str | Store,
    *workflows: Workflow[Any],
    resources: Mapping[TypeForm, object],
    observers: Sequence[Observer] = (),
) -> Generator[Opened]:
    """Open the engine that these workflows need, and close it; the arguments are those of `polaris.open_engine`."""
    if not any(_awaits(workflow) for workflow in workflows):
        with open_engine(store, *workflows, resources=resources, observers=observers) as engine:
            yield Opened(engine)
        return
    with asyncio.Runner() as loops:
        awaited = open_async_engine(store, *workflows, resources=resources, observers=observers)
        try:
            yield Opened(awaited, loops)
        finally:
            loops.run(awaited.close())


def run_once(
    workflow: Workflow[Any], *data: object, resources: Mapping[TypeForm, object], observers: Sequence[Observer] = ()
) -> Outcome[Any]:
    """Run a workflow in memory; as `polaris.run` or `polaris.arun`."""
    if _awaits(workflow):
        return asyncio.run(arun(workflow, *data, resources=resources, observers=observers))
    return run(workflow, *data, resources=resources, observers=observers)


def _awaits(workflow: Workflow[Any]) -> bool:
    return any(step.is_async for step in compiled(workflow).plan.steps)


async def _break_off() -> None:
    """Cancel what an interrupt has left behind in the loop, and wait until it has let go of what it holds."""
    left = asyncio.all_tasks() - {asyncio.current_task()}
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)
