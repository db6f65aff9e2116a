"""Clocks that are set, and stores in which things go wrong."""

from __future__ import annotations

import pytest

from polaris.protocols import Store
from polaris.stores import MemoryStore
from polaris.testing import Fault, Faults, Killed, SetClock, kill


def test_a_set_clock_stands_still_until_somebody_sleeps() -> None:
    clock = SetClock(10.0)
    assert (clock.time(), clock.time()) == (10.0, 10.0)
    clock.sleep(5.0)
    assert clock.time() == 15.0


@pytest.fixture
def inner() -> MemoryStore:
    return MemoryStore()


def put(store: Store, *names: str) -> None:
    for name in names:
        store.put_plan(name, b"plan")


def fail() -> None:
    raise ConnectionError


def test_without_faults_a_store_is_as_it_was_and_its_operations_are_known(inner: MemoryStore) -> None:
    faults = Faults()
    store = faults.around(inner)
    put(store, "a")
    assert store.get_plan("a") == b"plan"
    assert faults.operations == ["put_plan", "get_plan"]


def test_an_operation_that_fails_before_it_takes_effect_does_nothing(inner: MemoryStore) -> None:
    store = Faults(Fault(at=2, when="before", do=fail)).around(inner)
    put(store, "a")
    with pytest.raises(ConnectionError):
        put(store, "b")
    put(store, "c")
    assert [inner.get_plan(name) for name in "abc"] == [b"plan", None, b"plan"]


def test_an_operation_whose_answer_is_lost_was_done(inner: MemoryStore) -> None:
    store = Faults(Fault(at=1, when="after", do=fail)).around(inner)
    with pytest.raises(ConnectionError):
        put(store, "a")
    assert inner.get_plan("a") == b"plan"


def test_something_may_just_happen_in_between(inner: MemoryStore) -> None:
    clock = SetClock()
    store = Faults(Fault(at=1, when="before", do=lambda: clock.sleep(60))).around(inner)
    put(store, "a", "b")
    assert clock.now == SetClock().now + 60


def test_a_dead_worker_does_nothing_more(inner: MemoryStore) -> None:
    faults = Faults(Fault(at=2, when="after", do=kill))
    store = faults.around(inner)
    put(store, "a")
    for name in "bc":
        with pytest.raises(Killed):
            put(store, name)
    with pytest.raises(Killed):
        store.renew("r", claim_id="A", lease=1.0)
    assert [inner.get_plan(name) for name in "abc"] == [b"plan", b"plan", None]
    assert faults.operations == ["put_plan", "put_plan"]


def test_a_worker_can_die_between_operations(inner: MemoryStore) -> None:
    faults = Faults()
    store = faults.around(inner)
    with pytest.raises(Killed):
        faults.die()
    with pytest.raises(Killed):
        put(store, "a")


def test_renewals_are_not_counted(inner: MemoryStore) -> None:
    faults = Faults(Fault(at=1, when="before", do=fail))
    store = faults.around(inner)
    store.renew("r", claim_id="A", lease=1.0)
    assert faults.operations == []


def test_closing_is_left_to_the_owner_of_the_store() -> None:
    class Closes(MemoryStore):
        def close(self) -> None:
            raise AssertionError

    Faults().around(Closes()).close()
