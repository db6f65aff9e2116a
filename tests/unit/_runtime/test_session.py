from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

import polaris
from polaris import BuilderFailedError, Engine, Status, Workflow
from polaris._assembly import compiled, desk_of
from polaris._model.records import Saved
from polaris._runtime.bind import bind
from polaris._runtime.script import Ask
from polaris.errors import (
    ContractViolationError,
    IncompatiblePlanError,
    RunBusyError,
    RunExistsError,
    StoreUnavailableError,
    UnknownRunError,
    UnknownWorkflowError,
    WorkflowMismatchError,
)
from polaris.stores import MemoryStore

LEASE = 30.0


class Clock:
    """A clock that stands still until it is told."""

    now = 1_000_000.0

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class Secret:
    text: str


@dataclass(frozen=True)
class B:
    text: str


@dataclass(frozen=True)
class C:
    text: str


ran: list[str] = []
in_the_middle: list[Callable[[], object]] = []


def first(a: A, secret: Secret | None = None) -> B:
    ran.append("first")
    if in_the_middle:
        in_the_middle.pop()()
    return B(f"{a.n} {secret.text if secret else 'nothing'} {len(ran)}")


def second(b: B) -> C:
    ran.append("second")
    return C(b.text)


flow = Workflow("flow", target=C, builders=[first, second], transients=[Secret])
changed = Workflow("flow", target=B, builders=[first], transients=[Secret])
other = Workflow("other", target=B, builders=[first], transients=[Secret])


def wrong(a: A) -> B:
    return A(a.n)  # type: ignore[return-value]


faulty = Workflow("faulty", target=B, builders=[wrong])


@pytest.fixture(autouse=True)
def nothing_ran() -> None:
    ran.clear()
    in_the_middle.clear()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(clock: Clock) -> MemoryStore:
    return MemoryStore(clock)


@pytest.fixture
def open_one(store: MemoryStore, clock: Clock) -> Iterator[Callable[[], Engine]]:
    """Open one more engine on the same store."""
    opened: list[Engine] = []

    def open_one(*workflows: Workflow[object]) -> Engine:
        opened.append(polaris.open_engine(store, *(workflows or (flow, other)), clock=clock, lease=LEASE))
        return opened[-1]

    yield open_one
    for engine in opened:
        engine.close()


Open = Callable[..., Engine]


def test_a_holder_that_lost_its_lease_writes_nothing_and_tells_what_became_of_the_run(
    open_one: Open, clock: Clock
) -> None:
    slow, quick = open_one(), open_one()

    def is_taken_over() -> None:
        clock.now += LEASE + 1
        assert quick.run(flow, "r").result == C("1 nothing 2")

    in_the_middle.append(is_taken_over)
    outcome = slow.run(flow, "r", A(1))
    assert outcome.status is Status.COMPLETED
    assert outcome.result == quick.get("r")[C] == C("1 nothing 2")
    assert ran == ["first", "first", "second"]


def test_a_delivery_to_a_busy_run_is_queued_and_taken_by_the_holder(open_one: Open) -> None:
    holder, caller = open_one(), open_one()
    said: list[Status] = []
    in_the_middle.append(lambda: said.append(caller.run(flow, "r", A(2), wait=0).status))
    assert holder.run(flow, "r", A(1)).result == C("1 nothing 1")
    assert said == [Status.QUEUED]
    assert holder.get("r")[A] == A(2)
    assert holder.get("r")[C] == C("2 nothing 3")


def test_a_caller_waits_for_a_dead_holder_and_takes_what_was_queued(open_one: Open, store: MemoryStore) -> None:
    open_one().run(flow, "r", A(1))
    store.claim("r", claim_id="of one that died", lease=LEASE, wanted=True)
    assert open_one().run(flow, "r", A(2), wait=1).status is Status.QUEUED
    assert open_one().run(flow, "r", wait=LEASE + 5).result == C("2 nothing 3")


def test_a_call_that_is_interrupted_gives_the_lease_back_and_is_gone_on_with(open_one: Open) -> None:
    def interrupts() -> None:
        raise KeyboardInterrupt

    in_the_middle.append(interrupts)
    with pytest.raises(KeyboardInterrupt):
        open_one().run(flow, "r", A(1))
    assert open_one().run(flow, "r", wait=0).result == C("1 nothing 2")


def test_a_delivery_id_counts_once(open_one: Open) -> None:
    engine = open_one()
    first_time = engine.run(flow, "r", A(1), delivery_id="d")
    again = engine.run(flow, "r", A(1), delivery_id="d")
    assert ran == ["first", "second"]
    assert (again.status, again.data, dict(again.produced)) == (first_time.status, first_time.data, {})


def test_a_transient_is_seen_in_its_call_and_stored_nowhere(open_one: Open, store: MemoryStore) -> None:
    engine = open_one()
    engine.run(flow, "r", A(1))
    assert engine.run(flow, "r", Secret("s3cret")).result == C("1 s3cret 3")
    stored = store.load("r")
    assert stored is not None
    assert [cell.text for cell in stored.cells if cell.key == "Secret"] == [None]
    assert engine.run(flow, "r", A(2)).result == C("2 nothing 5")


def test_a_transient_is_not_accepted_without_the_lease(open_one: Open) -> None:
    holder, caller = open_one(), open_one()

    def is_busy() -> None:
        with pytest.raises(RunBusyError):
            caller.run(flow, "r", Secret("s3cret"), wait=0)

    in_the_middle.append(is_busy)
    assert holder.run(flow, "r", A(1)).result == C("1 nothing 1")


def test_a_failed_builder_loses_nothing_and_the_next_call_tries_it_again(open_one: Open) -> None:
    def fails() -> None:
        raise OSError("down")

    engine = open_one()
    in_the_middle.append(fails)
    with pytest.raises(BuilderFailedError) as caught:
        engine.run(flow, "r", A(1))
    assert (caught.value.step, caught.value.run_id, caught.value.reason) == ("first", "r", "OSError")
    assert isinstance(caught.value.__cause__, OSError)
    state = engine.get("r")
    assert (state.status, state.error, state[A]) == (Status.FAILED, "first: OSError", A(1))
    assert engine.run(flow, "r").result == C("1 nothing 2")


def test_what_a_return_type_does_not_allow_is_not_stored(open_one: Open) -> None:
    engine = open_one(faulty)
    with pytest.raises(ContractViolationError) as caught:
        engine.run(faulty, "r", A(1))
    assert (caught.value.declared, caught.value.returned) == ("B", "A")
    assert B not in engine.get("r")


def test_new_insists_that_the_run_is_new_or_is_not(open_one: Open) -> None:
    engine = open_one()
    with pytest.raises(UnknownRunError):
        engine.run(flow, "r")
    with pytest.raises(UnknownRunError):
        engine.run(flow, "r", A(1), new=False)
    assert engine.run(flow, "r", new=True).waiting_for == (A,)
    for data in ((), (A(1),)):
        with pytest.raises(RunExistsError):
            engine.run(flow, "r", *data, new=True)


def test_run_ids_are_unique_over_all_workflows(open_one: Open) -> None:
    engine = open_one()
    engine.run(flow, "r", A(1))
    for data in ((), (A(1),)):
        with pytest.raises(WorkflowMismatchError) as caught:
            engine.run(other, "r", *data)
        assert (caught.value.workflow, caught.value.stored) == ("other", "flow")


def test_a_run_under_another_plan_raises_and_keeps_the_delivery(open_one: Open, store: MemoryStore) -> None:
    open_one().run(flow, "r", A(1))
    for data in ((), (A(2),)):
        with pytest.raises(IncompatiblePlanError):
            open_one(changed).run(changed, "r", *data)
    stored = store.load("r")
    assert stored is not None
    assert len(stored.inbox) == 1
    assert open_one().run(flow, "r").data[A] == A(2)


def test_an_engine_knows_the_workflows_it_was_opened_with(open_one: Open) -> None:
    with pytest.raises(UnknownWorkflowError, match="has no workflow 'gone'"):
        open_one().run("gone", "r", A(1))


def test_a_checkpoint_at_the_end_of_the_call_saves_the_same(store: MemoryStore, clock: Clock) -> None:
    with polaris.open_engine(store, flow, clock=clock, checkpoint="call") as engine:
        assert engine.run(flow, "r", A(1)).data == engine.get("r").data


@dataclass(frozen=True)
class Token:
    text: str


def tokenise(a: A) -> Token:
    ran.append("tokenise")
    return Token(f"t0ken-{a.n}")


def charge(a: A, token: Token) -> B:
    ran.append("charge")
    if in_the_middle:
        in_the_middle.pop()()
    return B(f"{token.text[-1]} charged")


paying = Workflow("paying", target=B, builders=[tokenise, charge], transients=[Token])


def test_a_transient_that_a_builder_made_is_stored_nowhere(open_one: Open, store: MemoryStore) -> None:
    outcome = open_one(paying).run(paying, "r", A(1))
    assert outcome.produced[Token] == Token("t0ken-1")
    assert Token not in outcome
    assert "t0ken" not in repr(store.load("r"))


def test_a_transient_lost_in_a_crash_is_made_again_for_the_step_that_needs_it(open_one: Open, clock: Clock) -> None:
    def dies() -> None:
        raise KeyboardInterrupt

    in_the_middle.append(dies)
    with pytest.raises(KeyboardInterrupt):
        open_one(paying).run(paying, "r", A(1))
    clock.now += LEASE + 1
    assert open_one(paying).run(paying, "r").result == B("1 charged")
    assert ran == ["tokenise", "charge", "tokenise", "charge"]


class Unreachable(MemoryStore):
    """A store that gives no lease back."""

    def renew(self, run_id: str, *, claim_id: str, lease: float) -> Saved:
        raise StoreUnavailableError("memory://", why="the line is cut", do="Wait.")


def test_a_lease_that_cannot_be_given_back_is_told_in_the_log_and_the_interrupt_comes_through(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def interrupts() -> None:
        raise KeyboardInterrupt

    in_the_middle.append(interrupts)
    with polaris.open_engine(Unreachable(), flow) as engine, pytest.raises(KeyboardInterrupt):
        engine.run(flow, "r", A(1))
    assert [record.getMessage() for record in caplog.records] == [
        "the lease of run 'r' could not be given back; it ends by itself"
    ]


def test_a_script_that_nobody_drives_any_more_asks_for_nothing_more(store: MemoryStore) -> None:
    desk = desk_of(store, bind(compiled(flow), {}))
    script = desk.run(flow, "r", (A(1),), wait=0, delivery_id=None, new=None)
    assert isinstance(next(script), Ask)
    script.close()
    assert store.load("r") is None
    desk.setup.heartbeat.close()
