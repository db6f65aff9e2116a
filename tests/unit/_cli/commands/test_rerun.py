import json
import sqlite3
from contextlib import closing

import pytest

from tests.unit._cli.folder import ARRIVED, STORE, Polaris, Write, start

RERUN = ("rerun", "rides:cab_ride", "ride-1", *STORE)


@pytest.fixture
def ridden(polaris: Polaris) -> Polaris:
    """A store with one run, which is completed."""
    start(polaris, "ride-1", "--data", ARRIVED)
    return polaris


def test_a_builder_runs_again(ridden: Polaris) -> None:
    status, out, err = ridden(*RERUN, "--builder", "end_ride")
    assert (status, err) == (0, "")
    assert out.splitlines()[:2] == ["cab_ride ride-1: completed", "  produced     RideEnded"]


def test_without_a_builder_the_run_starts_from_the_beginning(ridden: Polaris) -> None:
    status, out, err = ridden(*RERUN)
    assert (status, err) == (0, "")
    assert out.splitlines()[1] == "  produced     CabbieMatched, RideEnded"


def test_as_json_it_is_one_object_without_values(ridden: Polaris) -> None:
    status, out, err = ridden(*RERUN, "--json")
    assert (status, err) == (0, "")
    answer = json.loads(out)
    assert answer["produced"] == ["CabbieMatched", "RideEnded"]
    assert "data" not in answer
    assert "u1" not in out


@pytest.mark.parametrize(
    ("name", "advice"), [("end_rid", "Did you mean 'end_ride'?"), ("fly", "It has end_ride, match_cabbie.")]
)
def test_a_builder_that_is_not_there_is_wrong_use(name: str, advice: str, ridden: Polaris) -> None:
    status, out, err = ridden(*RERUN, "--builder", name)
    assert (status, out) == (2, "")
    assert err == f"Error: Workflow 'cab_ride' has no builder {name!r}. {advice}\n"


FAILING = """
import pathlib
from typing import NewType

from polaris import Workflow, builder

Ticket = NewType("Ticket", str)
Ferry = NewType("Ferry", str)


@builder
def board(ticket: Ticket) -> Ferry:
    if pathlib.Path("storm").exists():
        raise ValueError("no ferry today")
    return Ferry(ticket)


ferry = Workflow("ferry", target=Ferry)
"""


def test_a_builder_that_fails_shows_what_there_is_and_then_the_error(polaris: Polaris, write: Write) -> None:
    write("ferries.py", FAILING)
    assert polaris("run", "ferries:ferry", *STORE, "--run-id", "f-1", "--data", 'Ticket="t"')[0] == 0
    write("storm", "")
    status, out, err = polaris("rerun", "ferries:ferry", "f-1", *STORE)
    assert status == 1
    assert out.startswith("ferry f-1: failed\n")
    assert err.startswith("Error: Builder 'board' failed: ValueError")


def test_what_cannot_be_read_is_told_alone(polaris: Polaris, write: Write) -> None:
    write("ferries.py", FAILING)
    assert polaris("run", "ferries:ferry", *STORE, "--run-id", "f-1", "--data", 'Ticket="t"')[0] == 0
    garble("rides.db")
    status, out, err = polaris("rerun", "ferries:ferry", "f-1", *STORE)
    assert (status, out) == (1, "")
    assert err.startswith("Error: The stored text of Ferry cannot be read: ")


def garble(file: str) -> None:
    """Make the values in a store something that nobody has written."""
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE part SET content = '7' WHERE kind = 1")
        connection.commit()


def test_services_are_handed_to_builders(polaris: Polaris) -> None:
    services = ("--resources", "fleet:RESOURCES")
    request = 'RideRequest={"user_id": "u1", "seats": 2}'
    assert polaris("run", "fleet:match", *STORE, "--run-id", "m-1", *services, "--data", request)[0] == 0
    assert polaris("rerun", "fleet:match", "m-1", *STORE, *services)[0] == 0
    status, _, err = polaris("rerun", "fleet:match", "m-1", *STORE)
    assert status == 2
    assert "needs the resource Fleet" in err


def test_the_run_must_be_there_and_one_of_the_workflow(ridden: Polaris) -> None:
    assert ridden("rerun", "rides:cab_ride", "ride-2", *STORE)[0] == 1
    status, _, err = ridden("rerun", "fleet:match", "ride-1", *STORE, "--resources", "fleet:RESOURCES")
    assert (status, err) == (2, "Error: The run is one of 'cab_ride', not of 'match'. Name its own workflow.\n")
