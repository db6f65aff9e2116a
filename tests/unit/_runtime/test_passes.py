"""Later passes in straight-line code."""

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, NewType

import pytest

import polaris
from polaris import Access, Context, Feedback, Resource, Retry, Take, Workflow, builder
from polaris._assembly import compiled
from polaris._runtime.bind import prepare_plan
from polaris._runtime.delivery import read_delivery
from polaris._runtime.draft import NotStraightError
from polaris._runtime.specialise import FEW, Shortcuts
from polaris.errors import BuilderFailedError, BuilderTimeoutError, ContractViolationError, RunawayLoopError
from tests.unit._runtime.straights import A, B, C, D, body, failure_of, flow_of, outcome_of, written

One = NewType("One", str)
Two = NewType("Two", str)


@dataclass(frozen=True)
class E:
    n: int


def make_b(a: A, c: Feedback[C] | None = None) -> B:
    return B(0 if c is None else c.n)


def up_to(most: int) -> Callable[[B], C]:
    def make_c(b: B) -> C:
        return C(min(b.n + 1, most))

    return make_c


# --- what is written -------------------------------------------------------------------------------------------------


def test_a_loop_is_written_as_one() -> None:
    straight = written(flow_of(make_b, up_to(3), target=C), "A")
    assert straight.lines == (
        "def call(data, given, order):",
        "    try:",
        "        v0_A, = data",
        "        at_v1_B = at_v2_C = news_v2_C = 0",
        "        outcome = new_(Outcome_)",
        "        v1_B = f0_make_b(v0_A)",
        "        if type(v1_B) is not t1_B: check_0(v1_B)",
        "        at_v1_B = 2",
        "        v2_C = f1_make_c(v1_B)",
        "        if type(v2_C) is not t2_C: check_1(v2_C)",
        "        at_v2_C = news_v2_C = 2",
        "        now = 2",
        "        while news_v2_C == now:",
        "            if now >= 101: raise runaway_(0)",
        "            last, now = now, now + 1",
        "            if news_v2_C == last:",
        "                returned = f0_make_b(v0_A, v2_C)",
        "                if type(returned) is not t1_B: check_0(returned)",
        "                v1_B = returned",
        "                at_v1_B = now",
        "            if at_v1_B == now:",
        "                returned = f1_make_c(v1_B)",
        "                if type(returned) is not t2_C: check_1(returned)",
        "                if not v2_C == returned: news_v2_C = now",
        "                v2_C = returned",
        "                at_v2_C = now",
        '        put_(outcome, "_late", (read_, None, order, (v0_A, v1_B, v2_C, )))',
        "        return outcome",
        "    except Exception as error:",
        "        raise fail_(error, order, locals())",
    )
    assert straight.complete
    assert straight.again == 11
    assert outcome_of(flow_of(make_b, up_to(3), target=C), A(1)).data == {A: A(1), B: B(3), C: C(3)}


def test_what_nothing_can_wake_again_is_left_out_of_the_loop() -> None:
    def before(a: A) -> D:
        return D(a.n)

    def begin(d: D, c: Feedback[C] | None = None) -> B:
        return B(0 if c is None else c.n)

    def aside(d: D, c: Access[C]) -> E:
        return E(0 if c is None else c.n)

    flow = flow_of(before, begin, up_to(2), aside, target=tuple[C, E])
    lines = written(flow, "A").lines
    again = lines.index("        now = 2")
    assert [line.split(" = ")[1].split("(")[0] for line in lines[again:] if "= f" in line] == ["f1_begin", "f2_make_c"]
    assert outcome_of(flow, A(7)).data == {A: A(7), D: D(7), B: B(2), C: C(2), E: E(1)}


def test_there_is_no_loop_where_nothing_can_come_back() -> None:
    flow = flow_of(make_b, up_to(2), target=C)
    assert not any("while" in line for line in written(flow, "C").lines)
    assert not any("while" in line for line in written(flow).lines)

    def outside(a: A, d: Feedback[D] | None = None) -> B:
        return B(0 if d is None else d.n)

    assert body(written(flow_of(outside, target=B), "A", "D")) == [
        "v1_B = f0_outside(v0_A, v2_D)",
        "if type(v1_B) is not t1_B: check_0(v1_B)",
    ]


def test_a_key_that_is_made_once_is_news_once() -> None:
    def begin() -> D:
        return D(4)

    def look(a: A, d: Feedback[D] | None = None) -> B:
        return B(0 if d is None else d.n)

    flow = flow_of(begin, look, target=tuple[B, D])
    assert outcome_of(flow, A(1)).data == {A: A(1), B: B(4), D: D(4)}
    assert outcome_of(flow, A(1), D(3)).data == {A: A(1), B: B(3), D: D(3)}


# --- what is a different value ---------------------------------------------------------------------------------------


def test_a_delivered_value_that_is_made_again_as_it_was_is_no_news() -> None:
    ran: list[int] = []

    def see(a: A, c: Feedback[C] | None = None) -> B:
        ran.append(-1 if c is None else c.n)
        return B(a.n)

    flow = flow_of(see, up_to(2), target=C)
    outcome_of(flow, A(0), C(1))
    assert ran == [1, 1]  # in straight-line code, and in the walk that it is compared with
    ran.clear()
    outcome_of(flow, A(0), C(5))
    assert ran == [5, 1] * 2


def test_a_builder_may_read_its_own_product() -> None:
    def count(a: A, b: Feedback[B] | None = None) -> B:
        return B(a.n if b is None else min(b.n + 1, 5))

    assert outcome_of(flow_of(count, target=B), A(2)).result == B(5)
    assert outcome_of(flow_of(count, target=B), A(2), B(4)).result == B(5)
    assert outcome_of(flow_of(count, target=B), B(4)).produced == {}


def test_a_loop_may_begin_without_data() -> None:
    def begin() -> D:
        return D(0)

    def make(d: D, c: Feedback[C] | None = None) -> B:
        return B(0 if c is None else c.n)

    assert outcome_of(flow_of(begin, make, up_to(3), target=C)).result == C(3)


class Odd:
    """Cannot be compared."""

    def __eq__(self, other: object) -> bool:
        raise BuilderTimeoutError("x", seconds=1)

    __hash__ = None  # type: ignore[assignment]


def test_what_a_comparison_raises_is_let_pass() -> None:
    def see(a: A, odd: Feedback[Odd] | None = None) -> B:
        return B(a.n)

    def end(b: B) -> Odd:
        return Odd()

    shortcuts = Shortcuts(prepare_plan(compiled(flow_of(see, end, target=Odd))))
    delta = read_delivery(shortcuts.bound.known, (A(1),))
    for _ in range(FEW):
        assert shortcuts.call(delta, (A(1),), {}) is None
    with pytest.raises(BuilderTimeoutError, match="'x'"):
        shortcuts.call(delta, (A(1),), {})


# --- what comes and goes ---------------------------------------------------------------------------------------------


def falling(least: int = 0) -> Callable[..., C]:
    """Make a loop that counts down from what is delivered."""

    def fall(a: A, c: Feedback[C] | None = None) -> C:
        return C(a.n if c is None else max(c.n - 1, least))

    return fall


def test_what_a_builder_made_goes_if_it_declines_later() -> None:
    def above(c: C) -> B | None:
        return B(c.n) if c.n > 1 else None

    def end(b: B) -> D:
        return D(b.n)

    flow = flow_of(falling(), above, end, target=tuple[C, D])
    assert outcome_of(flow, A(3)).data == {A: A(3), C: C(0)}
    assert outcome_of(flow, A(3), B(9)).data == {A: A(3), C: C(0)}
    assert outcome_of(flow, A(1), B(9)).data == {A: A(1), B: B(9), C: C(0), D: D(9)}


def test_what_comes_in_a_later_pass_for_the_first_time_is_told_behind_the_rest() -> None:
    def below(c: C) -> B | None:
        return B(c.n) if c.n < 2 else None

    def end(a: A, c: C) -> D:
        return D(c.n)

    flow = flow_of(falling(), below, end, target=tuple[B, C, D])
    assert list(outcome_of(flow, A(3)).data) == [A, C, D, B]
    assert list(outcome_of(flow, A(1)).data) == [A, C, B, D]


def test_of_a_union_another_branch_may_be_made_later() -> None:
    def either(c: C) -> B | D | None:
        return [D(0), None, B(2)][c.n]

    def end(one: B | D) -> E:
        return E(one.n)

    flow = flow_of(falling(), either, end, target=tuple[C, E])
    assert outcome_of(flow, A(2)).data == {A: A(2), C: C(0), D: D(0), E: E(0)}
    assert outcome_of(flow, A(1)).data == {A: A(1), C: C(0), D: D(0), E: E(0)}
    assert outcome_of(flow, A(2), B(7)).data == {A: A(2), C: C(0), D: D(0), E: E(0)}
    assert outcome_of(flow, A(2), D(7)).data == {A: A(2), C: C(0), D: D(0), E: E(0)}


def test_of_two_variants_of_one_class_the_second_goes_if_it_was_delivered() -> None:
    def name(c: C) -> One | Two | None:
        return One("x") if c.n == 1 else None

    flow = flow_of(falling(), name, target=tuple[C, One])
    assert outcome_of(flow, A(2), {Two: "y"}).data == {A: A(2), C: C(0)}
    assert outcome_of(flow, A(0), {Two: "y"}).data == {A: A(0), Two: "y", C: C(0)}
    assert outcome_of(flow, A(0)).data == {A: A(0), C: C(0)}


def test_tuples_are_taken_apart_in_every_pass() -> None:
    def two(a: A, b: Feedback[B] | None = None) -> tuple[B, D]:
        return B(a.n if b is None else max(b.n - 1, 0)), D(a.n)

    assert outcome_of(flow_of(two, target=tuple[B, D]), A(3)).produced == {B: B(0), D: D(3)}


def test_what_is_missing_in_a_later_pass_undoes_what_was_made() -> None:
    def gate(a: A, c: Feedback[C] | None = None) -> B | None:
        return B(a.n) if c is None or c.n > 2 else None

    def again(b: B, d: D, c: Feedback[C] | None = None) -> E:
        return E(b.n)

    def late(e: E) -> One:
        return One("x")

    flow = flow_of(falling(), gate, again, late, target=tuple[C, One])
    assert outcome_of(flow, A(4), D(1)).data == {A: A(4), D: D(1), C: C(0)}
    assert outcome_of(flow, A(4), D(1), E(7)).data == {A: A(4), D: D(1), C: C(0)}
    assert outcome_of(flow, A(4), E(7)).data == {A: A(4), E: E(7), One: "x", C: C(0)}


def test_a_builder_that_lost_all_it_reads_is_undone_by_that_news() -> None:
    """The one that took it is gone through, and nothing in a later pass can bring it back."""

    def see(a: A | None = None, b: Feedback[B] | None = None) -> C:
        return C(0 if b is None else b.n)

    def make(d: D) -> B:
        return B(d.n + 1)

    def take(b: Take[B]) -> E:
        return E(b.n)

    flow = flow_of(see, make, take, target=tuple[C, E])
    assert outcome_of(flow, D(1), B(1)).data == {D: D(1), E: E(2)}
    assert outcome_of(flow, D(1), B(1)).produced == {E: E(2)}
    assert outcome_of(flow, A(1), D(1), B(1)).data == {A: A(1), D: D(1), C: C(0), E: E(2)}
    lines = written(flow, "D", "B").lines
    again = next(place for place, line in enumerate(lines) if "while" in line)
    assert not any("= f" in line for line in lines[again:])


# --- what stands beside the loop -------------------------------------------------------------------------------------


def test_what_is_taken_in_a_later_pass_is_gone() -> None:
    def below(c: C) -> B | None:
        return B(c.n) if c.n < 2 else None

    def take(b: B, d: Take[D]) -> E:
        return E(b.n + d.n)

    flow = flow_of(falling(), below, take, target=tuple[C, E])
    assert outcome_of(flow, A(3), D(5)).data == {A: A(3), C: C(0), B: B(0)}
    assert outcome_of(flow, A(0), D(5)).data == {A: A(0), C: C(0), B: B(0)}
    assert outcome_of(flow, B(1), D(5)).data == {B: B(1), E: E(6)}


def test_what_only_a_later_pass_can_take_is_there_until_then() -> None:
    def take(b: B, c: Feedback[C], d: Take[D]) -> E:
        return E(d.n)

    flow = flow_of(make_b, up_to(2), take, target=tuple[C, E])
    assert outcome_of(flow, A(1), D(5)).data == {A: A(1), B: B(2), C: C(2)}


def test_what_only_a_later_pass_can_withdraw_is_there_until_then() -> None:
    def either(b: B, c: Feedback[C]) -> D | E:
        return E(c.n)

    def end(b: B, d: D) -> One:
        return One(str(d.n))

    flow = flow_of(make_b, up_to(2), either, end, target=tuple[C, E, One])
    assert outcome_of(flow, A(1), D(5)).data == {A: A(1), B: B(2), C: C(2), E: E(2)}


def test_what_ran_once_is_not_asked_again() -> None:
    def below(c: C) -> B | None:
        return B(c.n) if c.n < 3 else None

    def charge(b: B) -> D:
        return D(b.n)

    def perhaps(c: C) -> E | None:
        return E(c.n) if c.n in {1, 2} else None

    once = builder(once=True)
    flow = flow_of(falling(), below, once(charge), once(perhaps), target=tuple[C, D, E])
    assert outcome_of(flow, A(4)).data == {A: A(4), C: C(0), B: B(0), E: E(2), D: D(2)}
    assert outcome_of(flow, A(1)).data == {A: A(1), C: C(0), B: B(0), D: D(1), E: E(1)}
    assert outcome_of(flow, A(4), D(9)).data == {A: A(4), D: D(9), C: C(0), B: B(0), E: E(2)}


def test_a_loop_through_a_builder_that_runs_once_ends_with_it() -> None:
    @builder(once=True)
    def begin(b: B, d: Feedback[D] | None = None) -> C | None:
        return None if d is None else C(d.n)

    def end(b: B) -> D:
        return D(b.n)

    flow = flow_of(begin, end, target=tuple[C, D])
    assert outcome_of(flow, B(3)).data == {B: B(3), D: D(3), C: C(3)}
    assert outcome_of(flow, B(3), C(9)).data == {B: B(3), C: C(9), D: D(3)}


def test_a_builder_that_never_could_run_before_may_run_once_later() -> None:
    def look(b: B, c: Feedback[C]) -> D:
        return D(c.n)

    @builder(once=True)
    def charge(d: D) -> E:
        return E(d.n)

    flow = flow_of(make_b, look, up_to(3), charge, target=tuple[C, E])
    assert outcome_of(flow, A(1)).data == {A: A(1), B: B(3), C: C(3), D: D(3), E: E(1)}
    delivered = outcome_of(flow, A(1), D(9))
    assert delivered.data == {A: A(1), D: D(3), B: B(3), C: C(3), E: E(9)}
    assert delivered.produced == {D: D(3), B: B(3), C: C(3), E: E(9)}


def test_the_one_changed_in_the_latest_round_is_read() -> None:
    def odd(c: C) -> B | None:
        return B(c.n) if c.n % 2 else None

    def end(one: B | C | D) -> E:
        return E(one.n)

    spare_one = D(50)

    def spare(c: C, one: B | D = spare_one) -> One:
        return One(str(one.n))

    flow = flow_of(falling(), odd, end, spare, target=tuple[C, E, One])
    assert outcome_of(flow, A(3)).get(One) == "50"
    assert outcome_of(flow, A(3), D(8)).get(One) == "8"
    assert outcome_of(flow, A(3), D(8), B(9)).get(One) == "8"
    odds = flow_of(falling(1), odd, end, spare, target=tuple[C, E, One])
    assert outcome_of(odds, A(3), D(8)).get(One) == "1"


def test_a_builder_that_is_not_sure_to_hold_its_own_default_is_walked() -> None:
    def passing(function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def wrapper(**arguments: Any) -> Any:  # noqa: ANN401
            return function(**arguments)

        return wrapper

    @passing
    def make(a: A, c: Feedback[C] | None = None) -> B | None:
        return B(0) if c is None else None

    with pytest.raises(NotStraightError):
        written(flow_of(make, up_to(2), target=C), "A")


def test_a_builder_that_comes_only_in_a_later_pass_may_have_to_be_walked() -> None:
    @builder(retry=Retry())
    def look(b: B, c: Feedback[C]) -> D:
        return D(c.n)

    with pytest.raises(NotStraightError):
        written(flow_of(make_b, look, up_to(3), target=tuple[C, D]), "A")


def test_the_rounds_of_a_context_are_those_of_the_pass() -> None:
    def make(a: A, ctx: Context, c: Feedback[C] | None = None) -> B:
        return B(0 if c is None else c.n)

    lines = [line.strip() for line in written(flow_of(make, up_to(3), target=C), "A").lines]
    assert "v1_B = f0_make(v0_A, context_(0, (1, 0, ), uid))" in lines
    assert "returned = f0_make(v0_A, context_(0, (1, latest_((at_v2_C, v2_C))[0], ), uid), v2_C)" in lines


class Service:
    pass


def test_a_resource_is_handed_over_in_every_pass() -> None:
    seen: list[object] = []

    def look(b: B, c: Feedback[C], service: Resource[Service]) -> D:
        seen.append(service)
        return D(c.n)

    flow, service = flow_of(make_b, look, up_to(2), target=tuple[C, D]), Service()
    for _ in range(FEW + 1):
        seen.clear()
        assert polaris.run(flow, A(1), resources={Service: service}).get(D) == D(2)
        assert seen == [service, service]
    lines = [line.strip() for line in written(flow, "A", given=("Service",)).lines]
    assert "given_0 = given['Service']" in lines


# --- failures --------------------------------------------------------------------------------------------------------


def test_a_loop_that_does_not_end_is_stopped_at_its_first_builder() -> None:
    def grow(a: A, c: Feedback[C] | None = None) -> B:
        return B(0 if c is None else c.n)

    def more(b: B) -> C:
        return C(b.n + 1)

    def look(a: A, c: Feedback[C] | None = None) -> D:
        return D(0 if c is None else c.n)

    for passes in (1, 7):
        builders = [grow, more, look]
        error = failure_of(Workflow("flow", target=tuple[C, D], builders=builders, max_passes=passes), A(1))
        assert isinstance(error, RunawayLoopError)
        assert (error.step, error.passes) == ("grow", passes)
        outcome: Any = error.outcome
        assert outcome.data == {A: A(1), B: B(passes - 1), C: C(passes), D: D(passes - 1)}

    def settled(a: A, e: Feedback[E] | None = None) -> B:
        return B(1)

    def end(b: B) -> E:
        return E(b.n)

    def count(a: A, c: Feedback[C] | None = None) -> C:
        return C(0 if c is None else c.n + 1)

    error = failure_of(Workflow("flow", target=tuple[C, E], builders=[settled, end, count], max_passes=5), A(1))
    assert (error.step, type(error)) == ("count", RunawayLoopError)


def test_a_failure_in_a_later_pass_keeps_what_was_there_before_it() -> None:
    def fall(a: A, c: Feedback[C] | None = None) -> C:
        return C(a.n if c is None else c.n - 1)

    def fail(c: C) -> B:
        return B(4 // c.n)

    def end(b: B) -> D:
        return D(b.n)

    error = failure_of(flow_of(fall, fail, end, target=tuple[C, D]), A(2))
    assert isinstance(error, BuilderFailedError)
    outcome: Any = error.outcome
    assert outcome.data == {A: A(2), C: C(0), B: B(4), D: D(4)}
    assert isinstance(error.__cause__, ZeroDivisionError)
    told = "".join(traceback.format_exception(error))
    assert "returned = f1_fail(" in told
    assert "return B(4 // c.n)" in told


def test_a_wrong_product_of_a_later_pass_is_refused() -> None:
    def fall(a: A, c: Feedback[C] | None = None) -> C:
        return C(a.n) if c is None else B(0)  # type: ignore[return-value]

    error = failure_of(flow_of(fall, target=C), A(2))
    assert isinstance(error, ContractViolationError)
    outcome: Any = error.outcome
    assert outcome.data == {A: A(2), C: C(2)}
