import json
from pathlib import Path

import pytest

import polaris as front_door
from tests.unit._cli.folder import Polaris, Write

FAULTY = """
from polaris import Workflow, builder

class Request: ...

@builder
def handle(request: Request):
    return None

flow = Workflow("flow", target=bytes)
"""

DOUBTFUL = """
from dataclasses import dataclass
from polaris import Workflow, builder

@dataclass(frozen=True)
class Name:
    text: str

@dataclass(frozen=True)
class Greeting:
    text: str

@dataclass(frozen=True)
class Farewell:
    text: str

@builder
def greet(name: Name) -> Greeting:
    return Greeting(name.text)

@builder
def wave(name: Name) -> Farewell:
    return Farewell(name.text)

flow = Workflow("flow", target=Greeting)
"""


def test_a_workflow_without_faults_shows_its_plan(polaris: Polaris) -> None:
    status, out, err = polaris("compile", "rides:cab_ride")
    assert (status, err) == (0, "")
    assert out.startswith("cab_ride: 2 steps, 5 keys, 2 levels\n")


def test_the_plan_is_written_where_it_is_asked_for(polaris: Polaris, folder: Path) -> None:
    assert polaris("compile", "rides:cab_ride", "-o", "plan.lock")[0] == 0
    assert front_door.Plan.load(folder / "plan.lock").workflow == "cab_ride"


def test_a_plan_that_cannot_be_written_is_a_wrong_use(polaris: Polaris) -> None:
    status, out, err = polaris("compile", "rides:cab_ride", "-o", "no/where/plan.lock")
    assert (status, out) == (2, "")
    assert "no/where/plan.lock cannot be written: No such file or directory." in err


def test_as_json_it_is_one_object(polaris: Polaris) -> None:
    status, out, err = polaris("compile", "rides:cab_ride", "--json")
    assert (status, err) == (0, "")
    assert json.loads(out)["levels"] == [["match_cabbie"], ["end_ride"]]


def test_all_faults_are_shown(polaris: Polaris, write: Write) -> None:
    write("faulty.py", FAULTY)
    status, out, err = polaris("compile", "faulty:flow")
    assert (status, out) == (1, "")
    assert err.startswith("Error: workflow 'flow' has 2 faults\n")


def test_faults_as_json_are_one_object_beside_the_sentences(polaris: Polaris, write: Write) -> None:
    write("faulty.py", FAULTY)
    status, out, err = polaris("compile", "faulty:flow", "--json")
    assert status == 1
    assert [fault["severity"] for fault in json.loads(out)["diagnostics"]] == ["error", "error"]
    assert err.startswith("Error: ")


def test_warnings_go_beside_the_plan_each_time(polaris: Polaris, write: Write) -> None:
    write("doubtful.py", DOUBTFUL)
    for _ in range(2):
        status, out, err = polaris("compile", "doubtful:flow")
        assert (status, out.startswith("flow: 1 step,")) == (0, True)
        assert "warning POL3" in err
        assert "wave" in err


# --- compared with a saved plan --------------------------------------------------------------------------------------


def test_a_plan_that_is_as_saved_is_well(polaris: Polaris) -> None:
    polaris("compile", "rides:cab_ride", "-o", "plan.lock")
    assert polaris("compile", "rides:cab_ride", "--check", "plan.lock") == (0, "cab_ride: as in plan.lock\n", "")


def test_a_plan_that_is_not_as_saved_shows_the_lines_and_what_to_do(polaris: Polaris, folder: Path) -> None:
    polaris("compile", "rides:cab_ride", "-o", "plan.lock")
    saved = (folder / "plan.lock").read_text(encoding="utf-8")
    (folder / "plan.lock").write_text(saved.replace('"max_passes": 100', '"max_passes": 99'), encoding="utf-8")
    status, out, err = polaris("compile", "rides:cab_ride", "--check", "plan.lock")
    assert status == 1
    assert [line for line in out.splitlines() if line[1:].startswith('  "max')] == [
        '-  "max_passes": 99,',
        '+  "max_passes": 100,',
    ]
    assert err == (
        "Error: rides:cab_ride is not what plan.lock says. If it should be as it is now, save it and review it: "
        "polaris compile rides:cab_ride -o plan.lock\n"
    )


def test_a_saved_plan_of_an_old_format_is_refused_with_what_to_do(polaris: Polaris, folder: Path) -> None:
    (folder / "plan.lock").write_text('{"format": 0, "steps": []}', encoding="utf-8")
    status, out, err = polaris("compile", "rides:cab_ride", "--check", "plan.lock")
    assert (status, out) == (1, "")
    assert "plan.lock is not a plan of this version: it has format 0" in err
    assert "Compile and save the plan again." in err


def test_a_saved_plan_that_is_not_there_is_a_wrong_use(polaris: Polaris) -> None:
    status, out, err = polaris("compile", "rides:cab_ride", "--check", "plan.lock")
    assert (status, out) == (2, "")
    assert "'plan.lock' does not exist" in err


@pytest.mark.parametrize("other", [("-o", "new.lock"), ("--json",)])
def test_to_compare_is_all_that_is_done_then(other: tuple[str, ...], polaris: Polaris, folder: Path) -> None:
    polaris("compile", "rides:cab_ride", "-o", "plan.lock")
    status, out, err = polaris("compile", "rides:cab_ride", "--check", "plan.lock", *other)
    assert (status, out) == (2, "")
    assert "Leave --output and --json out." in err
    assert not (folder / "new.lock").exists()
