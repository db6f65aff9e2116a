from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, NewType

import pytest

from polaris import Access, Context, Resource, Take
from polaris._assembly import compiled
from polaris._runtime.bind import prepare_plan
from polaris._runtime.draft import NotStraightError, classes_of
from polaris.errors import ContractViolationError
from tests.unit._runtime.straights import A, B, C, D, SubB, body, flow_of, make_b, make_c, outcome_of, written

One = NewType("One", str)
Two = NewType("Two", str)


class Service:
    pass


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
    assert "        uid = uid_()" in straight.lines
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


def test_a_function_that_is_kept_in_a_cache_takes_its_arguments_by_name() -> None:
    @lru_cache
    def end(a: A, b: B | None = None) -> C:
        return C(a.n)

    assert outcome_of(flow_of(end), A(1)).result == C(1)


def test_what_a_builder_is_for_is_named_by_class() -> None:
    def two(a: A) -> tuple[One, B]:
        return One("x"), B(1)

    (bound,) = prepare_plan(compiled(flow_of(two, target=B))).steps
    assert classes_of(bound, ("x", SubB(1))) == [str, B]
    with pytest.raises(ContractViolationError):
        classes_of(bound, "x")
