"""What only the memory store does; what it does as every store is told by the conformance suite."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from polaris.errors import StoreUnavailableError
from polaris.stores import MemoryStore, SystemClock
from polaris.stores.address import parse
from polaris.stores.memory import open_address


def make_run(store: MemoryStore) -> None:
    store.accept(
        "r1",
        workflow="rides",
        uid="u1",
        new=True,
        delivery=None,
        claim_id=None,
        lease=1.0,
        must_hold=False,
        wanted=False,
        changes=None,
    )


def test_without_a_clock_it_goes_by_that_of_the_host() -> None:
    store = MemoryStore()
    make_run(store)
    state = store.load("r1")
    assert state is not None
    assert abs(datetime.now(UTC) - state.created) < timedelta(minutes=1)


def test_what_it_keeps_outlives_closing_it_so_that_the_next_engine_finds_it() -> None:
    store = MemoryStore()
    make_run(store)
    store.close()
    assert store.load("r1") is not None


def test_each_url_is_a_store_of_its_own() -> None:
    first, second = (open_address(parse("memory://"), SystemClock()) for _ in range(2))
    make_run(first)
    assert second.load("r1") is None


@pytest.mark.parametrize("url", ["memory://runs", "memory:///runs"])
def test_a_url_with_a_name_is_refused_because_nobody_could_find_it_again(url: str) -> None:
    with pytest.raises(StoreUnavailableError, match="has no name"):
        open_address(parse(url), SystemClock())
