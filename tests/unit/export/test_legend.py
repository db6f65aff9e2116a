"""The legend explains what the picture uses, and nothing else."""

from __future__ import annotations

import re

from polaris._model.outcome import Status
from polaris.export.detail import view_for
from polaris.export.legend import legend_label
from polaris.export.style import LIGHT, STROKES, Reading
from polaris.export.view import view_of
from tests.unit.export.plans import CAB_RIDE, CHECKOUT, HELLO, NEGOTIATION, ORDER_WAITS, run


def words(label: str) -> list[str]:
    return re.findall(r'POINT-SIZE="9">([^<]+)<', label)


def test_a_small_plan_needs_few_words() -> None:
    assert words(legend_label(view_of(HELLO), LIGHT, columns=None)) == ["from outside", "target", "needs"]


def test_every_kind_of_edge_that_is_used_is_explained() -> None:
    label = legend_label(view_of(NEGOTIATION), LIGHT, columns=None)
    assert words(label) == [
        "from outside",
        "target",
        "never stored",
        "needs",
        "optional",
        "reads, never triggers",
        "takes away",
        "feedback (next pass)",
    ]


def test_of_a_part_it_is_explained_what_comes_from_the_rest() -> None:
    view = view_for(CHECKOUT, focus="reserve_stock", depth=0)
    assert words(legend_label(view, LIGHT, columns=None)) == ["from outside", "made by what is not shown", "needs"]


def test_in_a_run_the_colours_of_data_are_explained() -> None:
    label = legend_label(view_of(CHECKOUT, ORDER_WAITS), LIGHT, columns=None)
    assert words(label)[:5] == ["present", "waited for", "not there", "target", "never stored"]


def test_in_a_run_the_kinds_of_edges_have_no_colours_of_their_own() -> None:
    purple = LIGHT.readings[Reading.FEEDBACK]
    assert purple in legend_label(view_of(CHECKOUT), LIGHT, columns=4)
    assert purple not in legend_label(view_of(CHECKOUT, ORDER_WAITS), LIGHT, columns=4)


def test_the_sample_of_the_target_looks_as_the_target_does_in_the_picture() -> None:
    there = view_of(HELLO, run(Status.COMPLETED, "Name Greeting"))
    assert words(legend_label(there, LIGHT, columns=None)) == ["present", "target", "needs"]
    assert "#a16207" not in legend_label(there, LIGHT, columns=None)


def test_the_entries_stand_in_rows_of_so_many_columns() -> None:
    def rows(columns: int | None) -> int:
        label = legend_label(view_of(CAB_RIDE), LIGHT, columns=columns)
        return label.count("<TR><TD><TABLE")

    assert (rows(None), rows(4), rows(2)) == (1, 2, 3)


def test_the_dots_of_two_heads_are_drawn() -> None:
    label = legend_label(view_of(NEGOTIATION), LIGHT, columns=None)
    dotted = [stroke for stroke in STROKES.values() if stroke.head in {"odot", "dotnormal"}]
    assert label.count("ROWSPAN") == len(dotted) == 2
