"""Drives scripts from asyncio: coroutine functions run in the loop, plain ones and the store off it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from contextvars import copy_context
from typing import Any, TypeVar, cast

from polaris._runtime.call import Call
from polaris._runtime.drive import come_of
from polaris._runtime.executors import stays, submit
from polaris._runtime.limits import dismiss
from polaris._runtime.script import Abandon, Ask, Await, Effect, Ended, Script, Start

T = TypeVar("T")


class AsyncDriver:
    """Performs the effects of one script.

    Args:
        executor: where plain builders run; None for `threads`.
        threads: where plain builders run that cannot be sent to the executor.
        store: where the store's operations run.
        sleep: how to wait.
    """

    def __init__(
        self,
        executor: Executor | None,
        *,
        threads: Executor,
        store: Executor,
        sleep: Callable[[float], Awaitable[object]],
    ) -> None:
        self._executor = executor
        self._threads = threads
        self._store = store
        self._sleep = sleep
        self._tasks: set[asyncio.Future[object]] = set()
        self._futures: set[Future[object]] = set()
        self._ended: asyncio.Queue[tuple[int, asyncio.Future[object] | Future[object]]] = asyncio.Queue()

    async def drive(self, script: Script[T]) -> T:
        """Perform a script to its end, and give what it returns or raise what it raises."""
        try:
            effect = next(script)
            while True:
                try:
                    answer = await self._perform(effect)
                except BaseException as error:  # noqa: BLE001 - the script must see it, to let go of what it holds
                    effect = script.throw(error)
                else:
                    effect = script.send(answer)
        except StopIteration as stop:
            value: T = stop.value
            return value
        finally:
            await self._abandon()

    async def _perform(self, effect: Effect) -> Any:  # noqa: ANN401 - what it gives depends on the effect
        match effect:
            case Ask(operation):
                return await self._ask(operation)
            case Start():
                return self._start(effect)
            case Await(seconds):
                return await self._await(seconds)
            case Abandon():
                return await self._abandon()
            case _:
                return await self._sleep(effect.seconds)

    async def _ask(self, operation: Callable[[], object]) -> object:
        """Have a store operation done; one that has begun is waited for even when the caller is cancelled."""
        answer = asyncio.wrap_future(self._store.submit(copy_context().run, operation))
        try:
            return await asyncio.shield(answer)
        except asyncio.CancelledError:
            await asyncio.wait({answer})
            raise

    def _start(self, start: Start) -> None:
        call = start.call
        if call.is_async:
            task = cast("asyncio.Future[object]", asyncio.ensure_future(call.awaited()))
            self._tasks.add(task)
            ended = self._ended
            task.add_done_callback(lambda done: ended.put_nowait((start.number, done)))
        else:
            self._follow(start.number, submit(self._place(call), call))

    def _place(self, call: Call) -> Executor:
        return self._threads if self._executor is None or stays(self._executor, call) else self._executor

    def _follow(self, number: int, future: Future[object]) -> None:
        """Have the loop told when a future ends. Not by `asyncio.wrap_future`, which changes some exceptions."""
        loop, ended = asyncio.get_running_loop(), self._ended

        def tell(done: Future[object]) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(ended.put_nowait, (number, done))

        self._futures.add(future)
        future.add_done_callback(tell)

    async def _await(self, seconds: float | None) -> Ended | None:
        try:
            async with asyncio.timeout(seconds):
                number, done = await self._ended.get()
        except TimeoutError:
            return None
        if isinstance(done, Future):
            self._futures.discard(done)
        else:
            self._tasks.discard(done)
            if done.cancelled():
                return Ended(number, error=asyncio.CancelledError("the builder cancelled itself"))
        return come_of(number, done.result)

    async def _abandon(self) -> bool:
        self._ended = asyncio.Queue()
        tasks, futures = self._tasks, self._futures
        self._tasks, self._futures = set(), set()
        left = [future for future in futures if not (future.done() or future.cancel())]
        await dismiss(tasks)
        return not left
