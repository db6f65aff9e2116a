from typing import Any, NewType

import pytest

from polaris.errors import ContractViolationError
from tests.unit._runtime.straights import A, B, C, D, SubB, flow_of, make_c, outcome_of, warmed

One = NewType("One", str)
Two = NewType("Two", str)


class Service:
    pass


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
