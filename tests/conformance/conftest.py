"""Every behaviour is tested on every store; stores that need nothing but a folder are opened here."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from polaris.protocols import Store
from polaris.stores import open_store
from tests.conformance.moves import SetClock, Worker


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: SetClock) -> Iterator[Store]:
    url = {"memory": "memory://", "sqlite": f"sqlite:///{tmp_path}/runs.db?synchronous=normal"}[request.param]
    opened = open_store(url, clock=clock)
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
