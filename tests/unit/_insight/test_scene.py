from dataclasses import replace

import pytest

from polaris._insight.scene import Scene
from polaris._model.keys import Key
from tests.unit._insight.states import scene
from tests.unit.export.plans import access, feedback, optional, parameter, plan, step, take

SHOP = plan(
    "shop",
    step("ask", "Wish", feedback("Counter"), makes="Offer"),
    step("answer", "Offer", take("Verdict"), makes="Agreed | Counter"),
    step("stamp", makes="Stamp"),
    step("close", parameter("Agreed | Verbal"), optional("Note"), access("Stamp"), makes="Closed"),
    target="Closed",
    transient=("Note", "Offer"),
)


def names(keys: object) -> list[str]:
    return list(map(str, keys))  # type: ignore[call-overload]


def pending(found: Scene) -> list[str]:
    return [role.step.name for role in found.pending]


def test_outside_keys_are_in_the_order_in_which_they_are_read() -> None:
    found = scene(SHOP, "Wish@1")
    assert names(found.outside) == ["Wish", "Verdict", "Verbal", "Note"]
    assert names(found.absent) == ["Verdict", "Verbal", "Note"]


def test_it_knows_makers_readers_takers_and_slots() -> None:
    found = scene(SHOP)
    assert found.maker[Key("Counter")] == 1
    assert found.readers[Key("Counter")] == (0,)
    assert Key("Stamp") not in found.readers  # an access is no trigger
    assert found.taker == {"Verdict": 1}
    assert found.slot[Key("Agreed")] == ("Agreed", "Counter")


def test_what_is_lost_or_gone_cannot_be_seen() -> None:
    found = scene(SHOP, "Wish@1 ?Offer@2=ask -Verdict@1")
    assert [found.can_see(Key(key)) for key in ("Wish", "Offer", "Verdict")] == [True, False, False]
    assert found.stands(Key("Offer"), found.roles[0])
    assert not found.stands(Key("Verdict"), found.roles[1])


def test_a_lost_transient_of_an_unfinished_call_can_be_made_again() -> None:
    found = scene(SHOP, "Wish@1 ?Offer@2=ask Verdict@1", "ask@2", at=2, clean=0)
    assert found.refillable == {"Offer"}
    assert pending(found) == ["answer"]


@pytest.mark.parametrize("data", ["-Wish@1 ?Offer@2=ask", "Wish@1 ?Offer@0=ask", "Wish@1 ?Offer@2=other"])
def test_unless_its_maker_lacks_something_or_it_is_older_or_was_delivered(data: str) -> None:
    assert scene(SHOP, data, "ask@2", at=2, clean=0).refillable == set()


def test_it_is_complete_if_all_of_the_target_is_there_or_any() -> None:
    both = plan("flow", step("a", "O", makes="A"), step("b", "O", makes="B"), target=("A", "B"))
    assert not scene(both, "A@1").is_complete
    assert scene(both, "A@1 B@1").is_complete


@pytest.mark.parametrize(
    ("data", "ran", "expected"),
    [
        ("Wish@1", "", ["ask"]),
        ("Wish@1 Offer@2=ask", "ask@2", []),
        ("Wish@3 Offer@2=ask", "ask@2", ["ask"]),
        ("", "+stamp@1", ["stamp"]),
        ("Wish@1 Offer@2=ask Counter@2=answer", "ask@2 answer@2", ["ask"]),  # in the next pass
        ("Wish@1 Offer@3=ask Counter@2=answer", "ask@3 answer@2", []),
        ("Wish@1 Offer@2=ask Agreed@2=answer Verdict@1", "ask@2 answer@2 close@2!", []),
        ("-Note@3", "", []),
    ],
)
def test_a_call_without_data_runs_what_was_left_to_do(data: str, ran: str, expected: list[str]) -> None:
    assert pending(scene(SHOP, data, ran, at=4, clean=0)) == expected


def test_what_ran_once_and_is_done_is_over() -> None:
    pay = replace(step("pay", "Card", makes="Paid"), once=True)
    found = scene(plan("flow", pay, target="Paid"), "Card@3", "pay@2!", at=4, clean=0)
    assert found.roles[0].is_over
    assert pending(found) == []
