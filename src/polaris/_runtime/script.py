"""Scripts: what a call does, written once for every driver.

A script is a generator. It yields an *effect* - ask the store, start a builder, wait for one, sleep - and is sent the
answer; so the same script is driven in the calling thread, over any `concurrent.futures.Executor`, or from asyncio.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any, TypeVar

from polaris._runtime.call import Call

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Ask:
    """Have a store operation done; the answer is what it returns."""

    operation: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Start:
    """Start a builder; the answer is None."""

    number: int
    call: Call


@dataclass(frozen=True, slots=True)
class Await:
    """Wait until one of the started builders has ended; the answer is an `Ended`, or None after so many seconds."""

    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Abandon:
    """Leave all started builders behind, and drop what they come to; the answer is whether all have ended by now."""


@dataclass(frozen=True, slots=True)
class Sleep:
    """Wait so many seconds; the answer is None."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Ended:
    """What came of a started builder: what it returned, or what it raised."""

    number: int
    returned: object = None
    error: BaseException | None = None


Effect = Ask | Start | Await | Abandon | Sleep

Script = Generator[Effect, Any, T]
"""A script that returns T. What it is sent depends on the effect, which a type cannot say."""


def ask(operation: Callable[[], T]) -> Script[T]:
    """Have one store operation done, and give its answer with its type."""
    answer: T = yield Ask(operation)
    return answer
