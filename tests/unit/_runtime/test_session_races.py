"""What somebody else does to a run between two steps of a session."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

import polaris
from polaris import BuilderFailedError, Engine, Status, Workflow
from polaris._model.records import Stored
from polaris.errors import (
    RunBusyError,
    RunCancelledError,
    RunExistsError,
    UnknownRunError,
    WorkflowMismatchError,
)
from polaris.stores import MemoryStore

LEASE = 30.0


class Clock:
    """A clock that stands still until it is told, and lets a test do something while somebody sleeps."""

    now = 1_000_000.0

    def __init__(self) -> None:
        self.asleep: list[Callable[[], object]] = []

    def time(self) -> float:
        return self.now

    monotonic = time

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self.asleep:
            self.asleep.pop(0)()


class Raced(MemoryStore):
    """A store in which something happens just after a run was read."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.after_load: list[Callable[[], object]] = []

    def load(self, run_id: str) -> Stored | None:
        found = super().load(run_id)
        if self.after_load:
            self.after_load.pop()()
        return found

    def forget(self, run_id: str) -> None:
        del self._runs[run_id]


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class Secret:
    n: int


@dataclass(frozen=True)
class Begun:
    n: int


@dataclass(frozen=True)
class B:
    n: int


@dataclass(frozen=True)
class C:
    n: int


ran: list[str] = []
in_the_middle: list[Callable[[], object]] = []


def begin() -> Begun:
    return Begun(1)


def first(a: A, begun: Begun, secret: Secret | None = None) -> B:
    ran.append("first")
    if in_the_middle:
        in_the_middle.pop()()
    return B(a.n)


def second(b: B) -> C:
    ran.append("second")
    return C(b.n)


flow = Workflow("flow", target=C, builders=[begin, first, second], transients=[Secret])
other = Workflow("other", target=C, builders=[begin, first, second], transients=[Secret])


@pytest.fixture(autouse=True)
def nothing_ran() -> None:
    ran.clear()
    in_the_middle.clear()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> Raced:
    return Raced(clock)


@pytest.fixture
def open_one(store: Raced, clock: Clock) -> Iterator[Callable[..., Engine]]:
    opened: list[Engine] = []

    def open_one(**options: object) -> Engine:
        opened.append(polaris.open_engine(store, flow, other, clock=clock, lease=LEASE, **options))
        return opened[-1]

    yield open_one
    for engine in opened:
        engine.close()


Open = Callable[..., Engine]


def interrupts() -> None:
    raise KeyboardInterrupt


def fails() -> None:
    raise OSError("down")


# --- between the reading and the asking ------------------------------------------------------------------------------


@pytest.mark.parametrize("data", [(), (A(2),)])
def test_a_run_that_was_to_be_new_is_made_by_somebody_else(open_one: Open, store: Raced, data: tuple[A, ...]) -> None:
    engine, quick = open_one(), open_one()
    store.after_load.append(lambda: quick.run(flow, "r", A(1)))
    with pytest.raises(RunExistsError) as caught:
        engine.run(flow, "r", *data, new=True)
    assert caught.value.run_id == "r"
    assert engine.get("r")[A] == A(1)


def test_a_run_is_made_of_another_workflow_meanwhile(open_one: Open, store: Raced) -> None:
    engine, quick = open_one(), open_one()
    store.after_load.append(lambda: quick.run(other, "r", A(1)))
    with pytest.raises(WorkflowMismatchError) as caught:
        engine.run(flow, "r", A(2))
    assert (caught.value.run_id, caught.value.workflow, caught.value.stored) == ("r", "flow", "other")
    assert engine.get("r")[A] == A(1)


def test_a_run_is_made_of_the_same_workflow_meanwhile_and_takes_the_delivery(open_one: Open, store: Raced) -> None:
    engine, quick = open_one(), open_one()
    store.after_load.append(lambda: quick.run(flow, "r", A(1)))
    assert engine.run(flow, "r", A(2)).result == C(2)
    assert ran == ["first", "second", "first", "second"]


def test_a_run_that_must_be_there_is_deleted_meanwhile(open_one: Open, store: Raced) -> None:
    engine = open_one()
    engine.run(flow, "r", A(1))
    store.after_load.append(lambda: store.forget("r"))
    with pytest.raises(UnknownRunError) as caught:
        engine.run(flow, "r", A(2), new=False)
    assert caught.value.run_id == "r"
    assert store.load("r") is None


def test_a_run_that_is_gone_on_with_is_deleted_meanwhile(open_one: Open, store: Raced) -> None:
    engine = open_one()
    engine.run(flow, "r", A(1))
    store.after_load.append(lambda: store.forget("r"))
    with pytest.raises(UnknownRunError):
        engine.run(flow, "r")


def test_a_run_that_is_deleted_meanwhile_is_begun_anew_by_a_delivery(open_one: Open, store: Raced) -> None:
    engine = open_one()
    engine.run(flow, "r", A(1))
    store.after_load.append(lambda: store.forget("r"))
    assert engine.run(flow, "r", A(2)).result == C(2)


@pytest.mark.parametrize("data", [(A(2),), (Secret(1),)])
def test_a_run_that_was_cancelled_takes_nothing_more(open_one: Open, store: Raced, data: tuple[object, ...]) -> None:
    engine = open_one()
    engine.run(flow, "r", A(1))
    engine.cancel("r")
    with pytest.raises(RunCancelledError) as caught:
        engine.run(flow, "r", *data)
    assert caught.value.run_id == "r"
    assert engine.get("r")[A] == A(1)
    assert ran == ["first", "second"]


# --- while it is busy ------------------------------------------------------------------------------------------------


def leave_open(engine: Engine, store: Raced) -> None:
    """Leave a call open, after its first builder, in the hands of one that died."""
    in_the_middle.append(interrupts)
    with pytest.raises(KeyboardInterrupt):
        engine.run(flow, "r", A(1))
    store.claim("r", claim_id="of one that died", lease=LEASE, wanted=True)


def test_who_waits_is_told_that_the_holder_failed(open_one: Open, store: Raced, clock: Clock) -> None:
    engine, quick = open_one(), open_one()
    leave_open(engine, store)

    def takes_over_and_fails() -> None:
        clock.now += LEASE + 1
        in_the_middle.append(fails)
        with pytest.raises(BuilderFailedError):
            quick.run(flow, "r")

    clock.asleep.append(takes_over_and_fails)
    with pytest.raises(BuilderFailedError) as caught:
        engine.run(flow, "r")
    error = caught.value
    assert (error.step, error.reason, error.run_id, error.__cause__) == ("first", "OSError", "r", None)
    assert error.outcome is not None
    assert error.outcome.data == {A: A(1), Begun: Begun(1)}


def test_who_waits_is_told_what_the_holder_came_to(open_one: Open, store: Raced, clock: Clock) -> None:
    engine, quick = open_one(), open_one()
    leave_open(engine, store)

    def takes_over() -> None:
        clock.now += LEASE + 1
        quick.run(flow, "r")

    clock.asleep.append(takes_over)
    outcome = engine.run(flow, "r", A(2))
    assert (outcome.status, outcome.result) == (Status.COMPLETED, C(2))
    assert ran.count("second") == 2


def test_a_wait_ends_when_its_time_is_over(open_one: Open, store: Raced, clock: Clock) -> None:
    engine = open_one()
    leave_open(engine, store)
    before = clock.now
    outcome = engine.run(flow, "r", A(2), wait=3)
    assert (outcome.status, outcome.produced) == (Status.QUEUED, {})
    assert outcome.data == {A: A(1), Begun: Begun(1)}
    assert 3 <= clock.now - before < 3.25


def test_a_transient_is_refused_while_the_run_is_held_and_taken_when_the_lease_is_over(
    open_one: Open, store: Raced, clock: Clock
) -> None:
    engine = open_one()
    leave_open(engine, store)
    with pytest.raises(RunBusyError) as caught:
        engine.run(flow, "r", Secret(1))
    assert caught.value.run_id == "r"
    clock.now += LEASE + 1
    assert engine.run(flow, "r", Secret(1)).produced == {B: B(1), C: C(1)}


# --- a lease that may be lost ----------------------------------------------------------------------------------------


@pytest.fixture
def dawdling(open_one: Open, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """An engine that lets the time of a lease pass when the first builder is saved."""
    for room in ("heartbeat", "holder", "session"):
        monkeypatch.setattr(f"polaris._runtime.{room}.time", clock)
    late = [LEASE]

    def dawdle(name: str, made: object) -> None:
        if name == "first" and late:
            clock.now += late.pop()

    return open_one(after=dawdle)


def test_no_builder_is_started_when_the_last_renewal_is_as_old_as_the_lease(dawdling: Engine, clock: Clock) -> None:
    assert dawdling.run(flow, "r", A(1), wait=0).status is Status.QUEUED
    assert ran == ["first"]
    clock.now += 1
    assert dawdling.run(flow, "r").result == C(1)
    assert ran == ["first", "second"]


def test_a_holder_whose_lease_grew_old_waits_for_it_like_anybody_else(dawdling: Engine) -> None:
    assert dawdling.run(flow, "r", A(1)).result == C(1)
    assert ran == ["first", "second"]
