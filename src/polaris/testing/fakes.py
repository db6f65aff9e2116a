"""What tests put in the place of the real thing: a clock that is set by hand, and a store in which things go wrong."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NoReturn, cast

from polaris.protocols import Store


@dataclass
class SetClock:
    """A clock that stands still until it is told to go on; whoever sleeps by it moves it.

    Attributes:
        now: the time, in seconds since the epoch.
    """

    now: float = 1_000_000.0

    def time(self) -> float:
        """Give the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Move on at once."""
        self.now += seconds


class Killed(BaseException):
    """The worker is dead. Like an interrupt it is no `Exception`, so that nothing is done about it."""


def kill() -> NoReturn:
    """Let the worker die: for `Fault.do`."""
    raise Killed


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something that happens at one operation of a store.

    Attributes:
        at: the number of the operation, from 1; renewals of leases, which come when they like, are not counted.
        when: before the operation takes effect, or after it did.
        do: what happens: it may raise, which is then the answer, or wait, or do something to the store. When it
            raises `Killed`, so does every later operation: a dead worker writes nothing.
    """

    at: int
    when: Literal["before", "after"]
    do: Callable[[], object]


class Faults:
    """Faults, and what they were put around has been asked to do so far.

    Example: ``open_engine(Faults(Fault(at=3, when="after", do=kill)).around(store), flow)``.

    Attributes:
        operations: the names of the operations that were asked for, in order.
    """

    def __init__(self, *faults: Fault) -> None:
        self.operations: list[str] = []
        self._faults = faults
        self._is_dead = False
        self._lock = threading.Lock()

    def around(self, store: Store) -> Store:
        """Give the store as it is with these faults."""
        return cast("Store", _Faulty(self, store))

    def die(self) -> NoReturn:
        """Let the worker die now, wherever it is."""
        self._is_dead = True
        raise Killed

    def perform(self, name: str, operation: Callable[..., object], *arguments: Any, **named: Any) -> object:  # noqa: ANN401
        """Do an operation, and what happens before and after it."""
        if self._is_dead:
            raise Killed
        if name == "renew":
            return operation(*arguments, **named)
        with self._lock:
            self.operations.append(name)
            number = len(self.operations)
        self._happen(number, "before")
        answer = operation(*arguments, **named)
        self._happen(number, "after")
        return answer

    def _happen(self, number: int, when: str) -> None:
        for fault in self._faults:
            if (fault.at, fault.when) == (number, when):
                try:
                    fault.do()
                except Killed:
                    self.die()


class _Faulty:
    """Has whatever a store has."""

    def __init__(self, faults: Faults, store: Store) -> None:
        self._faults = faults
        self._store = store

    def __getattr__(self, name: str) -> Callable[..., object]:
        return partial(self._faults.perform, name, getattr(self._store, name))

    def close(self) -> None:
        """Leave the store open: it is not this one's."""
