import json
from dataclasses import dataclass
from datetime import UTC, datetime

import polaris
from polaris import Status, Workflow, builder, compile_plan
from polaris._cli.as_json import (
    call_json,
    faults_json,
    findings_json,
    history_json,
    outcome_json,
    plan_json,
    purged_json,
    runs_json,
    stored_json,
)
from polaris._model.diagnostic import Diagnostic, Place, Severity
from polaris._model.events import Event, EventKind
from polaris._model.keys import Key
from polaris._model.records import Cell, Delivery, Header, Stored
from tests.unit._cli.found import AT_A_PLACE, IN_A_FILE, NOWHERE


class Socket:
    """A type that JSON cannot hold."""


@dataclass(frozen=True)
class Host:
    name: str


@dataclass(frozen=True)
class Greeting:
    text: str


@builder
def connect(host: Host) -> Socket:
    return Socket()


@builder
def greet(host: Host, socket: Socket) -> Greeting:
    return Greeting(f"Hello {host.name}")


hello = Workflow("hello", target=Greeting)

DIAGNOSTIC = Diagnostic(
    code="POL301",
    severity=Severity.WARNING,
    message="It is unused.",
    hint="Drop it.",
    place=Place(file="rides.py", line=3),
)

DIAGNOSTIC_FIELDS: dict[str, object] = {
    "code": "POL301",
    "severity": "warning",
    "message": "It is unused.",
    "hint": "Drop it.",
    "place": {"file": "rides.py", "line": 3, "column": 1, "end_column": 1, "source": ""},
    "related": [],
}

STORED = Stored(
    run_id="ride-1",
    uid="u",
    revision=4,
    header=Header(
        workflow="cab_ride",
        fingerprint="f" * 64,
        status=Status.FAILED,
        round=2,
        began_at=1,
        clean_at=0,
        is_open=False,
        waiting_for=(Key("CabbieArrived"),),
        error="Builder 'end_ride' failed.",
    ),
    cells=(
        Cell(key=Key("RideRequest"), present=True, text='{"user_id": "u1"}', changed=1, different=1, by=None),
        Cell(key=Key("Code"), present=True, text=None, changed=1, different=1, by=None),
    ),
    marks=(),
    inbox=(Delivery(seq=1, delivery_id="", values=()),),
    takeovers=0,
    created=datetime(2024, 5, 1, 12, tzinfo=UTC),
    updated=datetime(2024, 5, 1, 13, tzinfo=UTC),
)

ENDED = Event(
    kind=EventKind.CALL_FINISHED,
    workflow="cab_ride",
    run_id="ride-1",
    round=2,
    status=Status.FAILED,
    error="ValueError",
    seconds=0.5,
    at=datetime(2024, 5, 1, 12, tzinfo=UTC),
)


def test_an_answer_is_one_line() -> None:
    assert "\n" not in faults_json("cab_ride", [DIAGNOSTIC])


def test_faults_keep_all_that_is_known_about_them() -> None:
    assert json.loads(faults_json("cab_ride", [DIAGNOSTIC])) == {
        "workflow": "cab_ride",
        "diagnostics": [DIAGNOSTIC_FIELDS],
    }


def test_a_plan_is_told_with_its_keys_its_steps_by_level_and_the_warnings() -> None:
    plan = compile_plan(hello)
    assert json.loads(plan_json(plan, [DIAGNOSTIC])) == {
        "workflow": "hello",
        "fingerprint": plan.fingerprint,
        "target": ["Greeting"],
        "keys": [
            {"name": "Greeting", "kind": "made", "transient": False},
            {"name": "Host", "kind": "input", "transient": False},
            {"name": "Socket", "kind": "made", "transient": False},
        ],
        "levels": [["connect"], ["greet"]],
        "diagnostics": [DIAGNOSTIC_FIELDS],
    }


def test_an_outcome_is_told_with_the_values_that_json_can_hold() -> None:
    assert json.loads(outcome_json(polaris.run(hello, Host("Ada")), None)) == {
        "workflow": "hello",
        "run_id": None,
        "status": "completed",
        "produced": ["Greeting", "Socket"],
        "waiting_for": [],
        "keys": ["Greeting", "Host", "Socket"],
        "data": {"Host": {"name": "Ada"}, "Greeting": {"text": "Hello Ada"}},
        "error": None,
    }


def test_an_outcome_tells_what_it_waits_for_and_what_failed() -> None:
    answer = json.loads(outcome_json(polaris.run(hello), "It failed."))
    assert (answer["waiting_for"], answer["error"]) == (["Host"], "It failed.")


def test_an_outcome_may_be_told_without_values() -> None:
    answer = json.loads(outcome_json(polaris.run(hello, Host("Ada")), None, values=False))
    assert answer["keys"] == ["Greeting", "Host", "Socket"]
    assert "data" not in answer


def test_a_page_of_runs_says_where_the_next_one_begins() -> None:
    run = json.loads(stored_json(STORED))
    assert json.loads(runs_json([STORED], "ride-1")) == {"runs": [run], "next": "ride-1"}
    assert json.loads(runs_json([], None)) == {"runs": [], "next": None}


def test_a_history_is_told_with_all_that_is_known_of_each_event() -> None:
    assert json.loads(history_json("ride-1", [ENDED])) == {
        "run_id": "ride-1",
        "events": [
            {
                "kind": "call_finished",
                "workflow": "cab_ride",
                "run_id": "ride-1",
                "round": 2,
                "builder": None,
                "keys": [],
                "status": "failed",
                "error": "ValueError",
                "seconds": 0.5,
                "at": "2024-05-01T12:00:00Z",
            }
        ],
    }


def test_a_call_that_ended_says_how() -> None:
    assert json.loads(call_json(ENDED)) == {
        "workflow": "cab_ride",
        "run_id": "ride-1",
        "status": "failed",
        "error": "ValueError",
    }


def test_runs_that_were_deleted_are_counted() -> None:
    assert json.loads(purged_json(3)) == {"deleted": 3}


def test_a_stored_run_is_told_without_values() -> None:
    assert json.loads(stored_json(STORED)) == {
        "workflow": "cab_ride",
        "run_id": "ride-1",
        "status": "failed",
        "waiting_for": ["CabbieArrived"],
        "keys": ["RideRequest"],
        "queued": 1,
        "error": "Builder 'end_ride' failed.",
        "fingerprint": "f" * 64,
        "revision": 4,
        "created": "2024-05-01T12:00:00Z",
        "updated": "2024-05-01T13:00:00Z",
    }


def test_what_a_check_found_is_an_array_of_flat_objects() -> None:
    first, second, third = json.loads(findings_json([AT_A_PLACE, IN_A_FILE, NOWHERE]))
    assert first == {
        "code": "POL202",
        "severity": "error",
        "message": "CabbieMatched is made by 100% of `a`, `b`: both",
        "hint": "Choose one.",
        "workflows": ["cab_ride", "match"],
        "file": "my rides/match,er:1.py",
        "line": 3,
        "column": 5,
        "end_column": 8,
        "related": [
            {"message": "`b` makes it too", "file": "/far/fleet.py", "line": 7, "column": 2, "end_column": 4},
        ],
    }
    assert list(second) == list(third) == list(first)
    assert [second[name] for name in ("file", "line", "column", "end_column")] == ["rides.py", None, None, None]
    assert [third[name] for name in ("file", "line", "column", "end_column")] == [None] * 4
    assert findings_json([]) == "[]"
