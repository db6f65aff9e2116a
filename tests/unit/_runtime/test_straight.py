from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import lru_cache, wraps
from typing import Any, NewType

import pytest

from polaris import Access, BuilderFailedError, Context, Feedback, Outcome, Resource, Retry, Take, Workflow, builder
from polaris._assembly import compiled
from polaris._model.keys import Key
from polaris._runtime.bind import prepare_plan
from polaris._runtime.delivery import read_delivery
from polaris._runtime.drive import Driver
from polaris._runtime.memory_call import InMemory
from polaris._runtime.specialise import FEW, Shortcuts
from polaris._runtime.straight import NotStraightError, Straight, classes_of, write
from polaris.errors import ContractViolationError


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


@dataclass(frozen=True)
class SubB(B):
    pass


One = NewType("One", str)
Two = NewType("Two", str)


class Service:
    pass


def flow_of(*functions: Callable[..., object], target: Any = C, transients: tuple[Any, ...] = ()) -> Workflow[Any]:  # noqa: ANN401
    return Workflow("flow", target=target, builders=functions, transients=transients)


def written(workflow: Workflow[Any], *delivered: str, given: tuple[str, ...] = ()) -> Straight:
    keys = [Key(key) for key in delivered]
    return write(prepare_plan(compiled(workflow)), keys, frozenset(Key(key) for key in given))


def body(straight: Straight) -> list[str]:
    """Give the lines between the head and the foot."""
    first = straight.lines.index("        outcome = new_(Outcome_)")
    return [line[8:] for line in straight.lines[first + 1 : -4]]


def outcome_of(workflow: Workflow[Any], *data: object) -> Outcome[Any]:
    """Call it in straight-line code, and compare with the walk."""
    bound = prepare_plan(compiled(workflow))
    delta = read_delivery(bound.known, data)
    shortcuts = Shortcuts(bound)
    assert [shortcuts.call(delta, data, {}) for _ in range(FEW)] == [None] * FEW
    outcome = shortcuts.call(delta, data, {})
    assert outcome is not None
    assert outcome == Driver(None, lambda _: None).drive(InMemory(bound=bound).carry(delta))
    return outcome


def make_b(a: A) -> B:
    return B(a.n)


def make_c(b: B) -> C:
    return C(b.n)


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
        '        put_(outcome, "_late", (read_, order, (v0_A, v1_B, v2_C, )))',
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


# --- what a builder returns ------------------------------------------------------------------------------------------


def test_of_a_union_the_branch_that_was_made_goes_on() -> None:
    def either(a: A) -> B | D:
        return B(a.n) if a.n else D(5)

    def end(one: B | D) -> C:
        return C(one.n)

    flow = flow_of(either, end)
    assert outcome_of(flow, A(1)).data == {A: A(1), B: B(1), C: C(1)}
    assert outcome_of(flow, A(0)).data == {A: A(0), D: D(5), C: C(5)}


def test_of_two_variants_of_one_class_the_first_is_made_and_the_other_goes_if_it_was_delivered() -> None:
    def name(a: A) -> One | Two | None:
        return One("x") if a.n else None

    flow = flow_of(name, target=One | Two)
    assert outcome_of(flow, A(1)).data == {A: A(1), One: "x"}
    assert outcome_of(flow, A(1), {Two: "y"}).data == {A: A(1), One: "x"}
    assert outcome_of(flow, A(0), {Two: "y"}).data == {A: A(0), Two: "y"}
    assert outcome_of(flow, A(0), {Two: "y"}).produced == {}


def test_an_instance_of_a_subclass_is_what_was_declared() -> None:
    def make(a: A) -> B:
        return SubB(a.n)

    assert outcome_of(flow_of(make, make_c), A(1)).produced == {B: SubB(1), C: C(1)}

    def either(a: A) -> D | B:
        return SubB(a.n)

    assert outcome_of(flow_of(either, target=B | D), A(1)).produced == {B: SubB(1)}


def test_a_tuple_is_taken_apart() -> None:
    def two(a: A) -> tuple[B, D]:
        return B(a.n), D(a.n)

    def perhaps(a: A) -> tuple[B, D] | None:
        return (B(a.n), D(a.n)) if a.n else None

    for function in (two, perhaps):
        assert outcome_of(flow_of(function, make_c), A(1)).produced == {B: B(1), D: D(1), C: C(1)}
    assert outcome_of(flow_of(perhaps, make_c), A(0)).produced == {}
    assert outcome_of(flow_of(two, make_c), A(1), D(7)).produced == {B: B(1), D: D(1), C: C(1)}


@pytest.mark.parametrize(
    "returned",
    [B(1), (B(1),), (B(1), D(1), D(1)), (B(1), A(1)), (A(1), D(1)), (None, D(1)), None],
    ids=repr,
)
def test_a_tuple_that_is_not_what_was_declared_is_refused_as_a_whole(returned: Any) -> None:  # noqa: ANN401
    def two(a: A) -> tuple[B, D]:
        return returned if a.n else (B(1), D(1))  # type: ignore[no-any-return]

    shortcuts = warmed(flow_of(two, make_c), A(0), D(9))
    with pytest.raises(ContractViolationError) as caught:
        shortcuts.glance((A(1), D(9)), {})
    outcome: Any = caught.value.outcome
    assert (outcome.data, outcome.produced) == ({A: A(1), D: D(9)}, {})


def warmed(workflow: Workflow[Any], *data: object) -> Shortcuts:
    shortcuts = Shortcuts(prepare_plan(compiled(workflow)))
    delta = read_delivery(shortcuts.bound.known, data)
    for _ in range(FEW + 1):
        shortcuts.call(delta, data, {})
    return shortcuts


def test_what_a_builder_is_for_is_named_by_class() -> None:
    def two(a: A) -> tuple[One, B]:
        return One("x"), B(1)

    (bound,) = prepare_plan(compiled(flow_of(two, target=B))).steps
    assert classes_of(bound, ("x", SubB(1))) == [str, B]
    with pytest.raises(ContractViolationError):
        classes_of(bound, "x")


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


# --- what a builder is called with -----------------------------------------------------------------------------------


def test_what_may_be_absent_is_passed_as_its_default() -> None:
    marker = D(99)

    def perhaps(a: A) -> B | None:
        return B(a.n) if a.n else None

    def end(a: A, b: B | None = None, d: D = marker, *, one: One | None = None) -> C:
        return C((b.n if b else 0) + d.n)

    flow = flow_of(perhaps, end)
    assert outcome_of(flow, A(1)).result == C(100)
    assert outcome_of(flow, A(0)).result == C(99)
    assert outcome_of(flow, A(1), D(1), {One: "x"}).result == C(2)


def test_a_default_of_ones_own_stands_for_what_was_not_made() -> None:
    spare = B(50)

    def perhaps(a: A) -> B | None:
        return B(a.n) if a.n else None

    def end(a: A, *, b: B = spare) -> C:
        return C(b.n)

    assert outcome_of(flow_of(perhaps, end), A(1)).result == C(1)
    assert outcome_of(flow_of(perhaps, end), A(0)).result == C(50)


def test_an_access_is_none_or_its_default_while_it_is_absent() -> None:
    spare = D(50)

    def look(a: A, b: Access[B], /, d: Access[D] = spare, one: Access[One] = None) -> C:
        return C(a.n + (b.n if b else 0) + (d.n if d else 0))

    assert outcome_of(flow_of(look), A(1)).result == C(51)
    assert outcome_of(flow_of(look), A(1), B(2), D(3)).result == C(6)


def test_what_is_taken_is_gone() -> None:
    def take(a: A, b: Take[B]) -> C:
        return C(b.n)

    assert outcome_of(flow_of(take), A(1), B(2)).data == {A: A(1), C: C(2)}

    def perhaps(a: A) -> D | None:
        return D(a.n) if a.n else None

    def take_later(d: D, b: Take[B]) -> C:
        return C(b.n)

    assert outcome_of(flow_of(perhaps, take_later), A(1), B(2)).data == {A: A(1), D: D(1), C: C(2)}
    assert outcome_of(flow_of(perhaps, take_later), A(0), B(2)).data == {A: A(0), B: B(2)}


def test_a_transient_is_produced_and_gone() -> None:
    outcome = outcome_of(flow_of(make_b, make_c, transients=(B,)), A(1))
    assert (outcome.produced, outcome.data) == ({B: B(1), C: C(1)}, {A: A(1), C: C(1)})


def test_a_wrapped_function_takes_its_arguments_by_name() -> None:
    def passing(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def wrapper(**arguments: Any) -> Any:  # noqa: ANN401
            return function(**arguments)

        return wrapper

    @passing
    def end(a: A, b: B | None = None) -> C:
        return C(a.n)

    assert outcome_of(flow_of(end), A(1)).result == C(1)
    assert outcome_of(flow_of(end), A(1), B(1)).result == C(1)

    def perhaps(a: A) -> B | None:
        return None

    with pytest.raises(NotStraightError):
        written(flow_of(perhaps, end), "A")


def test_a_resource_and_a_context_are_handed_over() -> None:
    def ask(a: A, ctx: Context, service: Resource[Service], spare: Resource[One] = One("")) -> B:
        return B(a.n)

    straight = written(flow_of(ask, make_c), "A", given=("Service",))
    assert "        given_0 = given['Service']" in straight.lines
    assert "        uid = uid_().hex" in straight.lines
    assert body(straight)[0].endswith("(v0_A, context_(0, (1, ), uid), given_0)")


def test_the_rounds_of_a_context_are_those_of_what_is_read() -> None:
    def perhaps(a: A) -> B | None:
        return B(a.n) if a.n else None

    def end(one: B | D, ctx: Context, a: A | None = None) -> C:
        return C(one.n)

    def late(d: D, ctx: Context, b: B | None = None, one: One | None = None) -> C:
        return C(d.n)

    assert any("(2 if made_v1_B else 1, 1, )" in line for line in written(flow_of(perhaps, end), "A", "B").lines)
    assert any(
        "(1, 2 if v1_B is not None else 0, 0, )" in line for line in written(flow_of(perhaps, late), "D", "A").lines
    )


# --- what is walked --------------------------------------------------------------------------------------------------


def loop(a: A, c: Feedback[C] | None = None) -> C:
    return C(1)


def retried(a: A) -> C:
    return C(1)


def hashed(a: A) -> Hashable:
    return 1


def slow(a: A) -> C:
    return C(1)


@pytest.mark.parametrize(
    "workflow",
    [
        pytest.param(flow_of(loop), id="Feedback"),
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


# --- functions that are not plain ones -------------------------------------------------------------------------------


def test_a_function_that_is_kept_in_a_cache_takes_its_arguments_by_name() -> None:
    @lru_cache
    def end(a: A, b: B | None = None) -> C:
        return C(a.n)

    assert outcome_of(flow_of(end), A(1)).result == C(1)


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
