"""The engine for asyncio: the same desk, driven from an event loop."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast, overload

from polaris._model.ahead import NextInputs
from polaris._model.declaration import Function
from polaris._model.events import Event
from polaris._model.lineage import Lineage
from polaris._model.outcome import Outcome, RunState, Status
from polaris._model.why import Why
from polaris._model.workflow import Workflow
from polaris._runtime.async_drive import AsyncDriver
from polaris._runtime.desk import DEFAULT_LIMIT, DEFAULT_WAIT, Desk
from polaris._runtime.script import Script

if TYPE_CHECKING:
    from typing_extensions import TypeForm

R = TypeVar("R")
T = TypeVar("T")

_STORE_THREADS = 4
PLAIN_BUILDERS_AT_ONCE = 32
"""How many builders that are plain functions run at the same time, unless an executor says otherwise."""


class AsyncEngine:
    """As `polaris.Engine`, with the same methods awaited. Made by `polaris.open_async_engine`.

    Builders that are coroutine functions run in the event loop; plain ones run in the executor, or in up to 32 threads
    of the engine's own, with the context variables of the caller. The store is asked in further threads. A call whose
    task is cancelled cancels its coroutine builders and can be gone on with by the next call.
    """

    def __init__(self, desk: Desk, *, executor: Executor | None, sleep: Callable[[float], Awaitable[object]]) -> None:
        self._desk = desk
        self._executor = executor
        self._sleep = sleep
        self._threads = ThreadPoolExecutor(PLAIN_BUILDERS_AT_ONCE, "polaris-builder")
        self._is_closed = False
        self._store = ThreadPoolExecutor(_STORE_THREADS, "polaris-store")

    @overload
    async def run(
        self,
        workflow: Workflow[R],
        run_id: str,
        *data: object,
        wait: float | timedelta = DEFAULT_WAIT,
        delivery_id: str | None = None,
        new: bool | None = None,
    ) -> Outcome[R]: ...
    @overload
    async def run(
        self,
        workflow: str,
        run_id: str,
        *data: object,
        wait: float | timedelta = DEFAULT_WAIT,
        delivery_id: str | None = None,
        new: bool | None = None,
    ) -> Outcome[Any]: ...
    async def run(
        self,
        workflow: Workflow[R] | str,
        run_id: str,
        *data: object,
        wait: float | timedelta = DEFAULT_WAIT,
        delivery_id: str | None = None,
        new: bool | None = None,
    ) -> Outcome[Any]:
        """Deliver data to a run, carry it as far as it goes, and give what came of it; as `Engine.run`."""
        script = self._desk.run(workflow, run_id, data, wait=wait, delivery_id=delivery_id, new=new)
        return cast("Outcome[Any]", await self._drive(script))

    async def deliver(self, run_id: str, *data: object, delivery_id: str | None = None) -> None:
        """Put data into the inbox of a run, and return when they are stored; as `Engine.deliver`."""
        await self._drive(self._desk.deliver(run_id, data, delivery_id=delivery_id))

    async def rerun(self, run_id: str, builder: str | Function | None = None) -> Outcome[Any]:
        """Have a builder, or all of them from the beginning, run again; as `Engine.rerun`."""
        return await self._drive(self._desk.rerun(run_id, builder))

    async def cancel(self, run_id: str) -> None:
        """Close a run for good, whoever holds it; as `Engine.cancel`."""
        await self._drive(self._desk.cancel(run_id))

    async def get(self, run_id: str) -> RunState:
        """Read a run at one consistent revision; as `Engine.get`."""
        return await self._drive(self._desk.get(run_id))

    async def runs(
        self,
        *,
        workflow: Workflow[Any] | str | None = None,
        status: Status | None = None,
        waiting_for: TypeForm[Any] | None = None,
        older_than: float | timedelta | None = None,
        limit: int = DEFAULT_LIMIT,
        after: str | None = None,
    ) -> list[RunState]:
        """Read a page of runs, in the order of their ids; as `Engine.runs`."""
        script = self._desk.runs(
            workflow=workflow, status=status, waiting_for=waiting_for, older_than=older_than, limit=limit, after=after
        )
        return await self._drive(script)

    async def history(self, run_id: str) -> tuple[Event, ...]:
        """Read what happened in a run, in order; as `Engine.history`."""
        return await self._drive(self._desk.history(run_id))

    async def recover(self, limit: int | None = None) -> list[str]:
        """Take over runs whose worker died or that were left queued; as `Engine.recover`."""
        return await self._drive(self._desk.recover(limit))

    async def purge(self, *, older_than: float | timedelta, status: Status | None = None) -> int:
        """Delete runs, and all that is kept of them, in which nothing is left to do; as `Engine.purge`."""
        return await self._drive(self._desk.purge(older_than=older_than, status=status))

    async def why(self, run: str | Outcome[Any]) -> Why:
        """Say why a run is where it is; as `Engine.why`."""
        return await self._drive(self._desk.why(run))

    async def next_inputs(self, run_id: str, until: TypeForm[Any] | Function | str | None = None) -> NextInputs:
        """Give the minimal sets of outside data that get a run further; as `Engine.next_inputs`."""
        return await self._drive(self._desk.next_inputs(run_id, until))

    async def next_inputs_schema(
        self, run_id: str, until: TypeForm[Any] | Function | str | None = None
    ) -> dict[str, object]:
        """Describe them as a JSON Schema; as `Engine.next_inputs_schema`."""
        return await self._drive(self._desk.next_inputs_schema(run_id, until))

    async def lineage(self, run_id: str, form: TypeForm[Any] | str) -> Lineage:
        """Say where a value comes from; as `Engine.lineage`."""
        return await self._drive(self._desk.lineage(run_id, form))

    async def close(self) -> None:
        """Stop renewing leases, and close the store if it was given as a URL; a store or an executor is its owner's."""
        if self._is_closed:
            return
        self._is_closed = True
        await self._drive(self._desk.close())
        self._threads.shutdown(wait=False)
        self._store.shutdown(wait=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _drive(self, script: Script[T]) -> T:
        driver = AsyncDriver(self._executor, threads=self._threads, store=self._store, sleep=self._sleep)
        return await driver.drive(script)
