import json
from pathlib import Path

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
