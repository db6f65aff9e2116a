"""The host's clock."""

from __future__ import annotations

import time


class SystemClock:
    """The time of the host, as stores on the host use it. Tests set their own clock."""

    def time(self) -> float:
        """Give the seconds since the epoch."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
