from dataclasses import replace

import pytest

from polaris._insight import until as module
from polaris._insight.until import sets_until
from polaris._model.plan import Plan
from polaris.errors import DeclarationError
from tests.unit._insight.states import scene
from tests.unit.export.plans import CHECKOUT, NEGOTIATION, feedback, optional, parameter, plan, step, take


def sets(one: Plan, until: str, data: str = "", ran: str = "", **rounds: int) -> list[str]:
    found, exact = sets_until(scene(one, data, ran, **rounds), until.split())
    assert exact
    return [" ".join(map(str, keys)) for keys in found]


def test_a_goal_many_steps_away_is_reached_with_all_that_is_read_on_the_way() -> None:
    assert sets(CHECKOUT, "Quote") == ["Cart Address"]
    assert sets(CHECKOUT, "Paid") == ["Cart PaymentChoice Address CardDetails OtpEntered"]


def test_alternatives_are_ways_of_their_own_and_only_the_smallest_are_given() -> None:
    flow = plan(
        "flow",
        step("a", "O", makes="A"),
        step("b", "O", "P", makes="B"),
        step("c", parameter("A | B | Q"), makes="C"),
        target="C",
    )
    assert sets(flow, "C") == ["O", "Q"]


def test_one_of_several_goals_will_do() -> None:
    assert sets(CHECKOUT, "price_cart choose_method") == ["Cart", "PaymentChoice"]


def test_outside_data_are_their_own_way() -> None:
    assert sets(CHECKOUT, "Address") == ["Address"]


def test_what_is_there_needs_nothing() -> None:
    assert sets(CHECKOUT, "Cart", "Cart@1") == [""]
    assert sets(CHECKOUT, "price_cart", "Cart@1 Subtotal@2=price_cart", "price_cart@2") == [""]


def test_what_a_call_without_data_runs_needs_nothing() -> None:
    assert sets(CHECKOUT, "Subtotal", "Cart@1", at=2, clean=0) == [""]


def test_a_builder_that_declined_is_reached_by_a_change_of_what_it_reads() -> None:
    flow = plan("flow", step("judge", "Case", optional("Hint"), makes="Yes | None"), target="Yes")
    assert sets(flow, "judge", "Case@1", "judge@2") == ["Hint"]
    assert sets(flow, "judge", "Case@1 Hint@1", "judge@2") == []


def test_one_that_runs_once_and_is_done_is_not_reached_any_more() -> None:
    judge = replace(step("judge", "Case", optional("Hint"), makes="Yes | No"), once=True)
    assert sets(plan("flow", judge, target="Yes"), "Yes", "Case@1 No@2=judge", "judge@2!") == []


def test_what_is_there_but_cannot_be_delivered_again_brings_nothing() -> None:
    flow = plan("flow", step("judge", "Case", makes="Yes | None"), target="Yes")
    assert sets(flow, "Yes", "Case@1", "judge@2") == []


def test_what_loses_its_product_wakes_those_that_can_do_without() -> None:
    flow = plan(
        "flow",
        step("make", take("Token"), optional("Wish"), makes="Made"),
        step("use", optional("Made"), "Base", makes="Used | None"),
        target="Used",
    )
    assert sets(flow, "Used", "-Token@1 Made@2=make Base@1", "make@2 use@2") == ["Token", "Wish"]


def test_a_set_that_takes_away_what_the_goal_needs_is_left_out_and_the_answer_is_not_exact() -> None:
    flow = plan(
        "flow",
        step("make", take("Token"), optional("Wish"), makes="Made"),
        step("end", "Made", "Wish", makes="End"),
        target="End",
    )
    assert sets_until(scene(flow, "-Token@1 Made@2=make", "make@2"), ["End"]) == ([], False)


def test_through_feedback_the_plan_is_gone_through_again() -> None:
    flow = plan(
        "flow",
        step("ask", replace(feedback("Reply"), required=True), makes="Question"),
        step("say", "Go", makes="Reply"),
        target="Question",
    )
    assert sets(flow, "Question") == ["Go"]
    assert sets(NEGOTIATION, "Agreed") == ["Wish Verdict"]


def test_where_that_takes_too_long_the_answer_is_not_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ROUNDS", 1)
    assert sets_until(scene(NEGOTIATION), ["Agreed"])[1] is False


def test_where_there_are_too_many_sets_the_smallest_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_SETS", 2)
    steps = [step(f"s{n}", parameter(f"P{n} | Q{n}"), makes=f"K{n}") for n in range(2)]
    flow = plan("flow", *steps, step("end", "K0", "K1", makes="End"), target="End")
    found, exact = sets_until(scene(flow), ["End"])
    assert (len(found), exact) == (2, False)


def test_where_it_takes_too_long_one_set_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_LOOKS", 0)
    steps = [step(f"s{n}", parameter(f"P{n} | Q{n}"), makes=f"K{n}") for n in range(9)]
    flow = plan("flow", *steps, step("end", *(f"K{n}" for n in range(9)), makes="End"), target="End")
    found, exact = sets_until(scene(flow), ["End"])
    assert ([len(one) for one in found], exact) == ([9], False)


def test_an_unknown_goal_is_told_with_those_that_there_are() -> None:
    with pytest.raises(DeclarationError, match="'checkout' has no builder or data 'Quotes'. It has Address, "):
        sets(CHECKOUT, "Quotes")
