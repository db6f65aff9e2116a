"""One face for both engines, so that a test can be told how builders are to be run."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import polaris
from polaris import AsyncEngine, Engine, Outcome, RunState, Workflow
from polaris._model.ahead import NextInputs
from polaris._model.lineage import Lineage
from polaris._model.why import Why
from polaris.protocols import Event, Store

HOW = ("here", "threads", "asyncio")


class Awaited:
    """An engine for asyncio whose methods are called from outside a loop."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._loops = asyncio.Runner()

    def run(self, *arguments: Any, **options: Any) -> Outcome[Any]:  # noqa: ANN401 - those of an engine
        return self._loops.run(self._engine.run(*arguments, **options))

    def get(self, run_id: str) -> RunState:
        return self._loops.run(self._engine.get(run_id))

    def deliver(self, *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - those of an engine
        self._loops.run(self._engine.deliver(*arguments, **options))

    def rerun(self, *arguments: Any) -> Outcome[Any]:  # noqa: ANN401 - those of an engine
        return self._loops.run(self._engine.rerun(*arguments))

    def runs(self, **options: Any) -> list[RunState]:  # noqa: ANN401 - those of an engine
        return self._loops.run(self._engine.runs(**options))

    def history(self, run_id: str) -> tuple[Event, ...]:
        return self._loops.run(self._engine.history(run_id))

    def recover(self, limit: int | None = None) -> list[str]:
        return self._loops.run(self._engine.recover(limit))

    def purge(self, **options: Any) -> int:  # noqa: ANN401 - those of an engine
        return self._loops.run(self._engine.purge(**options))

    def cancel(self, run_id: str) -> None:
        self._loops.run(self._engine.cancel(run_id))

    def why(self, run: str | Outcome[Any]) -> Why:
        return self._loops.run(self._engine.why(run))

    def next_inputs(self, *arguments: Any) -> NextInputs:  # noqa: ANN401 - those of an engine
        return self._loops.run(self._engine.next_inputs(*arguments))

    def next_inputs_schema(self, *arguments: Any) -> dict[str, object]:  # noqa: ANN401 - those of an engine
        return self._loops.run(self._engine.next_inputs_schema(*arguments))

    def lineage(self, *arguments: Any) -> Lineage:  # noqa: ANN401 - those of an engine
        return self._loops.run(self._engine.lineage(*arguments))

    def close(self) -> None:
        self._loops.run(self._engine.close())
        self._loops.close()


Opened = Engine | Awaited


@contextmanager
def opened(how: str, store: str | Store, *workflows: Workflow[Any], **options: Any) -> Iterator[Opened]:  # noqa: ANN401
    """Open an engine that runs builders here, in threads, or from asyncio."""
    if how == "asyncio":
        engine: Opened = Awaited(polaris.open_async_engine(store, *workflows, **options))
        try:
            yield engine
        finally:
            engine.close()
    elif how == "threads":
        with ThreadPoolExecutor(8) as pool, polaris.open_engine(store, *workflows, executor=pool, **options) as engine:
            yield engine
    else:
        with polaris.open_engine(store, *workflows, **options) as engine:
            yield engine
