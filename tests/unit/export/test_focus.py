"""A part of a picture is the cone of what is looked at."""

from __future__ import annotations

import pytest

from polaris import builder
from polaris.errors import RenderError
from polaris.export.focus import focused
from polaris.export.view import View, view_of
from tests.unit.export.plans import CHECKOUT, NEGOTIATION, ORDER_WAITS, named, plan, step

LINE = plan(
    "line",
    step("b1", "K0", makes="K1"),
    step("aside", "K0", makes="Side"),
    step("b2", "K1", makes="K2"),
    step("b3", "K2", "Extra", makes="K3"),
    step("b4", "K3", "Side", makes="K4"),
    target="K4",
)


def part(focus: object, depth: int | None = None) -> View:
    return focused(view_of(LINE), focus, depth)


def builders(view: View) -> str:
    return " ".join(each.name for each in view.plan.steps)


@pytest.mark.parametrize(
    ("focus", "depth", "expected"),
    [
        ("b3", 0, "b3"),
        ("b3", 1, "b2 b3 b4"),
        ("b3", None, "b1 b2 b3 b4"),
        ("K2", 0, "b2"),
        ("K2", 1, "b1 b2 b3"),
        ("Extra", 0, ""),
        ("Extra", 1, "b3"),
        ("Extra", None, "b3 b4"),
        ("K0", 1, "b1 aside"),
        ("K4", None, "b1 aside b2 b3 b4"),
    ],
)
def test_edges_are_followed_backwards_and_forwards_never_turning(focus: str, depth: int | None, expected: str) -> None:
    assert builders(part(focus, depth)) == expected


def test_what_the_builders_read_is_shown_whoever_makes_it() -> None:
    view = part("b4", 0)
    assert view.outside == ("K3", "Side")
    assert view.makers == {"K4": (0, 0)}


def test_outside_data_are_shown_although_nothing_near_reads_them() -> None:
    assert part("Extra", 0).outside == ("Extra",)


def test_a_loop_ends() -> None:
    view = focused(view_of(NEGOTIATION), "answer", None)
    assert builders(view) == "ask answer file"


def test_a_type_or_a_function_can_be_looked_at() -> None:
    @builder(name="b3")
    def renamed(k: int) -> str:
        return str(k)

    def b2() -> None: ...

    assert builders(part(named("K2"), 0)) == "b2"
    assert builders(part(renamed, 0)) == "b3"
    assert builders(part(b2, 0)) == "b2"


def test_the_sub_title_says_what_is_looked_at() -> None:
    assert part("b3").subtitle == "around b3"
    assert part("b3", 1).subtitle == "around b3, 1 edge away"
    assert focused(view_of(CHECKOUT, ORDER_WAITS), "Quote", 2).subtitle == (
        "run order-42 - waiting for CardDetails, OtpEntered - around Quote, 2 edges away"
    )


def test_what_is_not_there_cannot_be_looked_at() -> None:
    with pytest.raises(RenderError, match=r"'line' has no builder or data 'b9' to look at\. It has b1, aside,"):
        part("b9")


@pytest.mark.parametrize(("focus", "depth"), [(None, 1), ("b1", -1)])
def test_a_depth_is_counted_from_something_and_is_no_less_than_nothing(focus: object, depth: int) -> None:
    with pytest.raises(RenderError, match=r"depth"):
        part(focus, depth)
