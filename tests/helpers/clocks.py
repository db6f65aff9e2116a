"""A clock that is set by hand."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class SetClock:
    """Stands still until it is told to go on; whoever sleeps by it moves it."""

    now: float = 1_000_000.0

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds
