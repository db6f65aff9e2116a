"""What else an engine is asked: to take data without running anything, and to close a run for good."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from polaris import Resource, Status, Workflow
from polaris.errors import RunBusyError, RunCancelledError, UnknownDataError, UnknownRunError
from polaris.stores import MemoryStore
from tests.helpers.engines import HOW, Opened, opened


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class Secret:
    text: str


@dataclass(frozen=True)
class B:
    n: int


def nothing() -> None: ...


class Desk:
    """What a builder does while it runs."""

    def __init__(self) -> None:
        self.meanwhile: Callable[[], None] = nothing


def make(a: A, desk: Resource[Desk], secret: Secret | None = None) -> B:
    desk.meanwhile()
    return B(a.n)


flow = Workflow("flow", target=B, builders=[make], transients=[Secret])


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture(params=HOW)
def engine(request: pytest.FixtureRequest, store: MemoryStore, desk: Desk) -> Iterator[Opened]:
    with opened(request.param, store, flow, resources={Desk: desk}) as engine:
        yield engine


def test_what_is_delivered_waits_for_the_next_call(engine: Opened) -> None:
    engine.run(flow, "r", A(1))
    engine.deliver("r", A(2))
    assert engine.get("r")[B] == B(1)
    assert engine.run(flow, "r").result == B(2)


def test_what_is_delivered_while_a_builder_runs_is_taken_by_its_holder(
    engine: Opened, desk: Desk, store: MemoryStore
) -> None:
    with opened("here", store, flow, resources={Desk: desk}) as other:

        def deliver() -> None:
            desk.meanwhile = nothing
            other.deliver("r", A(2))

        desk.meanwhile = deliver
        assert engine.run(flow, "r", A(1)).result == B(1)
        assert other.get("r")[B] == B(2)


def test_a_delivery_id_counts_once(engine: Opened, store: MemoryStore) -> None:
    engine.run(flow, "r", A(1))
    engine.deliver("r", A(2), delivery_id="d")
    engine.deliver("r", A(3), delivery_id="d")
    stored = store.load("r")
    assert stored is not None
    assert [dict(queued.values) for queued in stored.inbox] == [{"A": '{"n":2}'}]


def test_what_cannot_be_taken_is_refused_and_nothing_is_stored(engine: Opened, store: MemoryStore) -> None:
    with pytest.raises(UnknownRunError):
        engine.deliver("r", A(1))
    assert store.load("r") is None
    engine.run(flow, "r", A(1))
    with pytest.raises(UnknownDataError):
        engine.deliver("r")
    with pytest.raises(UnknownDataError):
        engine.deliver("r", "A")
    with pytest.raises(RunBusyError):
        engine.deliver("r", A(2), Secret("s3cret"))
    stored = store.load("r")
    assert stored is not None
    assert stored.inbox == ()


def test_a_cancelled_run_takes_nothing_more_and_can_be_read(engine: Opened) -> None:
    engine.run(flow, "r", A(1))
    engine.cancel("r")
    state = engine.get("r")
    assert (state.status, state[B]) == (Status.CANCELLED, B(1))
    for ask in (lambda: engine.run(flow, "r", A(2)), lambda: engine.run(flow, "r"), lambda: engine.deliver("r", A(2))):
        with pytest.raises(RunCancelledError) as caught:
            ask()
        assert caught.value.run_id == "r"
    engine.cancel("r")


def test_a_run_that_is_cancelled_while_a_builder_runs_writes_nothing_more(
    engine: Opened, desk: Desk, store: MemoryStore
) -> None:
    with opened("here", store, flow, resources={Desk: desk}) as other:
        desk.meanwhile = lambda: other.cancel("r")
        with pytest.raises(RunCancelledError):
            engine.run(flow, "r", A(1))
        state = other.get("r")
        assert (state.status, state.get(B)) == (Status.CANCELLED, None)


def test_a_run_that_is_not_there_cannot_be_cancelled(engine: Opened) -> None:
    with pytest.raises(UnknownRunError):
        engine.cancel("r")
