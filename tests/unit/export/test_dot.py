"""DOT text: recorded pictures, the rules one by one, and that no name can break it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace
from html import unescape

import pytest
from hypothesis import given, settings

from polaris._model.outcome import Status
from polaris._model.plan import Plan
from polaris.errors import RenderError
from polaris.export import dot
from polaris.export.render import _draw
from polaris.export.style import Direction
from tests.unit.export.goldens import FOLDER, pictures
from tests.unit.export.plans import (
    CAB_RIDE,
    CHECKOUT,
    HELLO,
    NEGOTIATION,
    ORDER_WAITS,
    feedback,
    of_module,
    parameter,
    plan,
    run,
    step,
)
from tests.unit.export.strategies import NAMES, plans


def line(text: str, start: str) -> str:
    """Give the one statement that begins with something."""
    (found,) = [line.strip() for line in text.splitlines() if line.strip().startswith(start)]
    return found


@pytest.mark.parametrize("name", pictures())
def test_the_picture_is_as_recorded(name: str) -> None:
    assert pictures()[name] == (FOLDER / name).read_text(encoding="utf-8")


def test_every_recorded_picture_is_drawn() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(pictures())


# --- the rules ---------------------------------------------------------------------------------------------------


def test_a_builder_is_one_node_with_its_products_inside() -> None:
    node = line(dot(CHECKOUT), '"b:charge_card" [')
    assert "<B>charge_card</B>" in node
    assert node.index('PORT="p0"') < node.index(">or<") < node.index('PORT="p1"')


def test_two_slots_are_joined_by_and_and_a_builder_that_may_decline_says_so() -> None:
    text = dot(CHECKOUT)
    assert ">and<" in line(text, '"b:reserve_stock" [')
    assert ">or nothing<" in line(text, '"b:send_receipt" [')


def test_from_left_to_right_several_products_stand_one_below_the_other() -> None:
    choice = plan("choice", step("go", "A", makes="X | Y | None"), step("tell", "X", makes="Z | None"), target="Y")

    def rows(builder: str, direction: Direction) -> list[list[str]]:
        node = line(dot(choice, direction=direction), f'"b:{builder}" [')
        return [re.findall(r">([^<>]+)<", row) for row in node.split("<TR>")[1:]]

    assert rows("go", "LR") == [["go"], ["X"], ["or", "Y"], ["or", "nothing"]]
    assert rows("go", "TB") == [["go"], ["X", "or", "Y", "or nothing"]]
    assert rows("tell", "LR") == [["tell"], ["Z", "or nothing"]]


def test_an_async_builder_says_so_until_a_run_has_something_better_to_say() -> None:
    assert ">async<" in line(dot(CHECKOUT), '"b:shipping_options" [')
    done = line(dot(CHECKOUT, ORDER_WAITS), '"b:shipping_options" [')
    assert ">done<" in done
    assert ">async<" not in done


def test_what_is_never_stored_has_a_dashed_border() -> None:
    text = dot(CHECKOUT)
    assert 'style="rounded,filled,dashed"' in line(text, '"i:CardDetails" [')
    assert 'STYLE="rounded,dashed"' in line(text, '"b:tokenise" [')


def test_alternatives_meet_in_a_circle() -> None:
    text = dot(CHECKOUT)
    assert "shape=circle" in line(text, '"or:place_order:paid" [')
    assert line(text, '"b:charge_upi":p0:s -> ') == '"b:charge_upi":p0:s -> "or:place_order:paid" [arrowhead=none]'
    assert line(text, '"or:place_order:paid" -> ') == '"or:place_order:paid" -> "b:place_order"'


def test_each_kind_of_edge_has_its_stroke() -> None:
    text = dot(CHECKOUT)
    assert line(text, '"i:Coupon":s -> ') == '"i:Coupon":s -> "b:check_coupon"'
    assert line(text, '"b:check_coupon":p0:s -> "b:quote"').endswith("[style=dashed arrowhead=empty]")
    assert line(text, '"b:check_coupon":p1:s -> ').endswith(
        '[style=dotted color="#0e7490" penwidth=1.5 arrowhead=odot]'
    )
    assert line(text, '"i:OtpEntered":s -> ').endswith('[arrowhead=dotnormal label=take fontcolor="#475569"]')


def test_feedback_is_laid_out_in_the_order_of_the_builders_and_points_back() -> None:
    assert line(dot(CHECKOUT), '"b:score_fraud":e -> ') == (
        '"b:score_fraud":e -> "b:hold_for_review":p0:e '
        '[color="#7e22ce" penwidth=1.5 dir=back arrowtail=vee label="next pass" fontcolor="#7e22ce"]'
    )
    assert '"b:ask":s -> "b:answer":p1:s [' in dot(NEGOTIATION)


def test_feedback_from_a_product_that_is_not_the_last_leaves_like_any_other_edge() -> None:
    two = plan("two", step("ask", "A", feedback("X"), makes="B"), step("go", "B", makes="X | Y"), target="Y")
    assert '"b:ask":s -> "b:go":p0:e [' in dot(two, direction="LR")
    assert '"b:ask":e -> "b:go":p0:s [' in dot(two, direction="TB")


def test_feedback_may_come_from_outside() -> None:
    odd = plan("odd", step("ask", "A", feedback("X"), makes="B"), target="B")
    assert '"b:ask":s -> "i:X":s [' in dot(odd)


def test_a_builder_that_reads_its_own_product_has_a_loop() -> None:
    assert dot(NEGOTIATION).count('"b:tick" -> "b:tick" [') == 2


def test_edges_leave_a_product_in_the_direction_of_the_picture() -> None:
    assert '"b:read_surge":p0:e -> "b:match_cabbie"' in dot(CAB_RIDE)
    assert '"b:read_surge":p0:s -> "b:match_cabbie"' in dot(CAB_RIDE, direction="TB")


def test_the_legend_can_be_left_out() -> None:
    assert "from outside" in dot(HELLO)
    assert "cluster" not in dot(HELLO, legend=False)


def test_a_theme_that_is_none_is_refused() -> None:
    with pytest.raises(RenderError, match=r"There is no theme 'pink'\. Use 'light' or 'dark'\."):
        dot(HELLO, theme="pink")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


# --- a run -------------------------------------------------------------------------------------------------------


def test_a_run_is_named_above_the_picture() -> None:
    assert "run order-42 - waiting for CardDetails, OtpEntered" in dot(CHECKOUT, ORDER_WAITS)


def test_a_waiting_builder_says_what_it_needs() -> None:
    node = line(dot(CHECKOUT, ORDER_WAITS), '"b:tokenise" [')
    assert ">waiting<" in node
    assert ">needs CardDetails<" in node


def test_an_edge_shows_whether_its_value_is_there_and_was_used() -> None:
    text = dot(CHECKOUT, ORDER_WAITS)
    assert line(text, '"i:Coupon":s -> ').endswith('[color="#15803d" penwidth=1.9]')
    assert line(text, '"b:choose_method":p0:s -> ').endswith('[color="#15803d"]')
    assert line(text, '"i:CardDetails":s -> ').endswith('[color="#b45309"]')
    assert line(text, '"b:choose_method":p1:s -> ').endswith('[color="#94a3b8"]')


def test_the_edge_out_of_a_circle_follows_the_value_that_is_there() -> None:
    two = plan("two", step("go", parameter("A | B"), makes="X"), target="X")

    def out(status: Status, *names: str) -> str:
        return line(dot(two, run(status, *names)), '"or:go:a" -> ').partition(" [")[2]

    assert out(Status.COMPLETED, "B X") == 'color="#15803d" penwidth=1.9]'
    assert out(Status.WAITING, "", "B") == 'color="#b45309"]'
    assert out(Status.BLOCKED) == 'color="#94a3b8"]'


def test_a_circle_has_the_colour_of_the_value_that_is_there() -> None:
    assert 'color="#334155"' in line(dot(NEGOTIATION), '"or:file:note" [')
    text = dot(NEGOTIATION, run(Status.WAITING, "Wish Tick", "Verdict"))
    assert 'color="#15803d"' in line(text, '"or:file:note" [')
    assert 'color="#94a3b8"' in line(text, '"or:file:agreed" [')


# --- any names ---------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(plans())
def test_the_drawing_program_accepts_any_names(any_plan: Plan) -> None:
    text = dot(any_plan)
    assert b"<svg" in _draw(text, ".svg", 60)
    assert b"<svg" in _draw(dot(any_plan, run(Status.WAITING, "A", "B"), direction="TB"), ".svg", 60)


@given(plans())
def test_the_drawing_program_accepts_any_part(any_plan: Plan) -> None:
    first, _ = any_plan.steps
    failed = run(Status.FAILED, "A", failed=f"{first.name}: KeyError")
    assert b"<svg" in _draw(dot(any_plan, failed, focus=first.name, depth=0), ".svg", 60)


@given(any_plan=plans(), module=NAMES)
def test_the_drawing_program_accepts_any_names_of_a_big_plan(any_plan: Plan, module: str) -> None:
    others = [of_module(module, step(f"one_of_many_{n}", "In", makes=f"Made{n}")) for n in range(40)]
    text = dot(replace(any_plan, steps=(*any_plan.steps, *others)))
    assert "subgraph" in text
    assert b"<svg" in _draw(text, ".svg", 60)


@given(plans())
def test_whatever_the_names_there_is_one_statement_a_line(any_plan: Plan) -> None:
    # two inputs of a step, of which one has alternatives: 1 outside, 2 builders, 1 circle, 6 edges; and the frame
    assert len(dot(any_plan, legend=False).splitlines()) == 1 + 3 + (1 + 2 + 1) + 6 + 1


def test_names_are_drawn_as_they_are() -> None:
    name = r'<b> & "quoted" \N \\ &amp;'
    drawn = _draw(dot(plan(name, step(name, "A", makes="X"), target="X")), ".svg", 60).decode()
    texts = [unescape(text) for text in re.findall("<text[^>]*>([^<]*)<", drawn)]
    assert texts.count(name) == 2


DRAWS_ALL = "from tests.unit.export.goldens import pictures; print(repr(sorted(pictures().items())))"


@pytest.mark.parametrize("seed", ["1", "2"])
def test_the_text_is_the_same_in_every_process(seed: str) -> None:
    answer = subprocess.run(
        [sys.executable, "-c", DRAWS_ALL],
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONUTF8": "1", "PYTHONPATH": "src"},
        cwd=FOLDER.parents[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == repr(sorted(pictures().items()))
