"""What happened in a run is saved with what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from polaris import BuilderFailedError, Status, Workflow
from polaris.errors import UnknownRunError
from polaris.protocols import Event, Store
from polaris.stores import open_store
from polaris.testing.fakes import SetClock
from tests.helpers.engines import HOW, Opened, opened


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    n: int


@dataclass(frozen=True)
class C:
    n: int


def first(a: A) -> B | None:
    return B(a.n) if a.n else None


def second(b: B) -> C:
    if b.n < 0:
        raise LookupError
    if b.n > 9:
        raise KeyboardInterrupt
    return C(b.n)


flow = Workflow("flow", target=C, builders=[first, second])


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
    with opened(request.param, store, flow, clock=clock) as engine:
        yield engine


def told(events: tuple[Event, ...]) -> list[tuple[Any, ...]]:
    """The events in short: what happened to whom, and what came of it."""
    return [(each.kind.value, each.builder, *each.keys, *filter(None, (each.status, each.error))) for each in events]


def test_calls_and_what_builders_made_are_told_in_order(engine: Opened) -> None:
    engine.run(flow, "r", A(1))
    assert told(engine.history("r")) == [
        ("call_started", None, "A"),
        ("builder_finished", "first", "B"),
        ("builder_finished", "second", "C"),
        ("call_finished", None, Status.COMPLETED),
    ]


def test_a_decline_and_a_later_call_are_told(engine: Opened) -> None:
    engine.run(flow, "r", A(0))
    engine.run(flow, "r", A(2))
    assert told(engine.history("r"))[:4] == [
        ("call_started", None, "A"),
        ("builder_finished", "first"),
        ("call_finished", None, Status.BLOCKED),
        ("call_started", None, "A"),
    ]


def test_a_failure_is_told_by_its_class(engine: Opened) -> None:
    with pytest.raises(BuilderFailedError):
        engine.run(flow, "r", A(-1))
    assert told(engine.history("r"))[-2:] == [
        ("builder_failed", "second", "LookupError"),
        ("call_finished", None, Status.FAILED, "LookupError"),
    ]


def test_a_call_that_another_worker_goes_on_with_is_told_as_begun_again(engine: Opened) -> None:
    with pytest.raises(KeyboardInterrupt):
        engine.run(flow, "r", A(10))
    assert told(engine.history("r")) == [("call_started", None, "A"), ("builder_finished", "first", "B")]
    for _ in range(2):
        with pytest.raises(KeyboardInterrupt):
            engine.run(flow, "r")
    engine.run(flow, "r", A(1))
    assert told(engine.history("r"))[2:6] == [
        ("call_started", None),
        ("builder_failed", "second", "BuilderFailedError"),
        ("call_finished", None, Status.FAILED, "BuilderFailedError"),
        ("call_started", None, "A"),
    ]


def test_a_rerun_and_a_queued_delivery_are_told(engine: Opened) -> None:
    engine.run(flow, "r", A(1))
    engine.deliver("r", A(2))
    engine.rerun("r", "second")
    assert [each for each in told(engine.history("r")) if each[0] == "call_started"] == [
        ("call_started", None, "A"),
        ("call_started", None),
        ("call_started", None, "A"),
    ]


def test_every_event_has_the_time_of_its_commit_and_its_round(engine: Opened, clock: SetClock) -> None:
    engine.run(flow, "r", A(1))
    clock.sleep(60)
    engine.run(flow, "r", A(2))
    events = engine.history("r")
    at = [datetime.fromtimestamp(clock.now - ago, UTC) for ago in (60, 0)]
    assert [each.at for each in events] == [at[0]] * 4 + [at[1]] * 4
    assert [each.round for each in events] == [2, 2, 2, 2, 4, 4, 4, 4]
    assert {(each.workflow, each.run_id) for each in events} == {("flow", "r")}
    assert all(each.seconds is not None for each in events if each.kind != "call_started")


def test_no_value_is_told(engine: Opened) -> None:
    engine.run(flow, "r", A(7))
    shown = repr([each._replace(at=None, seconds=None, round=0) for each in engine.history("r")])
    assert "7" not in shown


def test_a_run_that_is_not_there_has_no_history(engine: Opened) -> None:
    with pytest.raises(UnknownRunError):
        engine.history("r")


def test_it_can_be_left_out(store: Store) -> None:
    with opened("here", store, flow, history=False) as engine:
        engine.run(flow, "r", A(1))
        engine.run(flow, "r", A(2))
        assert engine.history("r") == ()


@pytest.mark.parametrize("how", HOW)
def test_it_comes_with_the_checkpoint_of_the_call_where_there_are_no_others(how: str, store: Store) -> None:
    with opened(how, store, flow, checkpoint="call") as engine:
        engine.run(flow, "r", A(1))
        assert len(engine.history("r")) == 4
