import pytest

from polaris._insight.reach import could_change, goals, helpful
from polaris._model.keys import Key
from tests.unit._insight.goldens import PAYING, QUOTED
from tests.unit._insight.states import scene
from tests.unit.export.plans import CHECKOUT, optional, plan, step

EITHER = plan(
    "either",
    step("choose", "Choice", makes="Left | Right"),
    step("go_left", "Left", "Map", makes="Here"),
    step("go_right", "Right", "Map", makes="There"),
    target=("Here", "There"),
)


def test_a_branch_that_was_not_taken_cannot_change() -> None:
    could = could_change(scene(CHECKOUT, PAYING, QUOTED))
    assert {"CardToken", "Paid", "OrderPlaced", "Confirmed", "CardDetails"} <= could
    assert could.isdisjoint({"UpiPaid", "CodPromised", "Cart", "Quote"})


def test_what_is_left_to_do_could_change_without_any_data() -> None:
    assert could_change(scene(EITHER, "Choice@1 Map@1", at=2, clean=0)) == {"Left", "Right", "Here", "There"}


@pytest.mark.parametrize(
    ("data", "ran", "expected"),
    [
        ("", "", ("Here", "There")),
        ("Choice@1 Left@2=choose", "choose@2", ()),  # all of the target is wanted, and one is out of reach
        ("Here@1 There@1", "", ()),
    ],
)
def test_the_missing_keys_of_the_target_are_wanted_unless_it_is_out_of_reach(
    data: str, ran: str, expected: tuple[str, ...]
) -> None:
    found = scene(EITHER, data, ran)
    assert goals(found, could_change(found)) == expected


def test_what_helps_is_on_the_way_from_what_is_lacking_and_of_what_declined_whatever_wakes_it() -> None:
    flow = plan(
        "flow",
        step("read", "Text", makes="Parsed"),
        step("judge", "Parsed", optional("Hint"), makes="Verdict | None"),
        step("price", "Cart", optional("Coupon"), makes="Price"),
        step("end", "Verdict", "Price", makes="End"),
        target="End",
    )
    data = "Text@1 Parsed@2=read Cart@1 Price@2=price"
    found = scene(flow, data, "read@2 judge@2 price@2")
    could = could_change(found)
    near = helpful(found, could, goals(found, could))
    assert [role.step.name for role in near] == ["judge", "end"]  # not `price`: it has made what is needed


def test_what_is_delivered_has_no_maker() -> None:
    assert helpful(scene(EITHER), frozenset(), [Key("Map")]) == ()
