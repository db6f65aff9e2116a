from collections.abc import Callable, Iterator
from typing import Any, Literal

import pytest

import polaris
from polaris import (
    BuilderFailedError,
    Context,
    Engine,
    Feedback,
    Status,
    Take,
    Workflow,
)
from polaris._model.records import Saved, Stored
from polaris._runtime import specialise
from polaris._runtime.express import Express
from polaris._runtime.session import Session
from polaris.errors import CodecError, ContractViolationError, RunExistsError, StoreUnavailableError, UnknownDataError
from polaris.stores import MemoryStore
from polaris.stores.rules import LOST
from polaris.testing.fakes import SetClock
from tests.unit._runtime.straights import A, B, C, D

LEASE = 30.0
CHECKPOINTS: tuple[Literal["builder", "call"], ...] = ("builder", "call")


ran: list[str] = []
meanwhile: list[Callable[[], object]] = []


def first(a: A) -> B:
    ran.append("first")
    for happens in meanwhile:
        happens()
    if a.n < 0:
        raise LookupError
    return B(a.n)


def second(b: B) -> C:
    ran.append("second")
    if b.n == 13:
        raise LookupError
    return C(b.n)


flow = Workflow("flow", target=C, builders=[first, second])


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the first call of every kind be an express call."""
    monkeypatch.setattr(specialise, "FEW", 0)
    ran.clear()
    meanwhile.clear()


@pytest.fixture
def sessions(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The runs that were left to a session."""
    found: list[str] = []
    make = Session.__init__

    def noted(session: Session, *args: Any, **more: Any) -> None:  # noqa: ANN401 - as they come
        make(session, *args, **more)
        found.append(session.run_id)

    monkeypatch.setattr(Session, "__init__", noted)
    return found


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def store(clock: SetClock) -> MemoryStore:
    return MemoryStore(clock)


@pytest.fixture(params=CHECKPOINTS)
def engine(request: pytest.FixtureRequest, store: MemoryStore, clock: SetClock) -> Iterator[Engine]:
    with polaris.open_engine(store, flow, clock=clock, lease=LEASE, checkpoint=request.param) as engine:
        yield engine


def stored(store: MemoryStore) -> Stored:
    state = store.load("r")
    assert state is not None
    return state


def is_free(store: MemoryStore) -> bool:
    """Say whether nobody holds the run, by taking it."""
    return store.claim("r", claim_id="another", lease=LEASE, wanted=True).verdict == "claimed"


# --- what is made so --------------------------------------------------------------------------------------------------


def test_a_call_that_makes_a_run_needs_no_session(engine: Engine, store: MemoryStore, sessions: list[str]) -> None:
    outcome = engine.run(flow, "r", A(1))
    assert (outcome.result, outcome.run_id, outcome.status) == (C(1), "r", Status.COMPLETED)
    assert dict(outcome.produced) == {B: B(1), C: C(1)}
    assert ran == ["first", "second"]
    assert (engine.get("r").status, engine.get("r")[C]) == (Status.COMPLETED, C(1))
    assert is_free(store)
    assert sessions == []


def test_the_first_calls_of_a_kind_are_left_to_sessions(
    engine: Engine, sessions: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(specialise, "FEW", 2)
    for number in range(4):
        engine.run(flow, str(number), A(1))
    assert sessions == ["0", "1"]


def test_a_run_that_waits_says_for_what(store: MemoryStore, sessions: list[str]) -> None:
    def join(b: B, d: D) -> C:
        return C(b.n + d.n)

    two = Workflow("two", target=C, builders=[first, join])
    with polaris.open_engine(store, two) as engine:
        outcome = engine.run(two, "r", A(1))
        assert (outcome.status, outcome.waiting_for) == (Status.WAITING, (D,))
        assert [state.run_id for state in engine.runs(waiting_for=D)] == ["r"]
        assert sessions == []
        assert engine.run(two, "r", D(2)).result == C(3)
        assert sessions == ["r"]
        for data in ((A(1), D(2)), (D(2), A(1)), ({A: A(1), D: D(2)},)):
            assert engine.run(two, f"r{data}", *data).result == C(3)
        assert sessions == ["r"]


def test_transients_are_passed_on_and_not_stored(store: MemoryStore, sessions: list[str]) -> None:
    passing = Workflow("passing", target=C, builders=[first, second], transients=[A, B])
    with polaris.open_engine(store, passing) as engine:
        outcome = engine.run(passing, "r", A(1))
        assert (outcome.result, dict(outcome.data)) == (C(1), {C: C(1)})
        assert dict(outcome.produced) == {B: B(1), C: C(1)}
    assert {cell.key: cell.text for cell in stored(store).cells} == {"A": None, "B": None, "C": '{"n":1}'}
    assert sessions == []


def test_a_builder_is_told_of_its_run(store: MemoryStore, sessions: list[str]) -> None:
    contexts: list[Context] = []

    def curious(a: A, ctx: Context) -> B:
        contexts.append(ctx)
        return B(a.n)

    telling = Workflow("telling", target=B, builders=[curious])
    with polaris.open_engine(store, telling) as engine:
        engine.run(telling, "r", A(1))
        engine.run(telling, "s", A(1))
    assert [(ctx.run_id, ctx.workflow, ctx.builder, ctx.attempt) for ctx in contexts] == [
        ("r", "telling", "curious", 1),
        ("s", "telling", "curious", 1),
    ]
    assert contexts[0].idempotency_key != contexts[1].idempotency_key
    assert sessions == []


def test_without_a_history_nothing_is_noted(store: MemoryStore, sessions: list[str]) -> None:
    with polaris.open_engine(store, flow, history=False) as engine:
        engine.run(flow, "r", A(1))
        assert engine.history("r") == ()
        with pytest.raises(BuilderFailedError):
            engine.run(flow, "s", A(-1))
        assert engine.history("s") == ()


def test_a_history_tells_how_long_things_took(engine: Engine) -> None:
    engine.run(flow, "r", A(1))
    took = {event.builder or event.kind: event.seconds for event in engine.history("r")}
    assert took.pop("call_started") is None
    assert list(took) == ["first", "second", "call_finished"]
    assert 0 <= took["first"] <= took["call_finished"] < 10  # type: ignore[operator]


# --- what is left to sessions -----------------------------------------------------------------------------------------


def taker(b: Take[B]) -> C:
    return C(b.n)


def looper(a: A, c: Feedback[C | None] = None) -> C:
    return C(a.n)


def late_taker(b: Take[B], d: D) -> C:
    return C(b.n + d.n)


def late_looper(b: B, d: D, c: Feedback[C | None] = None) -> C:
    return C(max(b.n + d.n, c.n if c else 0))


@pytest.mark.parametrize("last", [late_taker, late_looper])
def test_what_lacks_its_data_may_take_and_loop_later(last: Any, sessions: list[str], store: MemoryStore) -> None:  # noqa: ANN401
    late = Workflow("late", target=C, builders=[first, last])
    with polaris.open_engine(store, late) as engine:
        assert engine.run(late, "r", A(1)).status is Status.WAITING
        assert sessions == []
        assert engine.run(late, "r", D(2)).result == C(3)


@pytest.mark.parametrize(
    ("builders", "data"),
    [([first, taker], (A(1),)), ([looper], (A(1),)), ([first, second], (A(1), B(2))), ([first, second], ())],
)
def test_a_call_in_which_data_may_change_twice_is_walked(
    builders: list[Any], data: tuple[object, ...], sessions: list[str], store: MemoryStore
) -> None:
    walked = Workflow("walked", target=C, builders=builders)
    with polaris.open_engine(store, walked) as engine:
        engine.run(walked, "r", *data, new=True)
    assert sessions == ["r"]


def test_whoever_wants_to_be_told_gets_sessions(store: MemoryStore, sessions: list[str]) -> None:
    told: list[str] = []
    with polaris.open_engine(store, flow, before=lambda name, _: told.append(name)) as engine:
        engine.run(flow, "r", A(1))
    with polaris.open_engine(store, flow, after=lambda name, _: told.append(name)) as engine:
        engine.run(flow, "s", A(1))
    assert told == ["first", "second"] * 2
    assert sessions == ["r", "s"]


def test_bad_data_are_refused_before_anything_is_stored(engine: Engine, store: MemoryStore) -> None:
    with pytest.raises(UnknownDataError):
        engine.run(flow, "r", 5)
    with pytest.raises(CodecError) as caught:
        engine.run(flow, "r", A("x"))  # type: ignore[arg-type]
    assert caught.value.step == ""
    assert store.load("r") is None


def test_a_run_that_is_there_is_gone_on_with(engine: Engine, sessions: list[str]) -> None:
    engine.run(flow, "r", A(1))
    assert engine.run(flow, "r", A(2)).result == C(2)
    assert sessions == ["r"]
    with pytest.raises(RunExistsError):
        engine.run(flow, "r", A(3), new=True)


class Late:
    """A store in which somebody else makes the run just after it was looked for."""

    def __init__(self, store: MemoryStore, make: Callable[[], object]) -> None:
        self._store = store
        self._make = make

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any operation
        return getattr(self._store, name)

    def load(self, run_id: str) -> Stored | None:
        found = self._store.load(run_id)
        if found is None:
            self._make()
        return found


def test_a_run_that_somebody_has_made_meanwhile_is_gone_on_with(
    engine: Engine, store: MemoryStore, sessions: list[str]
) -> None:
    late: Any = Late(store, lambda: engine.run(flow, "r", A(1)))
    with polaris.open_engine(late, flow) as other:
        assert other.run(flow, "r", A(2)).result == C(2)
    assert sessions == ["r"]
    assert engine.get("r")[C] == C(2)
    assert ran == ["first", "second"] * 2


def test_a_delivery_that_came_twice_is_carried_once(engine: Engine, store: MemoryStore) -> None:
    late: Any = Late(store, lambda: engine.run(flow, "r", A(1), delivery_id="d"))
    with polaris.open_engine(late, flow) as other:
        assert other.run(flow, "r", A(1), delivery_id="d").status is Status.COMPLETED
    assert ran == ["first", "second"]


# --- what goes wrong --------------------------------------------------------------------------------------------------


def test_a_failed_step_keeps_what_was_made_before(engine: Engine, store: MemoryStore) -> None:
    with pytest.raises(BuilderFailedError) as caught:
        engine.run(flow, "r", A(13))
    failure = caught.value
    assert (failure.step, failure.run_id, type(failure.__cause__)) == ("second", "r", LookupError)
    assert failure.outcome is not None
    assert dict(failure.outcome.data) == {A: A(13), B: B(13)}
    state = engine.get("r")
    assert (state.status, state.error) == (Status.FAILED, "second: LookupError")
    assert dict(state.data) == {A: A(13), B: B(13)}
    assert [event.kind for event in engine.history("r")][-2:] == ["builder_failed", "call_finished"]
    assert is_free(store)
    with pytest.raises(BuilderFailedError):
        engine.run(flow, "s", A(13), wait=0)
    assert ran == ["first", "second"] * 2


def test_the_first_step_may_fail(engine: Engine, store: MemoryStore) -> None:
    with pytest.raises(BuilderFailedError):
        engine.run(flow, "r", A(-1))
    assert dict(engine.get("r").data) == {A: A(-1)}
    assert engine.run(flow, "r", A(1)).result == C(1)


def test_a_failure_is_told_with_the_line_that_called_the_builder(engine: Engine) -> None:
    with pytest.raises(BuilderFailedError) as caught:
        engine.run(flow, "r", A(-1))
    assert caught.value.__cause__ is not None
    trace = caught.value.__cause__.__traceback__
    names = []
    while trace is not None:
        names.append(trace.tb_frame.f_code.co_filename.partition(" ")[0])
        trace = trace.tb_next
    assert names[-2:] == ["<polaris", __file__]


def test_a_product_that_was_not_declared_is_a_failure(store: MemoryStore) -> None:
    def wrong(a: A) -> B:
        return C(a.n)  # type: ignore[return-value]

    lying = Workflow("lying", target=B, builders=[wrong])
    with polaris.open_engine(store, lying) as engine:
        with pytest.raises(ContractViolationError):
            engine.run(lying, "r", A(1))
        assert engine.get("r").status is Status.FAILED


@pytest.mark.parametrize("checkpoint", CHECKPOINTS)
def test_a_product_that_cannot_be_stored_is_a_failure(
    store: MemoryStore, checkpoint: Literal["builder", "call"]
) -> None:
    def odd(b: B) -> tuple[C, D]:
        return C(b.n), D("x")  # type: ignore[arg-type]

    strange = Workflow("strange", target=D, builders=[first, odd])
    with polaris.open_engine(store, strange, checkpoint=checkpoint) as engine:
        with pytest.raises(CodecError) as caught:
            engine.run(strange, "r", A(1))
        assert caught.value.step == "odd"
        assert dict(engine.get("r").data) == {A: A(1), B: B(1)}
    assert {cell.key: cell.text for cell in stored(store).cells} == {"A": '{"n":1}', "B": '{"n":1}'}


def test_what_a_class_makes_of_itself_breaks_the_call_off(engine: Engine, store: MemoryStore) -> None:
    class Odd(type):
        def __instancecheck__(cls, value: object) -> bool:
            return bool(value) and 1 / 0 > 0

    class E(metaclass=Odd):
        pass

    def make(a: A) -> E:
        return a  # type: ignore[return-value]

    def go_on(e: E) -> C:  # pragma: no cover - is not called
        raise NotImplementedError

    odd = Workflow("odd", target=C, builders=[make, go_on], transients=[E])
    with polaris.open_engine(store, odd) as other, pytest.raises(ZeroDivisionError):
        other.run(odd, "r", A(1))
    assert is_free(store)


def test_an_interrupt_lets_the_run_go(engine: Engine, store: MemoryStore) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    meanwhile.append(interrupt)
    with pytest.raises(KeyboardInterrupt):
        engine.run(flow, "r", A(1))
    assert stored(store).header.is_open
    meanwhile.clear()
    assert engine.run(flow, "r", wait=0).result == C(1)


class Says:
    """A store that says something once at one of its operations, and does nothing then."""

    def __init__(self, store: MemoryStore, at: str, say: Callable[[], Saved]) -> None:
        self._store = store
        self._at = at
        self._say = say

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any operation
        if name != self._at:
            return getattr(self._store, name)

        def say(*args: object, **more: object) -> Saved:
            if not self._at:
                return getattr(self._store, name)(*args, **more)  # type: ignore[no-any-return]
            self._at = ""
            return self._say()

        return say


@pytest.mark.parametrize(
    ("at", "checkpoint", "runs"),
    [
        ("save", "builder", ["first", "first", "second"]),
        ("end", "builder", ["first", "second"]),
        ("end", "call", ["first", "second", "first", "second"]),
    ],
)
def test_a_call_that_lost_its_lease_waits_for_the_run(
    at: str, checkpoint: Literal["builder", "call"], runs: list[str], store: MemoryStore, clock: SetClock
) -> None:
    lossy: Any = Says(store, at, lambda: LOST)
    with polaris.open_engine(lossy, flow, clock=clock, lease=LEASE, checkpoint=checkpoint) as engine:
        outcome = engine.run(flow, "r", A(1), wait=LEASE + 5)
    assert (outcome.result, outcome.status) == (C(1), Status.COMPLETED)
    assert ran == runs


@pytest.mark.parametrize("at", ["save", "end"])
def test_a_store_that_cannot_be_reached_breaks_the_call_off(at: str, store: MemoryStore, clock: SetClock) -> None:
    def fail() -> Saved:
        raise StoreUnavailableError("memory://", why="it is gone", do="Wait.")

    broken: Any = Says(store, at, fail)
    with polaris.open_engine(broken, flow, clock=clock, lease=LEASE) as engine:
        with pytest.raises(StoreUnavailableError):
            engine.run(flow, "r", A(1))
        assert is_free(store)


def test_no_builder_is_started_when_somebody_else_may_hold_the_run(engine: Engine) -> None:
    beats = engine._desk.setup.heartbeat
    meanwhile.append(beats._held.clear)
    saves = engine._desk.setup.checkpoint == "builder"
    outcome = engine.run(flow, "r", A(1), wait=0)
    assert outcome.status is (Status.COMPLETED if saves else Status.QUEUED)  # what is saved renews the lease
    assert ran == (["first", "second"] if saves else ["first"])


def deliver_once(engine: Engine) -> None:
    """Have something be delivered while the first builder runs for the first time."""

    def deliver() -> None:
        if ran.count("first") == 1:
            engine.deliver("r", A(7))

    meanwhile.append(deliver)


def test_what_was_delivered_meanwhile_is_carried_before_the_run_is_let_go(engine: Engine, store: MemoryStore) -> None:
    deliver_once(engine)
    outcome = engine.run(flow, "r", A(1))
    assert (outcome.result, dict(outcome.data)) == (C(1), {A: A(1), B: B(1), C: C(1)})
    assert engine.get("r")[C] == C(7)
    assert ran == ["first", "second"] * 2
    assert is_free(store)


def test_what_was_delivered_meanwhile_is_carried_after_a_failure(engine: Engine, store: MemoryStore) -> None:
    deliver_once(engine)
    with pytest.raises(BuilderFailedError):
        engine.run(flow, "r", A(13))
    assert engine.get("r")[C] == C(7)
    assert ran == ["first", "second"] * 2


def test_an_express_call_is_an_outcome_or_what_is_left_to_do(engine: Engine, store: MemoryStore) -> None:
    express = engine._desk.express["flow"]
    assert isinstance(express, Express)
    made = engine._desk.run_here(flow, "r", (A(1),), wait=0, delivery_id=None, new=None)
    assert isinstance(made, polaris.Outcome)
    left = engine._desk.run_here(flow, "r", (A(2),), wait=0, delivery_id=None, new=None)
    assert not isinstance(left, polaris.Outcome)
    assert engine._drive(left).result == C(2)
