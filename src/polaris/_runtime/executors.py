"""Executors: where a call of a builder runs, and how it gets there.

Threads share everything with the caller, context variables included. Of any other executor nothing is known, so a call
is sent to it as if to another process: what cannot go there stays here.
"""

from __future__ import annotations

import os
import pickle
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, replace

from polaris._runtime.call import Call


def stays(executor: Executor, call: Call) -> bool:
    """Say whether a call stays in this process, although there is an executor."""
    return call.local and not isinstance(executor, ThreadPoolExecutor)


def submit(executor: Executor, call: Call) -> Future[object]:
    """Start a call; an executor that refuses it, being closed or broken, makes it a call that failed."""
    try:
        if isinstance(executor, ThreadPoolExecutor):
            return executor.submit(copy_context().run, call)
        return executor.submit(_Sent(_without_clock(call), os.getpid()))
    except Exception as error:  # noqa: BLE001 - raised where the result is asked for
        refused: Future[object] = Future()
        refused.set_exception(error)
        return refused


def _without_clock(call: Call) -> Call:
    """A clock that somebody sets stays here, and with it a deadline that only it could tell."""
    return call if call.clock is None else replace(call, clock=None, deadline=None)


@dataclass(frozen=True, slots=True)
class _Sent:
    """A call on its way to another process, where an exception that cannot come back is replaced by its text."""

    call: Call
    origin: int

    def __call__(self) -> object:
        try:
            return self.call()
        except Exception as error:
            if os.getpid() == self.origin or _comes_back(error):
                raise
            text = f"{type(error).__name__}: {error}"
        raise RuntimeError(text)  # out here, so that it does not hold on to the other as its context


def _comes_back(error: Exception) -> bool:
    """Say whether an exception survives pickling: one whose constructor wants more would break a pool of processes."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301 - our own bytes
    except Exception:  # noqa: BLE001 - whatever the exception's own code raises
        return False
    return True
