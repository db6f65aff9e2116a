"""Timeouts of builders and of calls, in an engine, however builders are run."""

import asyncio
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

import polaris
from polaris import Context, Retry, Status, Workflow, builder
from polaris.errors import BuilderTimeoutError
from polaris.protocols import Event
from polaris.stores import MemoryStore
from polaris.testing.fakes import SetClock
from tests.helpers.engines import HOW, opened
from tests.unit._runtime.calls import wait_for_threads

LONG = 60.0


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    n: int


@dataclass(frozen=True)
class C:
    n: int


@dataclass(frozen=True)
class D:
    n: int


class World:
    """What the builders of this file look at and change; each test has its own."""

    def __init__(self) -> None:
        self.clock = SetClock()
        self.release = threading.Event()
        self.jumps: list[str] = []
        self.ran: list[str] = []
        self._entered: dict[str, threading.Event] = {}
        self.cancelled: list[str] = []
        self.deadlines: list[datetime | None] = []

    def entered(self, name: str) -> threading.Event:
        return self._entered.setdefault(name, threading.Event())

    def enter(self, name: str) -> bool:
        """Say whether a builder is to take too long; the clock has jumped then."""
        self.ran.append(name)
        self.entered(name).set()
        if name not in self.jumps:
            return False
        self.jumps.remove(name)
        self.clock.now += LONG + 1
        return True


world = World()


@pytest.fixture(autouse=True)
def own_world() -> Iterator[None]:
    global world  # noqa: PLW0603 - builders find it by its name
    world = World()
    yield
    world.release.set()
    wait_for_threads()


@builder(timeout=LONG)
def limited(a: A, ctx: Context) -> B:
    world.deadlines.append(ctx.deadline)
    if world.enter("limited"):
        world.release.wait(LONG)
        return B(-1)
    return B(a.n)


@builder(timeout=LONG)
async def limited_async(a: A, ctx: Context) -> B:
    world.deadlines.append(ctx.deadline)
    if world.enter("limited"):
        try:
            await asyncio.Event().wait()
        finally:
            world.cancelled.append("limited")
    return B(a.n)


plain = Workflow("plain", target=B, builders=[limited])
awaited = Workflow("awaited", target=B, builders=[limited_async])

WAYS = [*((how, plain) for how in HOW), ("asyncio", awaited)]


@pytest.mark.parametrize(("how", "workflow"), WAYS)
def test_a_builder_that_takes_too_long_fails_the_call_and_what_it_makes_later_is_never_written(
    how: str, workflow: Workflow[B]
) -> None:
    world.jumps = ["limited"]
    with opened(how, "memory://", workflow, clock=world.clock) as engine:
        with pytest.raises(BuilderTimeoutError) as caught:
            engine.run(workflow, "r", A(1))
        error = caught.value
        assert (error.step[:7], error.seconds, error.run_id) == ("limited", LONG, "r")
        world.release.set()
        wait_for_threads()
        state = engine.get("r")
        assert (state.status, state.error) == (Status.FAILED, f"{error.step}: BuilderTimeoutError")
        assert dict(state.data) == {A: A(1)}
        assert world.cancelled == (["limited"] if workflow is awaited else [])
        assert engine.run(workflow, "r").result == B(1)


@pytest.mark.parametrize(("how", "workflow"), WAYS)
def test_a_builder_is_told_when_its_time_is_up(how: str, workflow: Workflow[B]) -> None:
    with opened(how, "memory://", workflow, clock=world.clock) as engine:
        engine.run(workflow, "r", A(1))
    assert world.deadlines == [datetime.fromtimestamp(world.clock.now + LONG, UTC)]


def test_a_builder_is_told_when_its_time_is_up_by_the_hosts_clock() -> None:
    before = datetime.now(UTC)
    polaris.run(plain, A(1))
    (deadline,) = world.deadlines
    assert deadline is not None
    assert before < deadline <= datetime.now(UTC) + timedelta(seconds=LONG)


@builder(timeout=LONG, retry=Retry(attempts=3, on=TimeoutError, wait=0, max_wait=0, jitter=0))
def insistent(a: A, ctx: Context) -> B:
    world.ran.append(f"{ctx.attempt}")
    world.deadlines.append(ctx.deadline)
    if ctx.attempt < a.n:
        world.clock.now += LONG + 1
        world.release.wait(LONG)
    return B(ctx.attempt)


retried = Workflow("retried", target=B, builders=[insistent])


@pytest.mark.parametrize("how", HOW)
def test_each_attempt_has_its_own_time(how: str) -> None:
    with opened(how, "memory://", retried, clock=world.clock) as engine:
        assert engine.run(retried, "r", A(3)).result == B(3)
        assert world.ran == ["1", "2", "3"]
        ends = [end.timestamp() for end in world.deadlines if end is not None]
        assert [later - sooner for sooner, later in pairwise(ends)] == [LONG + 1, LONG + 1]
        with pytest.raises(BuilderTimeoutError):
            engine.run(retried, "r", A(4))


# --- the timeout of a call --------------------------------------------------------------------------------------------


def early(a: A) -> B:
    world.enter("early")
    return B(a.n)


def late(a: A) -> C:
    world.enter("late")
    world.release.wait(LONG)
    return C(a.n)


def later(a: A) -> D:
    world.enter("later")
    world.release.wait(LONG)
    return D(a.n)


async def late_async(a: A) -> C:
    world.enter("late")
    await until_released("late")
    return C(a.n)


async def later_async(a: A) -> D:
    world.enter("later")
    await until_released("later")
    return D(a.n)


async def until_released(name: str) -> None:
    try:
        if not world.release.is_set():
            await asyncio.Event().wait()
    except asyncio.CancelledError:
        world.cancelled.append(name)
        raise


wide = Workflow("wide", target=tuple[B, C, D], builders=[early, late, later], timeout=LONG)
wide_async = Workflow("wide", target=tuple[B, C, D], builders=[early, late_async, later_async], timeout=LONG)

WIDE_WAYS = [*((how, wide) for how in HOW), ("asyncio", wide_async)]


class JumpsWhenSaved:
    """Lets the time of a call be up when a builder's product is saved and others are running; keeps the failures."""

    def __init__(self, name: str, running: Iterable[str] = ()) -> None:
        self.name = name
        self.running = running
        self.failed: list[tuple[str | None, str | None]] = []

    def checkpointed(self, event: Event) -> None:
        if event.builder == self.name:
            for name in self.running:
                assert world.entered(name).wait(LONG)
            world.clock.now += LONG + 1

    def builder_failed(self, event: Event) -> None:
        self.failed.append((event.builder, event.error))


@pytest.mark.parametrize(("how", "workflow"), WIDE_WAYS)
def test_a_call_that_takes_too_long_fails_with_the_first_step_that_is_running(how: str, workflow: Workflow[B]) -> None:
    observer = JumpsWhenSaved("early", running=() if how == "here" else ("late", "later"))
    with opened(how, "memory://", workflow, clock=world.clock, observers=[observer]) as engine:
        with pytest.raises(BuilderTimeoutError) as caught:
            engine.run(workflow, "r", A(1))
        error = caught.value
        assert (error.step.removesuffix("_async"), error.seconds, error.run_id) == ("late", LONG, "r")
        assert error.outcome is not None
        assert dict(error.outcome.produced) == {B: B(1)}
        assert observer.failed == [(error.step, "BuilderTimeoutError")]
        world.release.set()
        state = engine.get("r")
        assert (state.status, state.error) == (Status.FAILED, f"{error.step}: BuilderTimeoutError")
        assert dict(state.data) == {A: A(1), B: B(1)}
        assert sorted(world.cancelled) == (["late", "later"] if workflow is wide_async else [])
        world.ran.clear()
        assert engine.run(workflow, "r").result == (B(1), C(1), D(1))
        assert sorted(world.ran) == ["late", "later"]


def after_early(b: B) -> C:
    world.enter("after_early")
    return C(b.n)


def other(a: A) -> D:
    world.enter("other")
    world.release.wait(LONG)
    return D(a.n)


followed = Workflow("followed", target=tuple[C, D], builders=[early, after_early, other], timeout=LONG)


@pytest.mark.parametrize("how", ["threads", "asyncio"])
def test_a_step_that_was_not_started_when_the_time_was_up_is_not_named(how: str) -> None:
    observer = JumpsWhenSaved("early", running=["other"])
    with opened(how, "memory://", followed, clock=world.clock, observers=[observer]) as engine:
        with pytest.raises(BuilderTimeoutError) as caught:
            engine.run(followed, "r", A(1))
        world.release.set()
        assert "after_early" not in world.ran
        assert caught.value.step == "other"


@pytest.mark.parametrize(("how", "workflow"), WIDE_WAYS)
def test_a_call_that_ends_in_time_is_not_held_up_by_its_limit(how: str, workflow: Workflow[B]) -> None:
    world.release.set()
    with opened(how, "memory://", workflow, clock=world.clock) as engine:
        assert engine.run(workflow, "r", A(1)).result == (B(1), C(1), D(1))


def waiting(a: A) -> B:
    world.release.wait(LONG)
    return B(a.n)


briefly = Workflow("briefly", target=B, builders=[waiting], timeout=0.05)


@pytest.mark.parametrize("how", HOW)
def test_the_time_of_a_call_is_told_by_the_hosts_clock_unless_one_is_given(how: str) -> None:
    with opened(how, "memory://", briefly) as engine:
        with pytest.raises(BuilderTimeoutError) as caught:
            engine.run(briefly, "r", A(1))
        assert (caught.value.step, caught.value.seconds) == ("waiting", 0.05)
        world.release.set()
    world.release.clear()
    with pytest.raises(BuilderTimeoutError):
        polaris.run(briefly, A(1))


@builder(timeout=LONG)
def told(a: A, ctx: Context) -> B:
    world.deadlines.append(ctx.deadline)
    return B(a.n)


@pytest.mark.parametrize(("call", "sooner"), [(LONG / 2, LONG / 2), (2 * LONG, LONG)])
@pytest.mark.parametrize("how", HOW)
def test_a_deadline_is_that_of_the_builder_or_of_the_call_whichever_is_sooner(
    how: str, call: float, sooner: float
) -> None:
    workflow = Workflow("told", target=B, builders=[told], timeout=call)
    with opened(how, "memory://", workflow, clock=world.clock) as engine:
        engine.run(workflow, "r", A(1))
    assert world.deadlines == [datetime.fromtimestamp(world.clock.now + sooner, UTC)]


def test_a_builder_without_any_limit_has_no_deadline() -> None:
    def unlimited(a: A, ctx: Context) -> B:
        world.deadlines.append(ctx.deadline)
        return B(a.n)

    polaris.run(Workflow("unlimited", target=B, builders=[unlimited]), A(1))
    assert world.deadlines == [None]


def test_every_call_has_a_time_of_its_own() -> None:
    """The second of two calls that one holder carries is not late because the first was."""
    inner = MemoryStore(world.clock)

    class DeliversMeanwhile(JumpsWhenSaved):
        def checkpointed(self, event: Event) -> None:
            super().checkpointed(event)
            self.name = "nobody"
            if not world.release.is_set():
                world.release.set()
                with opened("here", inner, wide, clock=world.clock) as other_engine:
                    assert other_engine.run(wide, "r", A(2), wait=0).status is Status.QUEUED

    observers = [DeliversMeanwhile("early")]
    with opened("here", inner, wide, clock=world.clock, observers=observers, lease=10 * LONG) as engine:
        with pytest.raises(BuilderTimeoutError):
            engine.run(wide, "r", A(1))
        state = engine.get("r")
    assert (state.status, state[B], state[C], state[D]) == (Status.COMPLETED, B(2), C(2), D(2))
