"""Who may decide again, and which ways to the target are left; `tests/properties/test_doubts.py` tries them."""

from collections.abc import Sequence
from typing import Any

from polaris import Access, Feedback, Take, Workflow, builder
from polaris._model.declaration import Function
from tests.unit._compiler.modules import faults_of


class A: ...


class B: ...


class C: ...


class D: ...


class E: ...


def is_told(*builders: Function, transients: Sequence[type] = ()) -> bool:
    """Say whether it is told that the target cannot be reached once C is made instead of B."""
    workflow: Workflow[Any] = Workflow("flow", target=D, builders=builders, transients=transients)
    found = [each for each in faults_of(workflow, thorough=True) if each.code == "POL303"]
    assert [each.message.partition(",")[0] for each in found] in ([], ["once `split` has made C"])
    return bool(found)


def split(a: A) -> B | C: ...
def ends(b: B, c: C | None = None) -> D: ...


def test_what_decides_once_and_for_all_rules_the_other_variant_out() -> None:
    assert is_told(split, ends)


def test_a_maker_of_whose_triggers_one_may_yet_come_decides_again() -> None:
    def split_with_chance(a: A, e: E | None = None) -> B | C: ...
    def split_either(a: A | E) -> B | C: ...
    def split_looking(a: A, e: Access[E]) -> B | C: ...
    def split_both(a: A, e: E) -> B | C: ...

    for each in (split_with_chance, split_either, split_looking, split_both):
        each.__name__ = "split"
    assert not is_told(split_with_chance, ends)
    assert not is_told(split_either, ends)
    assert is_told(split_looking, ends)
    assert is_told(split_both, ends)


def test_what_may_yet_come_counts_however_far_behind_the_maker() -> None:
    class First: ...

    class Second: ...

    def first(e: E | None = None, second: Second | None = None) -> First: ...
    def join(e: E, first: First) -> A: ...
    def join_late(first: First) -> A: ...

    join_late.__name__ = "join"
    assert not is_told(first, join, split, ends)
    assert not is_told(first, join_late, split, ends)


def test_what_all_alternatives_need_is_surely_there() -> None:
    class One: ...

    class Other: ...

    def one(e: E) -> One: ...
    def other(e: E) -> Other: ...
    def join(either: One | Other) -> A: ...

    assert is_told(one, other, join, split, ends)


def test_what_is_taken_or_lost_with_its_call_may_come_again() -> None:
    def split_taking(a: Take[A]) -> B | C: ...

    split_taking.__name__ = "split"
    assert not is_told(split_taking, ends)
    assert not is_told(split, ends, transients=[A])


def test_a_maker_that_runs_once_does_not_decide_again() -> None:
    @builder(name="split", once=True)
    def split_once(a: A, e: E | None = None) -> B | C: ...

    assert is_told(split_once, ends)


def test_a_loop_through_feedback_lets_the_maker_decide_again() -> None:
    class Request: ...

    def offer(request: Request, counter: Feedback[C] | None = None, before: Feedback[A] | None = None) -> A: ...
    def accept(b: B) -> D: ...
    def split_again(a: A, c: Feedback[C] | None = None) -> B | C: ...

    split_again.__name__ = "split"
    assert not is_told(offer, split, accept)
    assert not is_told(split_again, accept)


def test_all_of_a_target_is_wanted_or_any() -> None:
    def leads(c: C) -> E: ...

    def codes(target: Any) -> list[str]:  # noqa: ANN401 - a type form
        workflow: Workflow[Any] = Workflow("flow", target=target, builders=[split, ends, leads])
        return [each.code for each in faults_of(workflow, thorough=True) if each.code != "POL308"]

    assert codes(D | E) == []
    assert codes(tuple[D, E]) == ["POL303", "POL303"]
