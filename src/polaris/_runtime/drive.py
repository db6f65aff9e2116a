"""Drives scripts in the calling thread: builders run there too, or on any `concurrent.futures.Executor`."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Any, TypeVar

from polaris._runtime.script import Ask, Await, Effect, Ended, Script, Sleep, Start

T = TypeVar("T")


class Driver:
    """Performs the effects of one script.

    Args:
        executor: where builders run; None for the calling thread.
        sleep: how to wait.
    """

    def __init__(self, executor: Executor | None, sleep: Callable[[float], None]) -> None:
        self._executor = executor
        self._sleep = sleep
        self._waiting: deque[Start] = deque()
        self._futures: dict[Future[object], int] = {}

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

    def _perform(self, effect: Effect) -> Any:  # noqa: ANN401 - what it gives depends on the effect
        match effect:
            case Ask(operation):
                return operation()
            case Start():
                return self._start(effect)
            case Await():
                return self._await()
            case Sleep(seconds):
                return self._sleep(seconds)

    def _start(self, start: Start) -> None:
        if self._executor is None:
            self._waiting.append(start)
        else:
            self._futures[self._executor.submit(start.call)] = start.number

    def _await(self) -> Ended:
        if self._waiting:
            start = self._waiting.popleft()
            return _ended(start.number, start.call)
        done = next(iter(wait(self._futures, return_when=FIRST_COMPLETED).done))
        return _ended(self._futures.pop(done), done.result)


def _ended(number: int, call: Callable[[], object]) -> Ended:
    try:
        return Ended(number, returned=call())
    except Exception as error:  # noqa: BLE001 - a builder's failure is data from here on
        return Ended(number, error=error)
