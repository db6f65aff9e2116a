"""Every behaviour is tested on every store."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from polaris.protocols import Store
from polaris.stores import open_store
from tests.conformance.addresses import EMPTY
from tests.conformance.moves import SetClock, Worker


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(params=list(EMPTY))
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: SetClock) -> Iterator[Store]:
    with EMPTY[request.param](tmp_path) as url, closing(open_store(url, clock=clock)) as opened:
        yield opened


@pytest.fixture
def a(store: Store) -> Worker:
    """A worker that is about to have the run."""
    return Worker(store, "A")


@pytest.fixture
def b(store: Store) -> Worker:
    """Another worker, that wants it too."""
    return Worker(store, "B")
