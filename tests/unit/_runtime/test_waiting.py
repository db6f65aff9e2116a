from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

import polaris
from polaris import Access, Feedback, Outcome, Status, Workflow
from polaris._assembly import compiled
from polaris._model.keys import key_of
from polaris._runtime.index import index_plan
from polaris._runtime.waiting import is_complete, waiting_for
from polaris.errors import RunawayLoopError
from tests.helpers.plans import Call, Made, calls, make, specs
from tests.helpers.reference import Spec


@dataclass(frozen=True)
class Order:
    n: int


@dataclass(frozen=True)
class Card:
    n: int


@dataclass(frozen=True)
class Cash:
    n: int


@dataclass(frozen=True)
class Address:
    n: int


@dataclass(frozen=True)
class Accepted:
    n: int


@dataclass(frozen=True)
class Refused:
    n: int


@dataclass(frozen=True)
class Paid:
    n: int


@dataclass(frozen=True)
class Letter:
    n: int


@dataclass(frozen=True)
class Sent:
    n: int


def decide(order: Order) -> Accepted | Refused: ...


def pay(accepted: Accepted, means: Card | Cash) -> Paid: ...


def write_letter(refused: Refused) -> Letter: ...


def send(paid: Paid, address: Address) -> Sent: ...


BUILDERS: Sequence[Callable[..., object]] = [decide, pay, write_letter, send]


def waits(
    target: object, *there: type, builders: Sequence[Callable[..., object]] = BUILDERS, done: str = ""
) -> list[str]:
    """Say what a run of some builders waits for when data of these types are there."""
    index = index_plan(compiled(Workflow("flow", target=target, builders=builders)).plan)
    present = {form.__name__ for form in there}
    return [str(key) for key in waiting_for(index, present.__contains__, done.split().__contains__)]


# --- complete --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("target", "there", "complete"),
    [
        (Sent, [], False),
        (Sent, [Sent], True),
        (Sent | Letter, [Letter], True),
        (tuple[Sent, Letter], [Letter], False),
        (tuple[Sent, Letter], [Letter, Sent], True),
    ],
)
def test_a_run_is_complete_with_any_key_of_a_union_and_all_of_a_tuple(
    target: object, there: list[type], complete: bool
) -> None:
    index = index_plan(compiled(Workflow("flow", target=target, builders=BUILDERS)).plan)
    assert is_complete(index, {form.__name__ for form in there}.__contains__) is complete


def test_a_complete_run_waits_for_nothing() -> None:
    assert waits(Sent, Sent) == []
    assert waits(Sent | Letter, Letter) == []


# --- what is needed next ---------------------------------------------------------------------------------------------


def test_a_step_that_lacks_made_data_leads_to_what_its_maker_needs() -> None:
    assert waits(Sent) == ["Order"]


def test_a_step_that_lacks_only_outside_data_needs_it_next() -> None:
    assert waits(Sent, Order, Accepted, Card, Paid) == ["Address"]


def test_each_alternative_that_is_absent_will_do() -> None:
    assert waits(Sent, Order, Accepted) == ["Card", "Cash"]


def test_what_is_needed_next_is_told_in_plan_order_and_once() -> None:
    def first(cash: Cash, card: Card) -> Accepted: ...

    def second(card: Card, address: Address) -> Paid: ...

    def third(address: Address, accepted: Accepted, paid: Paid) -> Sent: ...

    assert waits(Sent, builders=[third, second, first]) == ["Cash", "Card", "Address"]


def test_an_alternative_that_can_be_made_leads_to_its_maker_and_one_that_cannot_to_nothing() -> None:
    def either(means: Card | Accepted | Letter) -> Sent: ...

    def accept(cash: Cash) -> Accepted: ...

    def write_letter(order: Order) -> Letter | None: ...

    assert waits(Sent, Order, builders=[either, accept, write_letter]) == ["Cash", "Card"]


def test_two_ways_to_one_maker_are_followed_once() -> None:
    def left(accepted: Accepted) -> Paid: ...

    def right(accepted: Accepted) -> Letter: ...

    def join(paid: Paid, letter: Letter) -> Sent: ...

    assert waits(Sent, builders=[decide, left, right, join]) == ["Order"]


def test_an_access_is_never_waited_for() -> None:
    def quick(order: Order, note: Access[Card]) -> Sent: ...

    assert waits(Sent, builders=[quick]) == ["Order"]


def test_an_optional_is_not_waited_for_while_the_step_lacks_something() -> None:
    def quick(order: Order, card: Card | None = None) -> Sent: ...

    assert waits(Sent, builders=[quick]) == ["Order"]


# --- branches --------------------------------------------------------------------------------------------------------


def test_a_branch_that_was_not_taken_is_not_waited_for() -> None:
    assert waits(Sent, Order, Refused, Letter) == []
    assert waits(Sent | Letter, Order, Refused) == []


def test_a_branch_not_taken_is_open_again_when_what_decided_it_can_change() -> None:
    def decide(order: Order, address: Address | None = None) -> Accepted | Refused: ...

    assert waits(Sent, Order, Refused, builders=[decide, pay, send]) == ["Address"]
    assert waits(Sent, Order, Refused, Address, builders=[decide, pay, send]) == []


def test_a_step_that_declined_waits_for_a_change_of_one_of_its_triggers() -> None:
    def find(order: Order, card: Card | None = None, cash: Cash | None = None) -> Paid | None: ...

    assert waits(Paid, Order, builders=[find]) == ["Card", "Cash"]
    assert waits(Paid, Order, Card, builders=[find]) == ["Cash"]
    assert waits(Paid, Order, Card, Cash, builders=[find]) == []


def test_a_once_builder_that_is_done_is_asked_for_nothing_more() -> None:
    once = polaris.builder(once=True)(decide_again)
    assert waits(Sent, Order, Refused, builders=[once, pay, send]) == ["Address"]
    assert waits(Sent, Order, Refused, builders=[once, pay, send], done="decide_again") == []


def decide_again(order: Order, address: Address | None = None) -> Accepted | Refused: ...


def test_of_a_tuple_nothing_is_waited_for_when_one_part_is_out_of_reach() -> None:
    assert waits(tuple[Sent, Letter]) == ["Order"]
    assert waits(tuple[Sent, Letter], Order, Accepted, Card, Paid) == []


def test_a_part_of_a_tuple_is_out_of_reach_when_one_of_several_needs_is() -> None:
    def note(address: Address) -> Letter: ...

    builders = [decide, pay, send, note]
    assert waits(tuple[Sent, Letter], Order, Accepted, Card, Paid, builders=builders) == ["Address"]
    assert waits(tuple[Sent, Letter], Order, Refused, builders=builders) == []


def test_of_a_union_the_part_in_reach_is_waited_for() -> None:
    assert waits(Sent | Letter, Order, Accepted, Card, Paid) == ["Address"]


def test_nothing_from_outside_helps_a_step_that_nothing_wakes() -> None:
    def begin() -> Paid | None: ...

    assert waits(Sent, builders=[begin, send]) == []


# --- loops -----------------------------------------------------------------------------------------------------------


def test_what_is_read_through_feedback_is_waited_for_though_its_maker_comes_later() -> None:
    def early(accepted: Feedback[Accepted]) -> Paid: ...

    def late(card: Card, paid: Paid | None = None) -> Accepted: ...

    assert waits(Paid, builders=[early, late]) == ["Card"]
    assert waits(Paid, Card, builders=[early, late]) == []


# --- in general ------------------------------------------------------------------------------------------------------


def run(engine: polaris.Engine, made: Made, delta: dict[str, int], *, new: bool | None = None) -> Outcome[object]:
    """Run a call; a loop that never settles is a failed one."""
    try:
        return engine.run(made.workflow, "run", *made.delta(delta), new=new)
    except RunawayLoopError as error:
        return error.outcome


def is_there(outcome: Outcome[object]) -> bool:
    there = [form in outcome for form in outcome.target]
    return all(there) if outcome.target_all else any(there)


@given(specs().flatmap(lambda spec: st.tuples(st.just(spec), calls(spec))), st.data())
def test_what_is_waited_for_is_absent_and_a_blocked_run_gets_nowhere_by_what_is_absent(
    script: tuple[Spec, list[Call]], data: st.DataObject
) -> None:
    spec, sequence = script
    made = make(spec)
    with polaris.open_engine("memory://", made.workflow) as engine:
        outcome = run(engine, made, {}, new=True)
        for call in sequence:
            outcome = run(engine, made, call.delta)
        absent = [key for key in spec.outside if made.types[key] not in outcome]
        assert {*map(key_of, outcome.waiting_for)} <= {*absent}
        assert bool(outcome.waiting_for) == (outcome.status is Status.WAITING)
        if outcome.status is Status.BLOCKED and absent:
            more = data.draw(st.sets(st.sampled_from(absent), min_size=1))
            assert not is_there(run(engine, made, dict.fromkeys(more, 1)))
