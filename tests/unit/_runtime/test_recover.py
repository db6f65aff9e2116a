"""Runs whose worker died, or that were left queued, are taken over and carried."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from polaris import BuilderFailedError, Status, Workflow
from polaris._model.keys import Key
from polaris._model.records import Stored
from polaris.protocols import Store
from polaris.stores import MemoryStore, open_store
from polaris.testing import Fault, Faults, Killed, kill
from polaris.testing.fakes import SetClock
from tests.helpers.engines import HOW, Opened, opened

LEASE = 30.0


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    n: int


@dataclass(frozen=True)
class C:
    n: int


deaths: list[int] = []
"""How many more times the worker dies in the second builder."""

ran: list[str] = []


def first(a: A) -> B:
    ran.append("first")
    return B(a.n)


def second(b: B) -> C:
    ran.append("second")
    if deaths and deaths[0] > 0:
        deaths[0] -= 1
        raise KeyboardInterrupt
    if b.n < 0:
        raise LookupError
    return C(b.n)


flow = Workflow("flow", target=C, builders=[first, second])
twin = Workflow("twin", target=C, builders=[first, second])
changed = Workflow("flow", target=C, builders=[second])


@pytest.fixture(autouse=True)
def nothing_ran() -> None:
    ran.clear()
    deaths.clear()


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
    with opened(request.param, store, flow, clock=clock, lease=LEASE) as engine:
        yield engine


def die(engine: Opened, run_id: str, *data: object, times: int = 1) -> None:
    """Have the worker of a run die in the second builder, again and again."""
    deaths[:] = [times]
    for attempt in range(times):
        with pytest.raises(KeyboardInterrupt):
            engine.run(flow, run_id, *(() if attempt else data))


def test_where_nothing_is_left_behind_there_is_nothing_to_recover(engine: Opened) -> None:
    engine.run(flow, "r", A(1))
    assert engine.recover() == []
    assert ran == ["first", "second"]


def test_a_run_whose_worker_died_is_finished(engine: Opened) -> None:
    die(engine, "r", A(1))
    ran.clear()
    assert engine.recover() == ["r"]
    assert ran == ["second"]
    assert engine.get("r").status is Status.COMPLETED


def test_a_run_whose_worker_died_before_there_was_anything_to_do_is_left_waiting(
    engine: Opened, store: Store, clock: SetClock
) -> None:
    faults = Faults(Fault(at=3, when="after", do=kill))
    with pytest.raises(Killed), opened("here", faults.around(store), flow, lease=LEASE) as other:
        other.run(flow, "r", new=True)
    clock.sleep(LEASE + 1)
    assert engine.recover() == ["r"]
    assert engine.get("r").status is Status.WAITING


def test_what_was_left_queued_is_taken(engine: Opened) -> None:
    engine.run(flow, "r", A(1))
    engine.deliver("r", A(2))
    engine.deliver("r", A(3))
    assert engine.recover() == ["r"]
    assert engine.get("r").data == {A: A(3), B: B(3), C: C(3)}
    assert engine.recover() == []


def test_a_run_that_is_held_is_left_to_its_holder(engine: Opened, store: Store, clock: SetClock) -> None:
    engine.run(flow, "r", A(1))
    engine.deliver("r", A(2))
    store.claim("r", claim_id="other", lease=LEASE, wanted=True)
    assert engine.recover() == []
    clock.sleep(LEASE + 1)
    assert engine.recover() == ["r"]


def test_as_many_runs_are_recovered_as_were_asked_for_in_the_order_of_their_ids(engine: Opened) -> None:
    for run_id in ("c", "a", "b"):
        die(engine, run_id, A(1))
    assert engine.recover(limit=2) == ["a", "b"]
    assert engine.recover(limit=2) == ["c"]


def test_a_run_that_fails_is_logged_and_does_not_hold_up_the_others(
    engine: Opened, caplog: pytest.LogCaptureFixture
) -> None:
    die(engine, "bad", A(-1))
    die(engine, "good", A(1))
    with caplog.at_level(logging.WARNING, "polaris"):
        assert engine.recover() == ["bad", "good"]
    assert "run 'bad' was taken over, and failed: Builder 'second' failed: LookupError" in caplog.text
    assert [engine.get(run_id).status for run_id in ("bad", "good")] == [Status.FAILED, Status.COMPLETED]
    assert engine.recover() == []


def test_runs_of_other_plans_are_left_alone(engine: Opened, store: Store) -> None:
    die(engine, "r", A(1))
    with opened("here", store, changed) as other:
        assert other.recover() == []
    assert engine.recover() == ["r"]


def test_runs_of_another_workflow_with_the_same_plan_are_left_alone(engine: Opened, store: Store) -> None:
    die(engine, "r", A(1))
    with opened("here", store, twin) as other:
        assert other.recover() == []
    assert engine.recover() == ["r"]


def test_a_run_that_cannot_be_read_is_logged_and_does_not_hold_up_the_others(
    engine: Opened, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    for run_id in ("bad", "good"):
        engine.run(flow, run_id, A(1))
        engine.deliver(run_id, A(2))
    with opened("here", Spoils(store), flow) as other, caplog.at_level(logging.ERROR, "polaris"):
        assert other.recover() == ["good"]
    assert "run 'bad' was taken over, but cannot be read" in caplog.text
    assert engine.recover() == ["bad"]


def test_a_run_that_another_worker_takes_meanwhile_is_not_counted(
    engine: Opened, store: Store, clock: SetClock
) -> None:
    engine.run(flow, "r", A(1))
    engine.deliver("r", A(2))
    Late.clock = clock
    with opened("here", Late(store), flow, lease=LEASE) as other:
        assert other.recover() == []
    clock.sleep(LEASE + 1)
    assert engine.recover() == ["r"]


def test_a_run_that_is_lost_to_another_worker_on_the_way_is_not_counted(
    engine: Opened, store: Store, clock: SetClock
) -> None:
    def steal() -> None:
        clock.sleep(LEASE + 1)
        store.claim("r", claim_id="of another", lease=LEASE, wanted=True)

    die(engine, "r", A(1))
    clock.sleep(LEASE + 1)
    faults = Faults(Fault(at=3, when="before", do=steal))
    with opened("here", faults.around(store), flow, clock=clock, lease=LEASE) as other:
        assert other.recover() == []
    assert faults.operations[:3] == ["put_plan", "claim_abandoned", "save"]
    clock.sleep(LEASE + 1)
    assert engine.recover() == ["r"]


class TestACallThatKillsItsWorkers:
    def test_it_is_closed_as_failed_when_it_was_taken_over_three_times(self, engine: Opened) -> None:
        die(engine, "r", A(1), times=3)
        ran.clear()
        with pytest.raises(BuilderFailedError) as caught:
            engine.run(flow, "r")
        assert (caught.value.step, caught.value.__cause__) == ("second", None)
        assert caught.value.reason == "its workers died, one after another"
        assert caught.value.outcome is not None
        assert caught.value.outcome[B] == B(1)
        assert ran == []
        assert engine.get("r").status is Status.FAILED
        assert engine.get("r").error == "second: its workers died, one after another"

    def test_corrected_data_are_taken_after_it(self, engine: Opened) -> None:
        die(engine, "r", A(1), times=3)
        outcome = engine.run(flow, "r", A(2))
        assert outcome.status is Status.COMPLETED
        assert outcome.produced == {B: B(2), C: C(2)}

    def test_the_next_call_tries_it_again(self, engine: Opened) -> None:
        die(engine, "r", A(1), times=3)
        assert engine.recover() == ["r"]
        assert engine.recover() == []
        assert engine.run(flow, "r").status is Status.COMPLETED

    def test_twice_is_not_enough(self, engine: Opened) -> None:
        die(engine, "r", A(1), times=2)
        assert engine.run(flow, "r").status is Status.COMPLETED

    def test_a_checkpoint_in_between_begins_the_count_again(self, engine: Opened) -> None:
        die(engine, "r", A(1), times=3)
        deaths[:] = [3]
        with pytest.raises(BuilderFailedError):
            engine.run(flow, "r")
        die(engine, "r", times=3)
        with pytest.raises(BuilderFailedError):
            engine.run(flow, "r")

    def test_it_is_known_by_those_who_only_wait(self, engine: Opened, store: Store) -> None:
        die(engine, "r", A(1), times=3)
        engine.recover()
        with opened("here", store, flow) as other:
            assert other.get("r").error == "second: its workers died, one after another"


class Wrapped(MemoryStore):
    """A store in front of another one, which does what it is asked to."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.inner = store

    def __getattribute__(self, name: str) -> Any:  # noqa: ANN401 - whatever the store has
        own = type(self).__dict__
        return object.__getattribute__(self, name) if name == "inner" or name in own else getattr(self.inner, name)

    def close(self) -> None:
        """Leave it open."""


class Spoils(Wrapped):
    """Gives the deliveries of a run as text that nobody can read."""

    def claim_abandoned(self, **asked: Any) -> tuple[Stored, ...]:  # type: ignore[override]  # noqa: ANN401 - all of them
        return tuple(map(self.spoiled, self.inner.claim_abandoned(**asked)))

    def spoiled(self, state: Stored) -> Stored:
        if state.run_id == "good":
            return state
        return state._replace(inbox=tuple(each._replace(values=((Key("A"), "]"),)) for each in state.inbox))


class Late(Wrapped):
    """Gives its answer when somebody else has taken the run already."""

    clock: SetClock

    def claim_abandoned(self, **asked: Any) -> tuple[Stored, ...]:  # type: ignore[override]  # noqa: ANN401 - all of them
        found = self.inner.claim_abandoned(**asked)
        self.clock.sleep(LEASE + 1)
        for state in found:
            self.inner.claim(state.run_id, claim_id="other", lease=LEASE, wanted=True)
        return found
