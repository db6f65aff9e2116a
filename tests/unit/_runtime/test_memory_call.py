from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polaris import BuilderFailedError, Context, Feedback, Outcome, Status, Workflow
from polaris._assembly import compiled
from polaris._runtime.bind import bind
from polaris._runtime.drive import Driver
from polaris._runtime.hooks import NO_HOOKS, Hooks
from polaris._runtime.memory_call import InMemory, conclude, raise_first
from polaris._runtime.script import Script
from polaris._runtime.walk import Walk
from polaris.errors import ContractViolationError, UnknownDataError


@dataclass(frozen=True)
class A:
    n: float


@dataclass(frozen=True)
class B:
    n: float


@dataclass(frozen=True)
class C:
    n: float


@dataclass(frozen=True)
class Hint:
    text: str


@dataclass(frozen=True)
class Begun:
    text: str


def begin(ctx: Context) -> Begun:
    return Begun(f"{ctx.run_id}|{ctx.workflow}|{ctx.builder}")


def first(a: A, hint: Hint | None = None) -> B | None:
    return B(a.n) if a.n else None


def double(begun: Begun, b: B) -> C:
    if b.n < 0:
        raise OSError("down")
    return C(b.n * 2)


flow = Workflow("flow", target=C, builders=[begin, first, double], transients=[Hint])


def settle(a: A, b: Feedback[B] | None = None) -> B:
    ran.append("settle")
    return B(1.0 if b is None else 1)


loop = Workflow("loop", target=B, builders=[settle])
ran: list[str] = []


def drive(script: Script[Outcome[object]]) -> Outcome[object]:
    return Driver(None, lambda _: None).drive(script)


def call(workflow: Workflow[object], *data: object, hooks: Hooks = NO_HOOKS) -> Outcome[object]:
    return drive(InMemory(bound=bind(compiled(workflow), {}), hooks=hooks).call(data))


def calls(*deliveries: Sequence[object], hooks: Hooks = NO_HOOKS) -> Outcome[object]:
    return drive(InMemory(bound=bind(compiled(flow), {}), hooks=hooks).calls(deliveries))


# --- one call --------------------------------------------------------------------------------------------------------


def test_a_call_in_memory_has_no_run_id() -> None:
    outcome = call(flow, A(1))
    assert (outcome.workflow, outcome.run_id, outcome.status) == ("flow", None, Status.COMPLETED)
    assert (outcome.target, outcome.target_all) == ((C,), False)
    assert outcome[Begun].text == "|flow|begin"


def test_what_is_made_is_what_was_returned_and_nothing_is_encoded() -> None:
    whole = 2  # an engine would give it back as a float
    outcome = call(flow, A(whole))
    assert outcome[B].n is whole
    assert outcome.produced == {Begun: outcome[Begun], B: B(2), C: C(4)}


def test_a_builder_that_nothing_wakes_runs_without_data() -> None:
    outcome = call(flow)
    assert outcome.data == {Begun: Begun("|flow|begin")}
    assert (outcome.status, outcome.waiting_for) == (Status.WAITING, (A,))


def test_a_run_that_declined_waits_for_what_could_change_that_else_it_is_blocked() -> None:
    assert (call(flow, A(0)).status, call(flow, A(0)).waiting_for) == (Status.WAITING, (Hint,))
    assert (call(loop).status, call(loop).waiting_for) == (Status.WAITING, (A,))
    blocked = call(Workflow("flow", target=C, builders=[begin, decline, double]), A(0))
    assert (blocked.status, blocked.waiting_for) == (Status.BLOCKED, ())


def decline(a: A) -> B | None:
    return None


def test_a_transient_is_produced_and_gone() -> None:
    def give(a: A) -> Hint:
        return Hint("x")

    def use(hint: Hint) -> B:
        return B(1)

    outcome = call(Workflow("flow", target=B, builders=[give, use], transients=[Hint]), A(1))
    assert outcome.produced == {Hint: Hint("x"), B: B(1)}
    assert outcome.data == {A: A(1), B: B(1)}


def test_a_failed_call_raises_with_what_was_made_before() -> None:
    with pytest.raises(BuilderFailedError) as caught:
        call(flow, A(-1))
    error = caught.value
    assert (error.step, error.run_id, error.reason, error.others) == ("double", None, "OSError", ())
    assert isinstance(error.__cause__, OSError)
    assert isinstance(error.outcome, Outcome)
    assert (error.outcome.status, error.outcome.waiting_for) == (Status.FAILED, ())
    assert error.outcome.data == {A: A(-1), B: B(-1), Begun: Begun("|flow|begin")}


def test_unknown_data_are_refused_before_anything_runs() -> None:
    ran.clear()
    with pytest.raises(UnknownDataError):
        call(loop, A(1), 3)
    assert ran == []


def test_feedback_settles_on_values_that_are_equal_though_not_exactly_the_same() -> None:
    ran.clear()
    assert call(loop, A(1)).result == B(1)
    assert ran == ["settle", "settle"]


# --- several calls ---------------------------------------------------------------------------------------------------


def test_calls_go_on_with_one_run_and_the_last_outcome_is_given() -> None:
    outcome = calls([A(1)], [A(2)])
    assert outcome.data == {Begun: Begun("|flow|begin"), A: A(2), B: B(2), C: C(4)}
    assert outcome.produced == {B: B(2), C: C(4)}


def test_the_first_call_begins_the_run_without_data() -> None:
    told: list[str] = []
    hooks = Hooks(before=lambda name, delta: told.append(f"{name} {len(delta)}"))
    assert calls(hooks=hooks).waiting_for == (A,)
    assert told == ["begin 0"]
    told.clear()
    calls([A(1)], hooks=hooks)
    assert told == ["begin 0", "first 1", "double 1"]


def test_a_delivery_of_nothing_goes_on_and_changes_nothing() -> None:
    outcome = calls([A(1)], [])
    assert (outcome.status, outcome.result, outcome.produced) == (Status.COMPLETED, C(2), {})


def test_a_transient_is_seen_in_its_own_call_alone() -> None:
    seen: list[object] = []

    def note(a: A, hint: Hint | None = None) -> C:
        seen.append(hint)
        return C(a.n)

    bound = bind(compiled(Workflow("flow", target=C, builders=[note], transients=[Hint])), {})
    assert drive(InMemory(bound=bound).calls([[A(1)], [Hint("x")], [A(2)]])).data == {A: A(2), C: C(2)}
    assert seen == [None, Hint("x"), None]


def test_unknown_data_in_a_later_delivery_are_refused_then() -> None:
    with pytest.raises(UnknownDataError):
        calls([A(1)], [3])


@given(st.lists(st.integers(0, 3), min_size=1, max_size=5))
def test_one_call_with_the_last_values_comes_to_the_same_data(numbers: list[int]) -> None:
    again, once = calls(*[[A(n)] for n in numbers]), call(flow, A(numbers[-1]))
    assert (again.status, again.data) == (once.status, once.data)


# --- the end ---------------------------------------------------------------------------------------------------------


def test_the_end_of_a_failed_call_leaves_its_work_dirty() -> None:
    bound = bind(compiled(loop), {})
    walk = Walk.fresh(bound.index, lambda *_: False)
    walk.deliver([(bound.plan.keys[0].name, A(1))])
    walk.ready()
    walk.failed(0)
    failure = BuilderFailedError("settle", reason="OSError")
    outcome = conclude(bound, walk, "r", (failure,))
    assert (outcome.run_id, outcome.status, outcome.data) == ("r", Status.FAILED, {A: A(1)})
    assert walk.ledger.clean_at == 0
    walk.resume()
    assert walk.ready() == (0,)


def test_the_first_failure_is_raised_with_the_others() -> None:
    one = BuilderFailedError("one", reason="OSError")
    two = ContractViolationError("two", declared="A", returned="B")
    outcome = call(flow)
    raise_first((), "r", outcome)
    with pytest.raises(BuilderFailedError) as caught:
        raise_first((one, two), "r", outcome)
    assert caught.value is one
    assert (one.run_id, one.outcome, one.others) == ("r", outcome, (two,))


# --- here ------------------------------------------------------------------------------------------------------------


def test_a_call_with_nothing_to_do_does_nothing_here_either() -> None:
    bound = bind(compiled(Workflow("flow", target=B, builders=[first])), {})
    outcome = drive(InMemory(bound=bound, is_here=True).call([]))
    assert (outcome.status, outcome.data, outcome.produced) == (Status.WAITING, {}, {})


def test_a_failure_here_keeps_what_was_made_before_it() -> None:
    bound = bind(compiled(flow), {})
    told: list[str] = []
    hooks = Hooks(before=lambda name, _: told.append(name), after=lambda name, _: told.append(f"{name} done"))
    with pytest.raises(BuilderFailedError) as caught:
        drive(InMemory(bound=bound, is_here=True, hooks=hooks).call([A(-1)]))
    assert isinstance(caught.value.outcome, Outcome)
    assert caught.value.outcome.data == {A: A(-1), B: B(-1), Begun: Begun("|flow|begin")}
    assert told == ["begin", "begin done", "first", "first done", "double"]
