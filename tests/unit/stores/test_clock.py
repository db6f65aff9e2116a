"""The host's clock."""

import time

from polaris.protocols import Clock
from polaris.stores.clock import SystemClock


def test_it_is_the_time_of_the_host() -> None:
    clock: Clock = SystemClock()
    before = time.time()
    assert before <= clock.time() <= time.time()


def test_it_waits() -> None:
    start = time.monotonic()
    SystemClock().sleep(0.02)
    assert time.monotonic() - start >= 0.015
