"""A big plan is shown with less of what explains itself: chains as one builder, modules in frames."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from polaris._model.outcome import Status
from polaris._model.plan import Plan, Step
from polaris.export import dot, render
from polaris.export.detail import MOST_BUILDERS, modules, part_of, view_for
from polaris.export.style import State
from polaris.export.view import View
from tests.unit.export.plans import CHECKOUT, feedback, many, of_module, optional, parameter, plan, run, step


def big(*steps: Step, target: str = "Z") -> Plan:
    """A plan that is big enough to be shown with less, of which only some steps are of interest."""
    others = [step(f"other{n}", "In", makes=f"Other{n}") for n in range(MOST_BUILDERS)]
    return plan("big", *steps, *others, target=target)


def names(view: View) -> list[str]:
    return [each.name for each in view.plan.steps if not each.name.startswith("other")]


def test_a_small_plan_is_shown_in_full() -> None:
    view = view_for(CHECKOUT)
    assert view == part_of(CHECKOUT)
    assert list(modules(view)) == [""]


def test_builders_that_pass_one_thing_on_are_shown_as_one() -> None:
    view = view_for(
        big(step("a", "A", "B", makes="C"), step("b", "C", makes="D"), step("c", "D", makes="Z | Y | None"))
    )
    (chain,) = [each for each in view.plan.steps if each.name == "a ... c"]
    assert chain.inputs == (parameter("A"), parameter("B"))
    assert chain.produces == ("Z", "Y")
    assert chain.may_decline
    assert view.notes["a ... c"] == "3 builders"
    assert (view.states["a ... c"], view.is_big) == (State.PLANNED, True)
    assert names(view) == ["a ... c"]


@pytest.mark.parametrize(
    "steps",
    [
        (step("a", "A", makes="C"), step("b", "C", "B", makes="Z")),
        (step("a", "A", makes="C"), step("b", optional("C"), makes="Z")),
        (step("a", "A", makes="C"), step("b", feedback("C"), makes="Z")),
        (step("a", "A", makes="C"), step("b", parameter("C | B"), makes="Z")),
        (step("a", "A", makes="C | D"), step("b", "C", makes="Z")),
        (step("a", "A", makes="Z"), step("b", "Z", makes="C")),
        (step("a", "Z", makes="Z"),),
        (step("a", "A", makes="C"), step("b", "C", makes="Z"), step("c", "C", makes="D")),
        (of_module("m", step("a", "A", makes="C")), step("b", "C", makes="Z")),
    ],
)
def test_what_is_more_than_that_is_shown_one_by_one(steps: tuple[Step, ...]) -> None:
    assert names(view_for(big(*steps))) == [each.name for each in steps]


def test_a_chain_stands_where_its_first_builder_that_is_not_done_does() -> None:
    flow = big(step("a", "A", makes="C"), step("b", "C", makes="D"), step("c", "D", makes="Z"))

    def chain(status: Status, present: str, failed: str | None = None) -> tuple[State, str]:
        view = view_for(flow, run(status, present, "A", failed=failed))
        return view.states["a ... c"], view.notes["a ... c"]

    assert chain(Status.WAITING, "") == (State.WAITING, "3 builders, at a: needs A")
    assert chain(Status.FAILED, "A C", "b: KeyError") == (State.FAILED, "3 builders, at b: with KeyError")
    assert chain(Status.QUEUED, "A C") == (State.NEXT, "3 builders, at b")
    assert chain(Status.COMPLETED, "A C D Z") == (State.DONE, "3 builders")


def test_what_many_read_from_outside_is_named_in_their_boxes() -> None:
    view = view_for(many(42), run(Status.WAITING, "", "Start"))
    assert "Start" in view.outside
    assert (view.notes["b1"], view.notes["b0"]) == ("reads Start", "needs Start, reads Start")
    assert [given.keys for given in view.plan.steps[1].inputs] == [("K0",)]
    assert '"i:Start":' not in dot(many(42))


def test_a_part_of_a_big_plan_that_is_small_is_shown_in_full() -> None:
    view = view_for(big(step("a", "A", makes="C"), step("b", "C", makes="Z")), focus="Z")
    assert names(view) == ["a", "b"]


def test_the_builders_of_a_module_stand_in_one_frame() -> None:
    found = modules(view_for(many(42)))
    assert {name: len(numbers) for name, numbers in found.items()} == {
        "the workflow's own module": 21,
        "shop.billing": 21,
    }
    text = dot(many(42))
    assert [line.strip() for line in text.splitlines() if "subgraph" in line] == [
        "subgraph cluster_all {",
        'subgraph "cluster_m:the workflow\'s own module" {',
        'subgraph "cluster_m:shop.billing" {',
    ]


def test_one_module_needs_no_frame() -> None:
    one = replace(many(42), steps=tuple(replace(each, function=f":{each.name}") for each in many(42).steps))
    assert list(modules(view_for(one))) == [""]


def test_two_hundred_builders_are_drawn_in_three_seconds(tmp_path: Path) -> None:
    flow = many(200, links=4)
    begun = time.perf_counter()
    picture = render(flow, tmp_path / "many.svg")
    took = time.perf_counter() - begun
    nodes = re.findall(r"<title>b:[^&<]*</title>", picture.read_text(encoding="utf-8"))
    assert len(nodes) == 50
    assert took < 10, "three seconds on a machine that does nothing else"
