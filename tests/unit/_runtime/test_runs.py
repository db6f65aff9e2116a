"""Runs are found by what they are and wait for, and deleted when nothing is left to do in them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from polaris import Status, Workflow
from polaris.errors import CodecError, DeclarationError, UnknownRunError, UnknownWorkflowError
from polaris.protocols import Store
from polaris.stores import open_store
from polaris.testing.fakes import SetClock
from tests.helpers.engines import HOW, Opened, opened


@dataclass(frozen=True)
class Order:
    lines: int


@dataclass(frozen=True)
class Payment:
    amount: int


@dataclass(frozen=True)
class Parcel:
    lines: int


def pack(order: Order, paid: Payment) -> Parcel:
    if paid.amount < order.lines:
        raise LookupError
    return Parcel(order.lines)


shop = Workflow("shop", target=Parcel, builders=[pack])
market = Workflow("market", target=Parcel, builders=[pack])


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path, clock: SetClock) -> Iterator[Store]:
    url = {"memory": "memory://", "sqlite": f"sqlite:///{tmp_path}/runs.db?synchronous=normal"}[request.param]
    kept = open_store(url, clock=clock)
    yield kept
    kept.close()


@pytest.fixture(params=HOW)
def engine(request: pytest.FixtureRequest, store: Store, clock: SetClock) -> Iterator[Opened]:
    with opened(request.param, store, shop, market, clock=clock) as engine:
        engine.run(shop, "a", Order(1))
        engine.run(shop, "b", Order(1), Payment(1))
        engine.run(market, "c", Order(1))
        clock.sleep(60)
        engine.run(shop, "d", Payment(1))
        yield engine


def ids(engine: Opened, **options: object) -> list[str]:
    return [state.run_id for state in engine.runs(**options)]


def test_all_runs_are_found_in_the_order_of_their_ids(engine: Opened) -> None:
    assert ids(engine) == ["a", "b", "c", "d"]


def test_a_run_is_found_as_it_is_read(engine: Opened) -> None:
    assert engine.runs() == [engine.get(run_id) for run_id in "abcd"]


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({"workflow": shop}, ["a", "b", "d"]),
        ({"workflow": "market"}, ["c"]),
        ({"status": Status.COMPLETED}, ["b"]),
        ({"status": Status.FAILED}, []),
        ({"waiting_for": Payment}, ["a", "c"]),
        ({"waiting_for": Order}, ["d"]),
        ({"waiting_for": Payment, "workflow": shop}, ["a"]),
        ({"older_than": timedelta(seconds=60)}, ["a", "b", "c"]),
        ({"older_than": 60.5}, []),
        ({"limit": 2}, ["a", "b"]),
        ({"limit": 2, "after": "b"}, ["c", "d"]),
        ({"after": "d"}, []),
        ({"waiting_for": Payment, "after": "a", "status": Status.WAITING, "older_than": 1, "limit": 9}, ["c"]),
    ],
    ids=str,
)
def test_runs_are_found_by_what_they_are(engine: Opened, options: dict[str, object], found: list[str]) -> None:
    assert ids(engine, **options) == found


def test_runs_of_workflows_that_the_engine_does_not_know_are_left_out(engine: Opened, store: Store) -> None:
    with opened("here", store, market) as other:
        assert ids(other) == ["c"]
        with pytest.raises(UnknownWorkflowError):
            other.runs(workflow=shop)


@pytest.mark.parametrize("ask", [lambda engine: engine.runs(limit=0), lambda engine: engine.recover(0)])
def test_a_limit_of_nothing_is_refused(engine: Opened, ask: Callable[[Opened], object]) -> None:
    with pytest.raises(DeclarationError, match="A limit of 0 gives nothing"):
        ask(engine)


def test_runs_that_are_done_are_deleted(engine: Opened) -> None:
    assert engine.purge(older_than=timedelta(seconds=30), status=Status.COMPLETED) == 1
    assert ids(engine) == ["a", "c", "d"]
    with pytest.raises(UnknownRunError):
        engine.history("b")


def test_only_runs_that_are_old_enough_are_deleted(engine: Opened) -> None:
    assert engine.purge(older_than=61) == 0
    assert engine.purge(older_than=60) == 3
    assert ids(engine) == ["d"]


def test_a_run_in_which_something_is_queued_is_not_deleted_unless_it_was_cancelled(engine: Opened) -> None:
    engine.deliver("a", Payment(1))
    engine.deliver("c", Payment(1))
    engine.cancel("c")
    assert engine.purge(older_than=0) == 3
    assert ids(engine) == ["a"]


def test_a_run_that_was_deleted_can_be_made_again(engine: Opened) -> None:
    engine.purge(older_than=0)
    assert engine.run(shop, "b", Order(2)).status is Status.WAITING
    assert len(engine.history("b")) == 2


def test_more_runs_than_are_deleted_at_once_are_deleted(engine: Opened) -> None:
    for number in range(1200):
        engine.run(shop, f"many-{number}", Order(1))
    assert engine.purge(older_than=0) == 1204
    assert ids(engine) == []


class Spoiled:
    """A codec that cannot read what it wrote."""

    def encode(self, value: object, form: object) -> str:
        raise NotImplementedError

    def decode(self, text: str, form: object) -> object:
        raise CodecError("Order", path="lines", why="it is spoiled")


def test_a_value_that_cannot_be_read_is_said_to_be_so(engine: Opened, store: Store) -> None:
    with opened("here", store, shop, codec=Spoiled()) as other, pytest.raises(CodecError, match="it is spoiled"):
        other.runs()
