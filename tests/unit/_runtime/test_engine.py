import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_type

import pytest

import polaris
from polaris import Engine, Outcome, Status, Workflow
from polaris.errors import UnknownRunError, UnknownWorkflowError
from polaris.stores import MemoryStore
from polaris.testing.fakes import SetClock


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    n: int


seen: list[int] = []


def make_b(a: A) -> B:
    seen.append(a.n)
    return B(a.n)


flow = Workflow("flow", target=B, builders=[make_b])
other = Workflow("other", target=B, builders=[make_b])


class Shut(MemoryStore):
    """A store that tells whether it was closed."""

    is_closed = False

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def store() -> Shut:
    return Shut()


@pytest.fixture
def engine(store: Shut) -> Iterator[Engine]:
    seen.clear()
    with polaris.open_engine(store, flow) as engine:
        yield engine


# --- which workflow --------------------------------------------------------------------------------------------------


def test_a_workflow_is_run_as_an_object_or_by_its_name(engine: Engine) -> None:
    outcome = engine.run(flow, "r1", A(1))
    assert_type(outcome, Outcome[B])
    assert outcome.result == B(1)
    named = engine.run("flow", "r2", A(2))
    assert (named.workflow, named.run_id, named.result) == ("flow", "r2", B(2))


@pytest.mark.parametrize("workflow", [other, "other"])
def test_a_workflow_that_the_engine_was_not_opened_with_is_refused(
    engine: Engine, store: Shut, workflow: Workflow[B] | str
) -> None:
    with pytest.raises(UnknownWorkflowError) as caught:
        engine.run(workflow, "r", A(1))  # type: ignore[call-overload]
    assert (caught.value.workflow, caught.value.known) == ("other", ("flow",))
    assert store.load("r") is None


def test_the_workflows_of_an_engine_are_told_in_order() -> None:
    with (
        polaris.open_engine("memory://", other, flow) as engine,
        pytest.raises(UnknownWorkflowError) as caught,
    ):
        engine.run("gone", "r")
    assert caught.value.known == ("flow", "other")


# --- reading a run ---------------------------------------------------------------------------------------------------


def test_a_run_is_read_as_it_was_saved(engine: Engine) -> None:
    assert engine.run(flow, "r", new=True).waiting_for == (A,)
    state = engine.get("r")
    assert (state.run_id, state.workflow, state.status, state.waiting_for) == ("r", "flow", Status.WAITING, (A,))
    assert (state.data, state.error, state.fingerprint) == ({}, None, polaris.compile_plan(flow).fingerprint)
    engine.run(flow, "r", A(1))
    later = engine.get("r")
    assert (later.status, later.data) == (Status.COMPLETED, {A: A(1), B: B(1)})
    assert later.revision > state.revision
    assert later.created == state.created <= state.updated <= later.updated


def test_a_run_that_is_not_there_cannot_be_read(engine: Engine) -> None:
    with pytest.raises(UnknownRunError) as caught:
        engine.get("gone")
    assert caught.value.run_id == "gone"


def test_a_run_of_a_workflow_that_the_engine_does_not_have_cannot_be_read(store: Shut, engine: Engine) -> None:
    with polaris.open_engine(store, other) as elsewhere:
        elsewhere.run(other, "r", A(1))
        with pytest.raises(UnknownWorkflowError) as caught:
            engine.get("r")
        assert (caught.value.workflow, caught.value.known) == ("other", ("flow",))


# --- waiting ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("wait", [2, timedelta(seconds=2)])
def test_a_wait_is_given_in_seconds_or_as_a_duration(wait: float | timedelta) -> None:
    clock = SetClock()
    store = MemoryStore(clock)
    with polaris.open_engine(store, flow, clock=clock) as engine:
        engine.run(flow, "r", A(1))
        store.claim("r", claim_id="of one that died", lease=30.0, wanted=True)
        before = clock.now
        assert engine.run(flow, "r", A(2), wait=wait).status is Status.QUEUED
        assert 2 <= clock.now - before < 2.25


# --- threads ---------------------------------------------------------------------------------------------------------


def test_many_threads_deliver_to_one_run_and_no_delivery_is_lost(engine: Engine) -> None:
    together = threading.Barrier(4)

    def deliver(number: int) -> Status:
        together.wait(10)
        return engine.run(flow, "r", A(number)).status

    with ThreadPoolExecutor(4) as pool:
        said = [*pool.map(deliver, range(4))]
    assert {*said} <= {Status.COMPLETED, Status.QUEUED}
    engine.run(flow, "r")
    assert sorted(seen) == [0, 1, 2, 3]
    assert engine.get("r")[B] == B(seen[-1])


# --- the end ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def opens(store: Shut, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every URL name the store."""
    monkeypatch.setattr("polaris._assembly.open_store", lambda _url, clock: store)


@pytest.mark.usefixtures("opens")
def test_an_engine_closes_the_store_that_it_opened_and_stops_renewing_when_the_block_is_left(store: Shut) -> None:
    before = {*threading.enumerate()}
    with polaris.open_engine("memory://", flow) as engine:
        engine.run(flow, "r", A(1))
        beating = {*threading.enumerate()} - before
        assert [thread.name for thread in beating] == ["polaris-heartbeat"]
        assert not store.is_closed
    assert store.is_closed
    assert not any(thread.is_alive() for thread in beating)


@pytest.mark.usefixtures("opens")
def test_an_engine_is_closed_when_the_block_is_left_by_an_error(store: Shut) -> None:
    with pytest.raises(LookupError), polaris.open_engine("memory://", flow):
        raise LookupError
    assert store.is_closed


def test_a_store_that_was_given_is_the_callers_to_close(store: Shut) -> None:
    polaris.open_engine(store, flow).close()
    assert not store.is_closed


def test_an_executor_is_the_callers_to_shut_down(store: Shut) -> None:
    with ThreadPoolExecutor(1) as pool:
        with polaris.open_engine(store, flow, executor=pool) as engine:
            assert engine.run(flow, "r", A(1)).result == B(1)
        assert pool.submit(lambda: 7).result() == 7
