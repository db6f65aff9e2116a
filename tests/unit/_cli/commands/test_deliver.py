import json
from pathlib import Path

import pytest

from tests.unit._cli.folder import ARRIVED, REQUEST, STORE, Polaris, Write, start

RIDE = "rides:cab_ride"

FERRY = """
from typing import NewType

from polaris import Workflow, builder

Ticket = NewType("Ticket", str)
Code = NewType("Code", str)
Ferry = NewType("Ferry", str)


@builder
async def board(ticket: Ticket, code: Code) -> Ferry:
    return Ferry(ticket)


ferry = Workflow("ferry", target=Ferry, transients=[Code])
"""


def test_it_puts_data_into_the_inbox_and_runs_nothing(polaris: Polaris) -> None:
    start(polaris)
    status, out, err = polaris("deliver", RIDE, "ride-1", *STORE, "--data", ARRIVED)
    assert (status, err) == (0, "")
    assert out.startswith("cab_ride ride-1: waiting\n  present      CabbieMatched, RideRequest\n")
    assert "  queued       1 in the inbox\n" in out
    assert polaris("run", RIDE, *STORE, "--run-id", "ride-1")[1].startswith("cab_ride ride-1: completed\n")


def test_data_may_come_from_a_file_and_as_json_the_answer_is_one_object(polaris: Polaris, folder: Path) -> None:
    start(polaris)
    (folder / "data.json").write_text('{"CabbieArrived": {"minute": 7654321}}')
    status, out, err = polaris("deliver", RIDE, "ride-1", *STORE, "--data-file", "data.json", "--json")
    assert (status, json.loads(out)["queued"], err) == (0, 1, "")
    assert "7654321" not in out


def test_a_delivery_id_counts_once(polaris: Polaris) -> None:
    start(polaris)
    once = ("deliver", RIDE, "ride-1", *STORE, "--data", ARRIVED, "--delivery-id", "evt-1", "--json")
    assert [json.loads(polaris(*once)[1])["queued"] for _ in range(2)] == [1, 1]


def test_no_service_is_needed(polaris: Polaris) -> None:
    run = ("run", "fleet:match", *STORE, "--run-id", "m-1", "--new", "--resources", "fleet:RESOURCES")
    assert polaris(*run)[0] == 0
    assert polaris("deliver", "fleet:match", "m-1", *STORE, "--data", REQUEST)[0] == 0


def test_builders_may_be_coroutine_functions(polaris: Polaris, write: Write) -> None:
    write("ferries.py", FERRY)
    assert polaris("run", "ferries:ferry", *STORE, "--run-id", "f-1", "--new")[0] == 0
    assert polaris("deliver", "ferries:ferry", "f-1", *STORE, "--data", 'Ticket="t"')[0] == 0


def test_what_no_inbox_holds_is_wrong_use(polaris: Polaris, write: Write) -> None:
    write("ferries.py", FERRY)
    polaris("run", "ferries:ferry", *STORE, "--run-id", "f-1", "--new")
    status, out, err = polaris("deliver", "ferries:ferry", "f-1", *STORE, "--data", 'Code="c"')
    assert (status, out) == (2, "")
    assert err == "Error: Code is transient: it is never stored. Deliver it with `polaris run`.\n"


def test_something_must_be_delivered(polaris: Polaris) -> None:
    start(polaris)
    status, _, err = polaris("deliver", RIDE, "ride-1", *STORE)
    assert status == 2
    assert "Nothing is delivered. Add --data or --data-file" in err


def test_the_run_must_be_there(polaris: Polaris) -> None:
    start(polaris)
    status, out, err = polaris("deliver", RIDE, "ride-2", *STORE, "--data", ARRIVED)
    assert (status, out) == (1, "")
    assert err.startswith("Error: There is no run 'ride-2' in this store.")


def test_the_run_must_be_one_of_the_workflow(polaris: Polaris) -> None:
    start(polaris)
    status, out, err = polaris("deliver", "fleet:match", "ride-1", *STORE, "--data", REQUEST)
    assert (status, out) == (2, "")
    assert err == "Error: The run is one of 'cab_ride', not of 'match'. Name its own workflow.\n"


@pytest.mark.parametrize("data", ["Weather=1", "CabbieArrived=soon"])
def test_data_that_cannot_be_used_are_wrong_use(data: str, polaris: Polaris) -> None:
    start(polaris)
    assert polaris("deliver", RIDE, "ride-1", *STORE, "--data", data)[:2] == (2, "")


def test_a_mistyped_path_makes_no_store(polaris: Polaris, folder: Path) -> None:
    status, _, err = polaris("deliver", RIDE, "ride-1", "--store", "sqlite:///ridse.db", "--data", ARRIVED)
    assert status == 2
    assert "no such file" in err
    assert not (folder / "ridse.db").exists()
