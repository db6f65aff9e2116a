"""How a proof is told. What it says of real runs is in the recorded answers of `_insight`."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.why import MOST_LINES, Part, Reason, Why
from tests.unit._model.nouns import assert_noun


def part(data: str, reason: Reason, builder: str | None = None, *needs: str, **more: object) -> Part:
    """Make a part; alternatives are written ``"A|B"``."""
    alternatives = tuple(tuple(map(Key, one.split("|"))) for one in needs)
    return Part(data=tuple(map(Key, data.split())), reason=reason, builder=builder, needs=alternatives, **more)  # type: ignore[arg-type]


def why(*parts: Part, status: Status = Status.WAITING, **more: object) -> Why:
    fields = {
        "workflow": "flow",
        "run_id": "run-1",
        "status": status,
        "target": ("End",),
        "target_all": True,
        "missing": parts[0].data[:1] if parts else (),
        "waiting_for": (),
        "error": None,
        "parts": parts,
    }
    return Why(**{**fields, **more})  # type: ignore[arg-type]


NEVER = part("A", Reason.NEVER, open=True)
END = part("End", Reason.WAITS, "end", "A")


@pytest.mark.parametrize("noun", [NEVER, why(END, NEVER)])
def test_a_proof_and_its_parts_are_nouns(noun: object) -> None:
    assert_noun(noun)


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (why(status=Status.RUNNING), "running, a call is going on or was interrupted"),
        (why(), "waiting"),
        (why(waiting_for=("A", "B")), "waiting for A and B"),
        (why(status=Status.BLOCKED), "blocked, no data that are absent now would get it further"),
        (why(END, part("A", Reason.DONE, "a"), status=Status.BLOCKED),
         "blocked for want of A: `a` runs once, and is done; only a rerun asks it again"),
        (why(status=Status.QUEUED), "queued, what was delivered has not been taken yet"),
        (why(status=Status.COMPLETED), "completed, End is there"),
        (why(status=Status.COMPLETED, target=("A", "B")), "completed, A and B are there"),
        (why(status=Status.FAILED), "failed"),
        (why(status=Status.FAILED, error="pay: KeyError"), "failed in `pay` with KeyError"),
        (why(status=Status.CANCELLED), "cancelled, it takes nothing more"),
    ],
)  # fmt: skip
def test_the_first_line_says_where_the_run_stands(found: Why, expected: str) -> None:
    assert str(found).splitlines()[0] == f"flow run-1: {expected}"


def test_a_run_without_an_id_is_called_by_its_workflow() -> None:
    assert str(why(run_id=None)) == "flow: waiting"


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (NEVER, "A: never delivered"),
        (part("A", Reason.QUEUED), "A: delivered, but not taken out of the inbox yet"),
        (part("A", Reason.TAKEN, by="b", round=3), "A: taken by `b` in round 3"),
        (part("A", Reason.TAKEN, "a", by="b", round=3, again=("C", "D")),
         "A: taken by `b` in round 3; a change of C or D has it run again"),
        (part("A", Reason.LOST), "A: it is transient and was there in an earlier call only"),
        (part("A B", Reason.LOST, "a"), "A, B: they are transient and were there in an earlier call only"),
        (part("A", Reason.WITHDRAWN, "a", round=3), "A: withdrawn in round 3"),
        (part("A", Reason.FAILED, "a"), "A: `a` failed"),
        (part("A", Reason.FAILED, "a", error="KeyError"), "A: `a` failed with KeyError"),
        (part("A", Reason.READY, "a"), "A: `a` has all it needs to run"),
        (part("A", Reason.DECLINED, "a", round=3), "A: `a` declined in round 3"),
        (part("A", Reason.OTHER, "a", round=3, instead=("B",)), "A: `a` made B instead, in round 3"),
        (part("A", Reason.REPLACED, "a", instead=("B",)), "A: B was delivered in its place"),
        (part("A", Reason.DONE, "a"), "A: `a` runs once, and is done; only a rerun asks it again"),
        (part("A", Reason.IDLE, "a", again=("C",)), "A: `a` was never asked to run; a change of C has it run again"),
    ],
)  # fmt: skip
def test_every_reason_has_its_sentence(one: Part, expected: str) -> None:
    assert str(why(one)).splitlines()[1] == f"  {expected}"


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (END, "End: `end` waits for A"),
        (part("End", Reason.WAITS, "end", "A", "B", "C"), "End: `end` waits for A, B and C"),
        (part("End", Reason.WAITS, "end", "A|B"), "End: `end` waits for A or B"),
        (part("End", Reason.WAITS, "end", "A|B", "C"), "End: `end` waits for A or B, and for C"),
        (part("End", Reason.WAITS, "end", "A", round=3),
         "End: `end` waits for A; what it had made was withdrawn in round 3"),
        (part("End", Reason.DECLINED, "end", "A", round=3),
         "End: `end` declined in round 3; to run again it waits for A"),
        (part("End", Reason.OTHER, "end", "A", round=3, instead=("Z",), open=True),
         "End: `end` made Z instead, in round 3; to run again it waits for A"),
        (part("End", Reason.OTHER, "end", "A", round=3, instead=("Z",)), "End: `end` made Z instead, in round 3"),
    ],
)  # fmt: skip
def test_what_waits_says_for_what(one: Part, expected: str) -> None:
    leaves = [part(key, Reason.NEVER) for key in "ABC"]
    assert str(why(one, *leaves)).splitlines()[1] == f"  {expected}"


def test_what_is_shared_is_told_once_and_referred_to() -> None:
    found = why(
        part("End", Reason.WAITS, "end", "X", "Y"),
        part("X", Reason.WAITS, "x", "A"),
        NEVER,
        part("Y", Reason.WAITS, "y", "A", "X"),
    )
    assert str(found).splitlines()[1:] == [
        "  End: `end` waits for X and Y",
        "    X: `x` waits for A",
        "      A: never delivered",
        "    Y: `y` waits for A (above) and X (above)",
    ]


def test_of_a_target_any_of_which_will_do_that_is_said() -> None:
    found = why(NEVER, part("B", Reason.NEVER), target=("A", "B"), missing=("A", "B"))
    assert len(str(found).splitlines()) == 3
    assert str(replace(found, target_all=False)).splitlines()[1] == "  one of these would complete it: A, B"


def test_a_long_proof_is_cut_and_a_deep_one_is_indented_so_far_only() -> None:
    chain = [part(f"K{n}", Reason.WAITS, f"b{n}", f"K{n + 1}") for n in range(200)]
    lines = str(why(*chain, part("K200", Reason.NEVER))).splitlines()
    assert len(lines) == MOST_LINES + 1
    assert lines[-1] == "  ... and 102 more"
    assert max(len(line) - len(line.lstrip()) for line in lines) == 24


def test_as_json_it_holds_what_there_is_to_say() -> None:
    found = json.loads(json.dumps(why(END, NEVER, waiting_for=("A",)).as_json()))
    assert found["status"] == "waiting"
    assert found["waiting_for"] == ["A"]
    assert found["parts"] == [
        {"data": ["End"], "reason": "waits", "builder": "end", "needs": [["A"]], "open": False},
        {"data": ["A"], "reason": "never", "open": True},
    ]


def test_for_terminals_it_has_colours() -> None:
    text = why(END, NEVER).__rich__()
    assert text.plain == str(why(END, NEVER))
    assert {str(span.style) for span in text.spans} == {"bold", "cyan", "bold yellow"}
