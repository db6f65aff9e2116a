"""Every behaviour is tested on every store."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from polaris.protocols import Store
from polaris.stores import open_store
from tests.conformance.moves import SetClock, Worker
from tests.helpers.redis_server import fresh_redis_url


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(params=["memory", "sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: SetClock) -> Iterator[Store]:
    urls: dict[str, Callable[[], str]] = {
        "memory": lambda: "memory://",
        "sqlite": lambda: f"sqlite:///{tmp_path}/runs.db?synchronous=normal",
        "redis": fresh_redis_url,
    }
    opened = open_store(urls[request.param](), clock=clock)
    yield opened
    opened.close()


@pytest.fixture
def a(store: Store) -> Worker:
    """A worker that is about to have the run."""
    return Worker(store, "A")


@pytest.fixture
def b(store: Store) -> Worker:
    """Another worker, that wants it too."""
    return Worker(store, "B")
