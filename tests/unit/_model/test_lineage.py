"""How it is told where a value comes from."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from polaris._model.keys import Key
from polaris._model.lineage import MOST_LINES, Lineage, Origin
from tests.unit._model.nouns import assert_noun

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def origin(
    key: str,
    builder: str | None = None,
    *sources: str,
    earlier: str = "",
    at: datetime | None = None,
    seconds: float | None = None,
) -> Origin:
    return Origin(
        key=Key(key),
        builder=builder,
        round=2,
        sources=tuple(map(Key, sources)),
        earlier=tuple(map(Key, earlier.split())),
        at=at,
        seconds=seconds,
    )


def lineage(*parts: Origin) -> Lineage:
    return Lineage(workflow="flow", run_id="run-1", key=parts[0].key, parts=parts)


A = origin("A")
B = origin("B", "b", "A", at=MOMENT, seconds=0.12345)
C = origin("C", "c", "A", "B", earlier="D")


@pytest.mark.parametrize("noun", [B, lineage(A)])
def test_a_lineage_and_its_parts_are_nouns(noun: object) -> None:
    assert_noun(noun)


def test_it_is_told_from_the_value_down_and_each_part_once() -> None:
    assert str(lineage(C, A, B)).splitlines() == [
        "flow run-1: where C comes from",
        "  C: made by `c` in round 2, from A, B and an earlier D",
        "    A: delivered in round 2",
        "    B: made by `b` in round 2, at 2026-01-02 03:04:05 UTC, in 0.123 s, from A (above)",
    ]


def test_a_builder_that_reads_nothing_made_it_from_nothing() -> None:
    assert str(lineage(origin("A", "a"))).endswith("A: made by `a` in round 2")


def test_a_long_story_ends_with_a_count() -> None:
    parts = [origin(f"K{n}", "b", f"K{n + 1}") for n in range(150)]
    lines = str(lineage(*parts, origin("K150"))).splitlines()
    assert len(lines) == MOST_LINES + 1
    assert lines[-1] == "  ... and 52 more"
    assert lines[50].startswith(" " * 24 + "K")


def test_terminals_get_it_in_colours() -> None:
    text = lineage(C, A, B).__rich__()
    assert text.plain == str(lineage(C, A, B))
    assert {"bold", "cyan", "dim"} <= {str(span.style) for span in text.spans}


def test_programs_get_it_in_lists_and_texts() -> None:
    found = lineage(B, A).as_json()
    assert json.loads(json.dumps(found)) == {
        "workflow": "flow",
        "run_id": "run-1",
        "key": "B",
        "parts": [
            {
                "key": "B",
                "builder": "b",
                "round": 2,
                "sources": ["A"],
                "at": "2026-01-02T03:04:05+00:00",
                "seconds": 0.12345,
            },
            {"key": "A", "round": 2},
        ],
    }
