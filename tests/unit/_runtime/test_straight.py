from collections.abc import Callable, Hashable
from typing import Any, NewType

import pytest

from polaris import BuilderFailedError, Retry, Workflow, builder
from polaris._assembly import compiled
from polaris._runtime.bind import prepare_plan
from polaris._runtime.delivery import read_delivery
from polaris._runtime.draft import NotStraightError
from polaris._runtime.drive import Driver
from polaris._runtime.memory_call import InMemory
from polaris._runtime.specialise import FEW, Shortcuts
from tests.unit._runtime.straights import A, B, C, D, body, flow_of, make_b, make_c, outcome_of, written

One = NewType("One", str)
Two = NewType("Two", str)


class Service:
    pass


# --- what is proved needs no test ------------------------------------------------------------------------------------


def test_builders_that_are_sure_to_run_are_called_one_after_another() -> None:
    straight = written(flow_of(make_b, make_c), "A")
    assert straight.lines == (
        "def call(data, given, order):",
        "    try:",
        "        v0_A, = data",
        "        outcome = new_(Outcome_)",
        "        v1_B = f0_make_b(v0_A)",
        "        if type(v1_B) is not t1_B: check_0(v1_B)",
        "        v2_C = f1_make_c(v1_B)",
        "        if type(v2_C) is not t2_C: check_1(v2_C)",
        '        put_(outcome, "_late", (read_, None, order, (v0_A, v1_B, v2_C, )))',
        "        return outcome",
        "    except Exception as error:",
        "        raise fail_(error, order, locals())",
    )
    assert straight.complete
    assert (straight.calls, straight.checks) == ({5: 0, 7: 1}, {6: 0, 8: 1})
    assert straight.ended == ("v0_A", "v1_B", "v2_C")


def test_builders_that_cannot_run_are_not_there() -> None:
    straight = written(flow_of(make_b, make_c), "B")
    assert body(straight) == ["v2_C = f1_make_c(v1_B)", "if type(v2_C) is not t2_C: check_1(v2_C)"]
    assert not written(flow_of(make_b, make_c)).complete
    assert body(written(flow_of(make_b, make_c))) == []


def test_what_follows_a_builder_that_may_decline_is_tested() -> None:
    def perhaps(a: A) -> B | None:
        return B(a.n) if a.n else None

    flow = flow_of(perhaps, make_c)
    straight = written(flow, "A")
    assert body(straight) == [
        "v1_B = f0_perhaps(v0_A)",
        "if type(v1_B) is not t1_B and v1_B is not None: check_0(v1_B)",
        "if v1_B is not None:",
        "    v2_C = f1_make_c(v1_B)",
        "    if type(v2_C) is not t2_C: check_1(v2_C)",
    ]
    assert not straight.complete
    assert outcome_of(flow, A(1)).produced == {B: B(1), C: C(1)}
    assert outcome_of(flow, A(0)).data == {A: A(0)}


# --- what is delivered for a key that is made ------------------------------------------------------------------------


def test_a_made_value_replaces_the_one_that_was_delivered() -> None:
    outcome = outcome_of(flow_of(make_b, make_c), A(1), B(7))
    assert outcome.data == {A: A(1), B: B(1), C: C(1)}
    assert outcome.produced == {B: B(1), C: C(1)}


def test_a_delivered_value_stays_if_its_maker_declines() -> None:
    def perhaps(a: A) -> B | None:
        return B(a.n) if a.n else None

    flow = flow_of(perhaps, make_c)
    assert outcome_of(flow, A(0), B(7)).produced == {C: C(7)}
    assert outcome_of(flow, A(1), B(7)).produced == {B: B(1), C: C(1)}


def test_a_made_alternative_beats_a_delivered_one() -> None:
    def perhaps(a: A) -> D | None:
        return D(a.n) if a.n else None

    def end(one: B | D) -> C:
        return C(one.n)

    flow = flow_of(perhaps, end)
    assert outcome_of(flow, A(1), B(7)).result == C(1)
    assert outcome_of(flow, A(0), B(7)).result == C(7)
    assert outcome_of(flow, A(1), B(7), D(8)).result == C(1)
    assert outcome_of(flow, A(0), B(7), D(8)).result == C(7)


def test_a_builder_that_is_answered_is_not_asked() -> None:
    def begin() -> B:
        return B(1)

    flow = flow_of(begin, make_c)
    assert outcome_of(flow).result == C(1)
    assert outcome_of(flow, B(7)).produced == {C: C(7)}


def test_a_builder_that_runs_once_is_answered_even_if_its_trigger_comes_too() -> None:
    flow = flow_of(builder(once=True)(lambda_b()), make_c)
    assert outcome_of(flow, A(1), B(7)).produced == {C: C(7)}
    assert outcome_of(flow, A(1)).produced == {B: B(1), C: C(1)}


def lambda_b() -> Callable[[A], B]:
    def once_b(a: A) -> B:
        return B(a.n)

    return once_b


def test_a_run_that_waits_knows_what_ran_once() -> None:
    def charge(a: A) -> B | None:
        return B(a.n) if a.n else None

    def end(b: B, d: D) -> C:
        return C(d.n)

    flow = flow_of(builder(once=True)(charge), end)
    assert outcome_of(flow, A(1)).waiting_for == (D,)
    assert outcome_of(flow, A(0)).waiting_for == ()
    assert outcome_of(flow, B(0)).waiting_for == (D,)


def test_what_ran_once_for_sure_is_known_without_a_look() -> None:
    def end(b: B, d: D) -> C:
        return C(d.n)

    assert outcome_of(flow_of(builder(once=True)(lambda_b()), end), A(1)).waiting_for == (D,)


# --- what is walked --------------------------------------------------------------------------------------------------


def retried(a: A) -> C:
    return C(1)


def hashed(a: A) -> Hashable:
    return 1


def slow(a: A) -> C:
    return C(1)


@pytest.mark.parametrize(
    "workflow",
    [
        pytest.param(flow_of(builder(retry=Retry())(retried)), id="a retry"),
        pytest.param(flow_of(builder(timeout=1)(slow)), id="a builder's timeout"),
        pytest.param(Workflow("flow", target=C, builders=[retried], timeout=1), id="a timeout"),
        pytest.param(flow_of(hashed, target=Hashable), id="None would be a product"),
    ],
)
def test_some_plans_must_be_walked(workflow: Workflow[Any]) -> None:
    with pytest.raises(NotStraightError):
        written(workflow, "A")


def test_what_must_be_walked_hinders_nothing_that_does_not_run() -> None:
    flow = flow_of(builder(timeout=1)(lambda_b()), make_c)
    assert body(written(flow, "B"))
    with pytest.raises(NotStraightError):
        written(flow, "A")


# --- failures --------------------------------------------------------------------------------------------------------


def test_a_failure_keeps_what_was_there_before_it() -> None:
    def perhaps(a: A) -> B | None:
        return B(a.n) if a.n else None

    def fail(b: B) -> D:
        raise OSError

    def end(d: D, b: B) -> C:
        return C(1)

    bound = prepare_plan(compiled(flow_of(perhaps, fail, end)))
    shortcuts = Shortcuts(bound)
    data = (A(1), B(7), D(8))
    delta = read_delivery(bound.known, data)
    for _ in range(FEW):
        shortcuts.call(delta, data, {})
    with pytest.raises(BuilderFailedError) as caught:
        shortcuts.call(delta, data, {})
    with pytest.raises(BuilderFailedError) as walked:
        Driver(None, lambda _: None).drive(InMemory(bound=bound).carry(delta))
    assert caught.value.outcome == walked.value.outcome
    outcome: Any = caught.value.outcome
    assert outcome.produced == {B: B(1)}
