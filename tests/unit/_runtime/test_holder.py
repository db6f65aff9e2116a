import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

import polaris
from polaris import BuilderFailedError, Engine, Status, Workflow
from polaris._assembly import compiled, desk_of
from polaris._model.records import Saved, Stored
from polaris._runtime.bind import Bound, bind
from polaris._runtime.drive import Driver
from polaris._runtime.heartbeat import Heartbeat
from polaris._runtime.holder import Holder, LeaseLostError, Own, as_stored
from polaris._runtime.session import run_script
from polaris._runtime.setup import Request, Setup
from polaris._runtime.state import Texts
from polaris.stores import MemoryStore
from polaris.stores.rules import LOST
from polaris.testing.fakes import SetClock
from tests.helpers.engines import opened

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


ran: list[str] = []


def first(a: A) -> B:
    ran.append("first")
    if a.n < 0:
        raise LookupError
    return B(a.n)


def second(b: B) -> C:
    ran.append("second")
    return C(b.n)


flow = Workflow("flow", target=C, builders=[first, second])


@pytest.fixture(autouse=True)
def nothing_ran() -> None:
    ran.clear()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def store(clock: SetClock) -> MemoryStore:
    return MemoryStore(clock)


@pytest.fixture
def engine(store: MemoryStore, clock: SetClock) -> Iterator[Engine]:
    with polaris.open_engine(store, flow, clock=clock, lease=LEASE) as engine:
        yield engine


@pytest.fixture
def queue(store: MemoryStore, clock: SetClock, engine: Engine) -> Callable[..., None]:
    """Make a run whose holder died, with deliveries in its inbox."""

    def queue(*data: object) -> None:
        engine.run(flow, "r", new=True)
        store.claim("r", claim_id="of one that died", lease=LEASE, wanted=True)
        for datum in data:
            assert engine.run(flow, "r", datum, wait=0).status is Status.QUEUED
        clock.now += LEASE + 1

    return queue


Queue = Callable[..., None]


def stored(store: MemoryStore) -> Stored:
    state = store.load("r")
    assert state is not None
    return state


# --- taking one delivery after another --------------------------------------------------------------------------------


def test_a_holder_takes_what_is_queued_in_order_and_gives_what_came_of_its_own(engine: Engine, queue: Queue) -> None:
    queue(A(1), A(2))
    outcome = engine.run(flow, "r", A(3))
    assert (outcome.result, dict(outcome.produced)) == (C(3), {B: B(3), C: C(3)})
    assert ran == ["first", "second"] * 3


def test_a_failure_of_what_others_delivered_is_not_raised(engine: Engine, queue: Queue) -> None:
    queue(A(-1))
    assert engine.run(flow, "r", A(2)).result == C(2)
    assert engine.get("r").error is None


def test_a_failure_of_its_own_delivery_is_raised_although_the_run_goes_on(
    engine: Engine, store: MemoryStore, clock: SetClock
) -> None:
    with polaris.open_engine(store, flow, clock=clock) as caller:

        def deliver_more(name: str, delta: Mapping[Any, object]) -> None:
            if delta == {A: A(-1)}:
                assert caller.run(flow, "r", A(2), wait=0).status is Status.QUEUED

        with (
            polaris.open_engine(store, flow, clock=clock, before=deliver_more) as holder,
            pytest.raises(BuilderFailedError) as caught,
        ):
            holder.run(flow, "r", A(-1))
    assert caught.value.outcome is not None
    assert dict(caught.value.outcome.data) == {A: A(-1)}
    assert (engine.get("r").status, engine.get("r")[C]) == (Status.COMPLETED, C(2))


def test_a_call_without_data_gives_what_came_of_the_last_delivery(engine: Engine, queue: Queue) -> None:
    queue(A(1), A(2))
    assert engine.run(flow, "r").result == C(2)


def test_hooks_are_told_what_each_call_delivers(queue: Queue, store: MemoryStore, clock: SetClock) -> None:
    queue(A(1), A(2))
    said: list[object] = []
    with polaris.open_engine(store, flow, clock=clock, before=lambda _, delta: said.append(dict(delta))) as engine:
        engine.run(flow, "r", A(3))
    assert said == [{A: A(n)} for n in (1, 1, 2, 2, 3, 3)]


def test_a_failed_call_is_gone_on_with_before_anything_else(engine: Engine) -> None:
    with pytest.raises(BuilderFailedError):
        engine.run(flow, "r", A(-1))
    with pytest.raises(BuilderFailedError):
        engine.run(flow, "r")
    assert ran == ["first", "first"]
    assert engine.run(flow, "r", A(1)).result == C(1)


def test_a_call_that_was_open_when_its_holder_died_is_finished_first(
    engine: Engine, store: MemoryStore, clock: SetClock
) -> None:
    def dies(name: str, _: object) -> None:
        if name == "second" and len(ran) == 1:
            clock.now += LEASE + 1
            store.claim("r", claim_id="of one that dies", lease=LEASE, wanted=True)

    with polaris.open_engine(store, flow, clock=clock, before=dies, lease=LEASE) as holder:
        assert holder.run(flow, "r", A(1), wait=0).status is Status.QUEUED
    clock.now += LEASE + 1
    outcome = engine.run(flow, "r", A(2))
    assert (outcome.result, dict(outcome.produced)) == (C(2), {B: B(2), C: C(2)})
    assert ran == ["first", "second", "second", "first", "second"]


# --- losing the lease -------------------------------------------------------------------------------------------------


class Loses:
    """A store that says once, at one of its operations, that the lease is lost; and writes nothing."""

    def __init__(self, store: MemoryStore, at: str) -> None:
        self._store = store
        self._at = at

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any operation
        if name != self._at:
            return getattr(self._store, name)

        def lose(*_: object, **__: object) -> Saved:
            self._at = ""
            return LOST

        return lose


@pytest.mark.parametrize(
    ("at", "runs"),
    [
        ("begin", ["first", "second"]),
        ("save", ["first", "first", "second"]),
        ("end", ["first", "second"]),
    ],
)
@pytest.mark.parametrize("how", ["here", "threads", "asyncio"])
def test_a_holder_that_lost_its_lease_asks_again_and_makes_again_only_what_was_not_saved(
    how: str, at: str, runs: list[str], store: MemoryStore, clock: SetClock, engine: Engine
) -> None:
    engine.run(flow, "r", new=True)
    with opened(how, Loses(store, at), flow, clock=clock, lease=LEASE) as other:  # type: ignore[arg-type]
        outcome = other.run(flow, "r", A(1), wait=LEASE + 5)
    assert (outcome.result, outcome.status) == (C(1), Status.COMPLETED)
    assert ran == runs


def test_a_checkpoint_at_the_end_of_the_call_that_is_lost_is_made_from_the_beginning(
    store: MemoryStore, clock: SetClock
) -> None:
    lossy: Any = Loses(store, "end")
    with polaris.open_engine(lossy, flow, clock=clock, lease=LEASE, checkpoint="call") as engine:
        assert engine.run(flow, "r", A(1), wait=LEASE + 5).result == C(1)
    assert ran == ["first", "second", "first", "second"]


class Slow:
    """A store that answers one of its operations when a lease is over."""

    def __init__(self, store: MemoryStore, at: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self._store = store
        self._at = at
        self._late = 0.0
        real = time.monotonic
        monkeypatch.setattr(time, "monotonic", lambda: real() + self._late)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any operation
        operation = getattr(self._store, name)
        if name != self._at:
            return operation

        def late(*args: object, **more: object) -> object:
            answer = operation(*args, **more)
            self._late += LEASE + 1
            return answer

        return late


@pytest.mark.parametrize(("at", "runs"), [("accept", []), ("save", ["first"])])
@pytest.mark.parametrize("how", ["here", "threads", "asyncio"])
def test_a_lease_begins_when_it_is_asked_for_and_not_when_that_is_answered(
    how: str, at: str, runs: list[str], store: MemoryStore, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow: Any = Slow(store, at, monkeypatch)
    with opened(how, slow, flow, clock=clock, lease=LEASE) as engine:
        assert engine.run(flow, "r", A(1), wait=0).status is Status.QUEUED
    assert ran == runs


class Beats(Heartbeat):
    """A heartbeat that may have been late: then somebody else may hold the run."""

    late = 0

    def is_held(self, claim_id: str) -> bool:
        self.late -= 1
        return self.late != 0 and super().is_held(claim_id)


def test_no_builder_is_started_when_somebody_else_may_hold_the_run(store: MemoryStore, clock: SetClock) -> None:
    beats = Beats(store, LEASE)
    beats.late = 2
    bound = bind(compiled(flow), {})
    setup = replace(desk_of(store, bound, clock=clock, lease=LEASE).setup, heartbeat=beats)
    request = Request(run_id="r", data=(A(1),), wait=0, delivery_id=None, new=None)
    assert Driver(None, clock.sleep).drive(run_script(setup, bound, request)).status is Status.QUEUED
    assert ran == ["first"]
    assert stored(store).header.is_open
    request = request._replace(data=(), wait=LEASE + 5)
    assert Driver(None, clock.sleep).drive(run_script(setup, bound, request)).result == C(1)
    assert ran == ["first", "second"]
    beats.close()


# --- what somebody else carried ---------------------------------------------------------------------------------------


@pytest.fixture
def bound() -> Bound:
    return bind(compiled(flow), {})


@pytest.fixture
def setup(store: MemoryStore, clock: SetClock, bound: Bound) -> Setup:
    return desk_of(store, bound, clock=clock, lease=LEASE).setup


@pytest.fixture
def texts(setup: Setup, bound: Bound) -> Texts:
    return Texts(bound=bound, codec=setup.codec, encode=setup.encode)


def test_a_failed_run_is_told_as_its_failure(engine: Engine, store: MemoryStore, texts: Texts) -> None:
    with pytest.raises(BuilderFailedError):
        engine.run(flow, "r", A(-1))
    (failure,) = as_stored(texts, stored(store), moved=True).failures
    assert isinstance(failure, BuilderFailedError)
    assert (failure.step, failure.reason) == ("first", "LookupError")


def test_a_run_that_did_not_fail_or_is_queued_is_told_as_it_is(
    engine: Engine, store: MemoryStore, texts: Texts
) -> None:
    engine.run(flow, "r", A(1))
    state = stored(store)
    moved, still = (as_stored(texts, state, moved=moved) for moved in (True, False))
    assert (moved.failures, dict(moved.outcome.produced)) == ((), {B: B(1), C: C(1)})
    assert (still.failures, dict(still.outcome.produced), still.outcome.data) == ((), {}, moved.outcome.data)
    queued = as_stored(texts, state, moved=False, status=Status.QUEUED)
    assert (queued.outcome.status, queued.failures) == (Status.QUEUED, ())


def held(store: MemoryStore, setup: Setup, bound: Bound, texts: Texts) -> Holder:
    answer = store.claim("r", claim_id="mine", lease=LEASE, wanted=True)
    assert answer.state is not None
    setup.heartbeat.hold("r", "mine")
    return Holder(setup, bound, texts, "mine", answer.state)


def test_a_delivery_that_somebody_else_took_meanwhile_is_told_as_it_is_stored(
    store: MemoryStore, setup: Setup, bound: Bound, texts: Texts, clock: SetClock, queue: Queue
) -> None:
    queue(A(1))
    holder = held(store, setup, bound, texts)
    own = Own(delivery_id="of a delivery that is not in the inbox", passing={})
    result = Driver(None, clock.sleep).drive(holder.drain(own, None, {}))
    assert dict(result.outcome.produced) == {}
    assert ran == ["first", "second"]
    setup.heartbeat.close()


def test_a_holder_that_is_not_held_any_more_starts_nothing(
    store: MemoryStore, setup: Setup, bound: Bound, texts: Texts, queue: Queue
) -> None:
    queue(A(1))
    holder = held(store, setup, bound, texts)
    holder.guard()
    setup.heartbeat.drop("mine")
    with pytest.raises(LeaseLostError):
        holder.guard()
    setup.heartbeat.close()
