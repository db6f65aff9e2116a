from dataclasses import dataclass

import pytest
from hypothesis import given

from polaris import Access, Feedback, Take, Workflow
from polaris._assembly import compiled
from polaris._model.keys import Key
from polaris._model.markers import Mode
from polaris._runtime.index import PlanIndex, StepIndex, index_plan
from tests.helpers.plans import make, specs
from tests.helpers.reference import Spec


@dataclass(frozen=True)
class Order:
    n: int


@dataclass(frozen=True)
class Click:
    n: int


@dataclass(frozen=True)
class Card:
    n: int


@dataclass(frozen=True)
class Cash:
    n: int


@dataclass(frozen=True)
class Hours:
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
class Receipt:
    n: int


@dataclass(frozen=True)
class Score:
    n: int


@dataclass(frozen=True)
class Report:
    n: int


def open_hours() -> Hours: ...


def decide(order: Order, click: Take[Click], hours: Access[Hours]) -> Accepted | Refused: ...


def pay(accepted: Accepted, means: Card | Cash, score: Score | None = None) -> tuple[Paid, Receipt]: ...


def rate(order: Order, paid: Feedback[Paid], refused: Feedback[Refused] | None = None) -> Score: ...


def report(hours: Hours, paid: Paid, receipt: Receipt) -> Report: ...


flow = Workflow(
    "flow", target=Report | Refused, builders=[open_hours, decide, pay, rate, report], transients=[Card, Receipt]
)


def keys(*forms: type) -> tuple[Key, ...]:
    return tuple(Key(form.__name__) for form in forms)


@pytest.fixture
def index() -> PlanIndex:
    return index_plan(compiled(flow).plan)


def step(index: PlanIndex, name: str) -> StepIndex:
    return index.steps[index.numbers[name]]


def test_steps_stand_in_plan_order_and_are_found_by_name(index: PlanIndex) -> None:
    assert [one.step.name for one in index.steps] == ["open_hours", "rate", "decide", "pay", "report"]
    assert [one.number for one in index.steps] == list(range(5))
    assert all(index.steps[number].step.name == name for name, number in index.numbers.items())


def test_an_access_is_no_trigger_and_nothing_that_is_needed(index: PlanIndex) -> None:
    assert step(index, "decide").triggers == keys(Order, Click)
    assert step(index, "decide").needs == (keys(Order), keys(Click))


def test_an_optional_is_a_trigger_but_nothing_that_is_needed(index: PlanIndex) -> None:
    assert step(index, "pay").triggers == keys(Accepted, Card, Cash, Score)
    assert step(index, "pay").needs == (keys(Accepted), keys(Card, Cash))


def test_feedback_is_kept_apart_because_it_reads_what_was_before(index: PlanIndex) -> None:
    rate = step(index, "rate")
    assert (rate.triggers, rate.needs) == (keys(Order), (keys(Order),))
    assert (rate.feedback, rate.needs_before) == (keys(Paid, Refused), (keys(Paid),))
    assert index.loops == (rate.number,)
    assert index.compared == {*keys(Paid, Refused)}


def test_a_change_wakes_the_steps_that_have_the_key_for_a_trigger(index: PlanIndex) -> None:
    woken = {key: [index.steps[number].step.name for number in numbers] for key, numbers in index.woken.items()}
    assert woken == {
        "Order": ["rate", "decide"],
        "Click": ["decide"],
        "Accepted": ["pay"],
        "Card": ["pay"],
        "Cash": ["pay"],
        "Score": ["pay"],
        "Hours": ["report"],
        "Paid": ["report"],
        "Receipt": ["report"],
    }


def test_a_step_takes_what_is_marked_so(index: PlanIndex) -> None:
    assert {one.step.name: one.takes for one in index.steps if one.takes} == {"decide": keys(Click)}


def test_variants_share_a_slot_and_parts_of_a_tuple_do_not(index: PlanIndex) -> None:
    decide, pay = step(index, "decide"), step(index, "pay")
    assert (decide.slots, decide.produces) == ((keys(Accepted, Refused),), keys(Accepted, Refused))
    assert (pay.slots, pay.produces) == ((keys(Paid), keys(Receipt)), keys(Paid, Receipt))
    assert index.slot[Key("Refused")] == keys(Accepted, Refused)
    assert index.slot[Key("Paid")] == keys(Paid)


def test_keys_are_made_or_come_from_outside(index: PlanIndex) -> None:
    makers = {key: index.steps[number].step.name for key, number in index.maker.items()}
    assert makers == {
        "Hours": "open_hours",
        "Accepted": "decide",
        "Refused": "decide",
        "Paid": "pay",
        "Receipt": "pay",
        "Score": "rate",
        "Report": "report",
    }
    assert index.outside == {*keys(Order, Click, Card, Cash)}


def test_transient_keys_are_known(index: PlanIndex) -> None:
    assert index.transient == {*keys(Card, Receipt)}


def test_a_step_that_nothing_wakes_is_told_apart(index: PlanIndex) -> None:
    assert [one.step.name for one in index.steps if one.untriggered] == ["open_hours"]


def test_a_step_that_only_feedback_wakes_is_not_one_that_nothing_wakes() -> None:
    def guess(paid: Feedback[Paid] | None = None) -> Score: ...

    def charge(score: Score) -> Paid: ...

    index = index_plan(compiled(Workflow("loop", target=Paid, builders=[guess, charge])).plan)
    assert not step(index, "guess").untriggered


def test_what_is_ordered_before_a_step_holds_what_is_before_that(index: PlanIndex) -> None:
    before = {
        one.step.name: {other.step.name for other in index.steps if index.before[one.number] >> other.number & 1}
        for one in index.steps
    }
    assert before == {
        "open_hours": set(),
        "rate": set(),
        "decide": {"open_hours", "rate"},
        "pay": {"open_hours", "rate", "decide"},
        "report": {"open_hours", "rate", "decide", "pay"},
    }


@given(specs())
def test_a_maker_is_before_all_that_read_what_it_makes_except_through_feedback(spec: Spec) -> None:
    index = index_plan(compiled(make(spec).workflow).plan)
    for one in index.steps:
        for reads in one.step.inputs:
            for maker in {index.maker[key] for key in reads.keys if key in index.maker} - {one.number}:
                first, then = (one.number, maker) if reads.mode is Mode.FEEDBACK else (maker, one.number)
                assert first < then
                assert index.before[then] >> first & 1
                assert index.before[first] & ~index.before[then] == 0


@given(specs())
def test_every_trigger_of_a_plan_is_an_index_entry_and_no_more(spec: Spec) -> None:
    index = index_plan(compiled(make(spec).workflow).plan)
    waking = {key: {*numbers} for key, numbers in index.woken.items()}
    looping = {key: {one.number for one in index.steps if key in one.feedback} for key in index.compared}
    both = {key: waking.get(key, set()) | looping.get(key, set()) for key in {*waking, *looping}}
    assert both == {key: {*numbers} for key, numbers in index.plan.triggers}
    assert {*index.maker} | index.outside == {info.name for info in index.plan.keys}
    assert not {*index.maker} & index.outside
