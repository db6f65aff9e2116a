"""How a process that goes on for long is ended: the first signal asks it to stop, the second breaks it off."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from contextlib import contextmanager, suppress
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Any, cast

from polaris._cli import render
from polaris._model.records import Stored
from polaris.protocols import Store

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Stop:
    """Whether somebody has asked to stop."""

    def __init__(self) -> None:
        self.is_asked = False
        self._bell = SimpleQueue[None]()  # of all that can wake a waiter, what a signal handler may touch at any time

    def pause(self, seconds: float) -> None:
        """Wait for some time, or until somebody asks."""
        with suppress(Empty):
            self._bell.get(timeout=seconds)

    def signalled(self, _number: int, _frame: FrameType | None) -> None:
        """Ask to stop; who asks again interrupts whatever is being done."""
        if self.is_asked:
            raise KeyboardInterrupt
        self.is_asked = True
        self._bell.put(None)
        with suppress(OSError):  # not through `sys.stderr`: it may be in the middle of a line
            os.write(2, f"{render.STOPPING}\n".encode())


class _Gate:
    """A store that gives no more abandoned runs once somebody has asked to stop."""

    def __init__(self, store: Store, stop: Stop) -> None:
        self._store = store
        self._stop = stop

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def claim_abandoned(self, **asked: Any) -> tuple[Stored, ...]:  # noqa: ANN401 - the arguments of a store
        """Take runs, as long as that is wanted."""
        return () if self._stop.is_asked else self._store.claim_abandoned(**asked)


def gated(store: Store, stop: Stop) -> Store:
    """Have `Engine.recover` end after the run at hand when somebody asks to stop."""
    return cast("Store", _Gate(store, stop))


@contextmanager
def stopping() -> Generator[Stop]:
    """Have SIGTERM and SIGINT ask to stop."""
    stop = Stop()
    before = {number: signal.signal(number, stop.signalled) for number in _SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
