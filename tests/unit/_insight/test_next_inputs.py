from dataclasses import replace

import pytest

from polaris._insight import next_inputs as module
from polaris._insight.next_inputs import next_inputs
from polaris._model.ahead import Way
from polaris._model.plan import Plan
from tests.unit._insight.states import state
from tests.unit.export.plans import CHECKOUT, optional, parameter, plan, step, take

MEET = plan(
    "meet",
    step("open", parameter("Key | Code"), "Door", makes="Opened"),
    step("end", "Opened", optional("Tip"), makes="End"),
    target="End",
)


def sets(one: Plan, data: str = "", ran: str = "", **rounds: int) -> list[str]:
    return [" ".join(map(str, found)) for found in next_inputs(one, state(data, ran, **rounds)).sets]


def test_it_gives_every_smallest_set_with_the_builders_that_it_lets_run() -> None:
    found = next_inputs(MEET, state())
    assert found.ways == (Way(data=("Key", "Door"), runs=("open",)), Way(data=("Code", "Door"), runs=("open",)))
    assert found.exact


def test_what_is_there_is_not_asked_for() -> None:
    assert sets(MEET, "Door@1") == ["Key", "Code"]
    assert sets(MEET, "Door@1 Key@1 Opened@2=open End@2=end", "open@2 end@2") == []


def test_a_completed_run_says_so() -> None:
    found = next_inputs(MEET, state("End@1"))
    assert (found.is_complete, found.sets) == (True, ())


def test_what_only_remakes_what_is_there_is_no_way_further() -> None:
    flow = plan(
        "flow",
        step("price", "Cart", optional("Coupon"), makes="Price"),
        step("pay", "Price", "Card", makes="Paid"),
        target="Paid",
    )
    assert sets(flow, "Cart@1 Price@2=price", "price@2") == ["Card"]


def test_a_builder_that_declined_may_be_helped_by_what_it_can_do_without() -> None:
    flow = plan("flow", step("judge", "Case", optional("Hint"), makes="Verdict | None"), target="Verdict")
    assert sets(flow, "Case@1", "judge@2") == ["Hint"]
    assert sets(flow, "Case@1 Hint@1", "judge@2") == []


def test_a_builder_that_runs_once_and_is_done_is_helped_by_nothing() -> None:
    judge = replace(step("judge", "Case", optional("Hint"), makes="Yes | No"), once=True)
    flow = plan("flow", judge, target="Yes")
    assert sets(flow, "Case@1 No@2=judge", "judge@2!") == []


def test_of_a_failed_run_it_gives_what_lets_others_run() -> None:
    flow = plan("flow", step("a", "O", makes="A"), step("b", "P", makes="B"), target=("A", "B"))
    found = next_inputs(flow, state("O@1", at=2, clean=0))
    assert (found.pending, found.sets) == (("a",), (("P",),))


def test_where_nothing_is_missing_a_call_without_data_will_do() -> None:
    flow = plan("flow", step("a", "O", makes="A"), target="A")
    found = next_inputs(flow, state("O@1", at=2, clean=0))
    assert (found.pending, found.sets) == (("a",), ((),))


def test_where_what_helps_would_lose_what_it_needs_more_is_looked_at() -> None:
    flow = plan(
        "flow",
        step("make", take("Token"), optional("Wish"), makes="Made"),
        step("end", "Made", "Wish", makes="End"),
        target="End",
    )
    data, ran = "-Token@1 Made@2=make", "make@2"
    assert sets(flow, data, ran) == ["Token"]  # with `Wish` alone `make` loses what it made, and nothing runs


def test_it_reaches_builders_and_keys() -> None:
    found = next_inputs(CHECKOUT, state(), ["Confirmed"])
    assert found.sets == (("Cart", "PaymentChoice", "Address"),)
    assert next_inputs(CHECKOUT, state(), ["tokenise", "CardChosen"]).sets == (("PaymentChoice",),)


def test_it_stops_where_there_are_too_many_choices_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CHOICES", 1)
    found = next_inputs(MEET, state())
    assert (found.sets, found.exact) == ((("Key", "Door"),), False)


def test_it_stops_where_it_takes_too_long_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_LOOKS", -1)
    found = next_inputs(MEET, state())
    assert (found.sets, found.exact) == ((), False)
