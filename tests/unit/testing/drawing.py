"""Looks at what a strategy draws, the same each time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

T = TypeVar("T")

SAME_EACH_TIME = settings(
    max_examples=100,
    database=None,
    derandomize=True,
    phases=(Phase.generate, Phase.shrink),
    suppress_health_check=list(HealthCheck),
)


def all_of(strategy: st.SearchStrategy[T]) -> list[T]:
    """Give a hundred values."""
    found: list[T] = []

    @SAME_EACH_TIME
    @given(strategy)
    def note(value: T) -> None:
        found.append(value)

    note()
    return found


def first(strategy: st.SearchStrategy[T], wanted: Callable[[T], object]) -> T:
    """Give the smallest value that is as wanted."""
    return find(strategy, lambda value: bool(wanted(value)), settings=settings(SAME_EACH_TIME, max_examples=500))
