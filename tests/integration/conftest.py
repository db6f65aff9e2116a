"""The executors, each opened when a test of a file first asks for it, and closed after the last."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import ExitStack
from functools import cache

import pytest

from tests.integration.pools import OTHER_PROCESSES, POOLS

Open = Callable[[str], Executor]


@pytest.fixture(scope="module")
def open_once() -> Iterator[Open]:
    with ExitStack() as stack:
        yield cache(lambda name: stack.enter_context(POOLS[name]()))


@pytest.fixture(params=POOLS)
def pool(request: pytest.FixtureRequest, open_once: Open) -> Executor:
    """Any executor."""
    return open_once(request.param)


@pytest.fixture(params=OTHER_PROCESSES)
def elsewhere(request: pytest.FixtureRequest, open_once: Open) -> Executor:
    """An executor of other processes."""
    return open_once(request.param)
