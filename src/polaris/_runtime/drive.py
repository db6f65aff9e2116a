"""Drives scripts in the calling thread: builders run there too, or on any `concurrent.futures.Executor`."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from polaris._runtime.executors import stays, submit
from polaris._runtime.limits import in_thread
from polaris._runtime.script import Abandon, Ask, Await, Effect, Ended, Script, Start

T = TypeVar("T")

_Ended = SimpleQueue[tuple[int, Future[object]]]


class Driver:
    """Performs the effects of one script.

    Args:
        executor: where builders run; None for the calling thread.
        sleep: how to wait.
    """

    def __init__(self, executor: Executor | None, sleep: Callable[[float], None]) -> None:
        self._executor = executor
        self._sleep = sleep
        self._here: deque[Start] = deque()
        self._futures: set[Future[object]] = set()
        self._ended: _Ended = SimpleQueue()

    def drive(self, script: Script[T]) -> T:
        """Perform a script to its end, and give what it returns or raise what it raises."""
        try:
            effect = next(script)
            while True:
                try:
                    answer = self._perform(effect)
                except BaseException as error:  # noqa: BLE001 - the script must see it, to let go of what it holds
                    effect = script.throw(error)
                else:
                    effect = script.send(answer)
        except StopIteration as stop:
            value: T = stop.value
            return value
        finally:
            self._abandon()

    def _perform(self, effect: Effect) -> Any:  # noqa: ANN401 - what it gives depends on the effect
        match effect:
            case Ask(operation):
                return operation()
            case Start():
                return self._start(effect)
            case Await(seconds):
                return self._await(seconds)
            case Abandon():
                return self._abandon()
            case _:
                return self._sleep(effect.seconds)

    def _start(self, start: Start) -> None:
        if self._executor is None or stays(self._executor, start.call):
            self._here.append(start)
        else:
            self._follow(start.number, submit(self._executor, start.call))

    def _follow(self, number: int, future: Future[object]) -> None:
        ended = self._ended
        self._futures.add(future)
        future.add_done_callback(lambda done: ended.put((number, done)))

    def _await(self, seconds: float | None) -> Ended | None:
        if self._here and self._ended.empty():
            start = self._here.popleft()
            if seconds is None:
                return come_of(start.number, start.call)
            self._follow(start.number, in_thread(start.call))  # which can be left behind when the time is up
        try:
            number, future = self._ended.get(timeout=seconds)
        except Empty:
            return None
        self._futures.discard(future)
        return come_of(number, future.result)

    def _abandon(self) -> bool:
        self._here.clear()
        self._ended = SimpleQueue()
        self._futures = {future for future in self._futures if not (future.done() or future.cancel())}
        left, self._futures = self._futures, set()
        return not left


def come_of(number: int, result: Callable[[], object]) -> Ended:
    """Give what came of a builder; a failure is data from here on."""
    try:
        return Ended(number, returned=result())
    except Exception as error:  # noqa: BLE001 - what else a builder raises, an interrupt, is for the caller
        return Ended(number, error=error)
