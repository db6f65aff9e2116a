"""Time limits: how long a builder or a call may take, by a clock that a test may set."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import Future, wait
from contextvars import copy_context
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any, TypeVar

from polaris.protocols import Clock

T = TypeVar("T")

_GLANCE = 0.05
"""How often, in seconds, a clock that somebody sets is looked at: nobody is told when it jumps."""


class TimeUpError(Exception):
    """What was limited had not ended in time. Raised and caught inside this room."""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many seconds from a moment on.

    Attributes:
        seconds: how many.
        clock: whose seconds; None for the host's monotonic clock, which nobody sets.
        since: the moment, by that clock.
    """

    seconds: float
    clock: Clock | None
    since: float

    @property
    def left(self) -> float:
        """The seconds that are left; zero or less when the time is up."""
        return self.seconds - (_now(self.clock) - self.since)

    @property
    def pause(self) -> float:
        """How many seconds to wait at most before looking again."""
        left = max(self.left, 0.0)
        return left if self.clock is None else min(left, _GLANCE)

    @property
    def deadline(self) -> datetime:
        """When the time is up, in UTC."""
        return today(self.clock) + timedelta(seconds=self.left)


def limit(seconds: float, clock: Clock | None) -> Limit:
    """Begin to count."""
    return Limit(seconds, clock, _now(clock))


def today(clock: Clock | None) -> datetime:
    """Give the time, in UTC."""
    return datetime.fromtimestamp(time.time() if clock is None else clock.time(), UTC)


def _now(clock: Clock | None) -> float:
    return time.monotonic() if clock is None else clock.time()


def in_thread(function: Callable[[], T]) -> Future[T]:
    """Call a function in a thread of its own, with the context variables of the caller."""
    future: Future[T] = Future()
    future.set_running_or_notify_cancel()  # from now on nobody can cancel it
    context = copy_context()

    def work() -> None:
        try:
            value = context.run(function)
        except BaseException as error:  # noqa: BLE001 - it is raised where the result is asked for
            future.set_exception(error)
        else:
            future.set_result(value)

    Thread(target=work, name="polaris-builder", daemon=True).start()
    return future


def within(function: Callable[[], T], given: Limit) -> T:
    """Call a function in a thread of its own, which is left behind when the time is up.

    Raises:
        TimeUpError: it had not ended in time; what it comes to later is dropped.
    """
    future = in_thread(function)
    while not future.done() and given.left > 0:
        wait([future], timeout=given.pause)
    if given.left <= 0:
        raise TimeUpError
    return future.result()


async def within_async(work: Coroutine[Any, Any, T], given: Limit) -> T:
    """Await something, which is cancelled when the time is up.

    Raises:
        TimeUpError: it had not ended in time; what it came to is dropped.
    """
    task = asyncio.ensure_future(work)
    try:
        while not task.done() and given.left > 0:
            await asyncio.wait({task}, timeout=given.pause)
        in_time = given.left > 0
    finally:
        await dismiss({task})
    if not in_time:
        raise TimeUpError
    return task.result()


async def dismiss(tasks: set[asyncio.Future[T]]) -> None:
    """Cancel what has not ended, and wait until it has; what it comes to is dropped."""
    open_ones = {task for task in tasks if task.cancel()}
    if open_ones:
        await asyncio.wait(open_ones)
    for task in tasks:
        if not task.cancelled():
            task.exception()
