"""The mark that `@builder` leaves on a function, and the options it holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

MARK = "__polaris_builder__"

Function = Callable[..., Any]

LONGEST = 366 * 24 * 3600.0
"""The longest timeout, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """When and how often a builder that raised is tried again (through `stamina`).

    Attributes:
        attempts: how often it is tried in all, the first time included; at least 1.
        on: the exception class, or classes, that are worth another attempt.
        wait: seconds before the second attempt; doubles with every further one.
        max_wait: the longest wait, in seconds.
        jitter: up to this many random seconds are added to each wait.
    """

    attempts: int = 3
    on: type[Exception] | tuple[type[Exception], ...] = Exception
    wait: float | timedelta = 0.1
    max_wait: float | timedelta = 5.0
    jitter: float | timedelta = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """What was said in ``@builder(...)``; the meaning of each is in `polaris.builder`."""

    name: str | None = None
    once: bool = False
    retry: Retry | None = None
    timeout: float | None = None
    renamed_from: tuple[str, ...] = ()
    local: bool = False
    rerun: bool = False


PLAIN = Declaration()
"""The declaration that says nothing: ``@builder`` without parentheses, or a function that was only listed."""


def declaration_of(thing: object) -> Declaration | None:
    """Give the mark on a function, or None; a proxy that does something when it is touched is not touched."""
    try:
        mark = object.__getattribute__(thing, "__dict__").get(MARK)
    except Exception:  # noqa: BLE001 - a strange object among the user's globals; builders are not strange
        return None
    return mark if isinstance(mark, Declaration) else None


def seconds(duration: float | timedelta) -> float:
    """Give a duration in seconds."""
    return duration.total_seconds() if isinstance(duration, timedelta) else float(duration)
