"""Rerun: a builder runs again although nothing has changed, or the whole run starts from the beginning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from polaris import Resource, Status, Workflow, builder
from polaris._model.records import Saved
from polaris.errors import (
    BuilderFailedError,
    DeclarationError,
    IncompatiblePlanError,
    RunBusyError,
    RunCancelledError,
    UnknownRunError,
)
from polaris.stores import MemoryStore
from tests.helpers.engines import HOW, Opened, opened


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    n: int


@dataclass(frozen=True)
class C:
    text: str


class World:
    """What builders see of the world, and what they did."""

    def __init__(self) -> None:
        self.factor = 10
        self.is_down = False
        self.ran: list[str] = []


def scale(a: A, world: Resource[World]) -> B | None:
    world.ran.append("scale")
    return B(a.n * world.factor) if world.factor else None


@builder(once=True)
def send(b: B, world: Resource[World]) -> C:
    world.ran.append("send")
    if world.is_down:
        raise ConnectionError
    return C(f"sent {b.n}")


flow = Workflow("flow", target=C, builders=[scale, send])
changed = Workflow("flow", target=B, builders=[scale])


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture(params=HOW)
def engine(request: pytest.FixtureRequest, store: MemoryStore, world: World) -> Iterator[Opened]:
    with opened(request.param, store, flow, resources={World: world}) as engine:
        engine.run(flow, "r", A(1))
        world.ran.clear()
        yield engine


@pytest.mark.parametrize("which", [send, "send"])
def test_a_builder_that_runs_once_runs_again_when_it_is_asked_to(engine: Opened, world: World, which: object) -> None:
    outcome = engine.rerun("r", which)
    assert (outcome.status, outcome.result, dict(outcome.produced)) == (
        Status.COMPLETED,
        C("sent 10"),
        {C: C("sent 10")},
    )
    assert world.ran == ["send"]


def test_what_depends_on_it_follows_unless_it_has_run_once(engine: Opened, world: World) -> None:
    world.factor = 20
    outcome = engine.rerun("r", "scale")
    assert (outcome[B], outcome[C]) == (B(20), C("sent 10"))
    assert world.ran == ["scale"]


def test_without_a_builder_the_run_starts_from_the_beginning(engine: Opened, world: World) -> None:
    world.factor = 20
    outcome = engine.rerun("r")
    assert (outcome[A], outcome[B], outcome.result) == (A(1), B(20), C("sent 20"))
    assert world.ran == ["scale", "send"]


def test_from_the_beginning_nothing_made_stands_that_is_not_made_again(engine: Opened, world: World) -> None:
    world.factor = 0
    outcome = engine.rerun("r")
    assert (outcome.status, dict(outcome.data)) == (Status.BLOCKED, {A: A(1)})


def test_a_call_that_was_left_open_is_finished_first(engine: Opened, world: World, store: MemoryStore) -> None:
    engine.deliver("r", A(2))
    outcome = engine.rerun("r", "send")
    assert (outcome[A], outcome.result) == (A(1), C("sent 10"))
    assert engine.get("r")[B] == B(20)
    assert world.ran == ["send", "scale"]


def test_an_interrupted_call_is_finished_first(world: World, store: MemoryStore) -> None:
    def interrupts(a: A, world: Resource[World]) -> B:
        if not world.ran:
            world.ran.append("interrupts")
            raise KeyboardInterrupt
        return B(a.n)

    local = Workflow("local", target=C, builders=[interrupts, send])
    with opened("here", store, local, resources={World: world}) as engine:
        with pytest.raises(KeyboardInterrupt):
            engine.run(local, "l", A(3))
        assert engine.rerun("l", "send").result == C("sent 3")
    assert world.ran == ["interrupts", "send", "send"]


def test_a_builder_that_fails_is_tried_again_by_the_next_call(engine: Opened, world: World) -> None:
    world.is_down = True
    with pytest.raises(BuilderFailedError) as caught:
        engine.rerun("r", "send")
    assert (caught.value.step, caught.value.run_id) == ("send", "r")
    assert engine.get("r").status is Status.FAILED
    world.is_down = False
    assert engine.run(flow, "r").result == C("sent 10")


def test_what_cannot_be_done_is_refused(engine: Opened, world: World, store: MemoryStore) -> None:
    with pytest.raises(UnknownRunError):
        engine.rerun("other")
    with pytest.raises(DeclarationError, match="It has scale, send."):
        engine.rerun("r", "sned")
    store.claim("r", claim_id="of another", lease=30, wanted=True)
    with pytest.raises(RunBusyError):
        engine.rerun("r")
    engine.cancel("r")
    with pytest.raises(RunCancelledError):
        engine.rerun("r")
    assert world.ran == []


def test_a_run_of_another_plan_is_refused_and_its_lease_given_back(
    engine: Opened, world: World, store: MemoryStore
) -> None:
    with opened("here", store, changed, resources={World: world}) as other, pytest.raises(IncompatiblePlanError):
        other.rerun("r", "scale")
    assert engine.rerun("r", "send").result == C("sent 10")


class Taken(MemoryStore):
    """A store in which another worker takes the run when a call is to begin."""

    def begin(self, run_id: str, **more: Any) -> Saved:  # noqa: ANN401 - what a store takes
        run = self._runs[run_id]
        run.row = run.row._replace(holder="another")
        return super().begin(run_id, **more)


def test_a_lease_that_is_lost_meanwhile_makes_the_run_busy(world: World) -> None:
    with opened("here", Taken(), flow, resources={World: world}) as engine:
        engine.run(flow, "r", A(1))
        with pytest.raises(RunBusyError):
            engine.rerun("r")
