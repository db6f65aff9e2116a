import json
import re
from pathlib import Path

import pytest

from polaris._cli import progress
from tests.unit._cli.folder import ARRIVED, REQUEST, Polaris, Write

RIDE = "rides:cab_ride"
STORED = ("--store", "sqlite:///rides.db", "--run-id", "ride-1")
BAD_REQUEST = 'RideRequest={"user_id": "u1", "seats": -1}'

RESTLESS = """
from dataclasses import dataclass
from polaris import Workflow, builder

@dataclass
class Count:
    n: int

    def __post_init__(self) -> None:
        self.n += 1

@dataclass(frozen=True)
class Total:
    n: int

@builder
def total(count: Count) -> Total:
    return Total(count.n)

flow = Workflow("flow", target=Total)
"""


def test_in_memory_it_goes_as_far_as_the_data_reach(polaris: Polaris) -> None:
    status, out, err = polaris("run", RIDE, "--data", REQUEST)
    assert (status, err) == (0, "")
    assert out.startswith("cab_ride: waiting\n")
    status, out, err = polaris("run", RIDE, "--data", REQUEST, "--data", ARRIVED)
    assert (status, err) == (0, "")
    assert out.startswith("cab_ride: completed\n")


def test_data_may_come_from_a_file(polaris: Polaris, folder: Path) -> None:
    (folder / "data.json").write_text('{"RideRequest": {"user_id": "u1", "seats": 2}}')
    status, out, _ = polaris("run", RIDE, "--data-file", "data.json", "--data", ARRIVED)
    assert (status, out.splitlines()[0]) == (0, "cab_ride: completed")


def test_a_stored_run_goes_on_where_it_stopped(polaris: Polaris) -> None:
    assert polaris("run", RIDE, *STORED, "--data", REQUEST)[1].startswith("cab_ride ride-1: waiting\n")
    assert polaris("run", RIDE, *STORED, "--data", ARRIVED)[1].startswith("cab_ride ride-1: completed\n")


def test_as_json_it_tells_the_values(polaris: Polaris) -> None:
    status, out, err = polaris("run", RIDE, "--data", REQUEST, "--data", ARRIVED, "--json")
    assert (status, err) == (0, "")
    assert json.loads(out)["data"]["RideEnded"] == {"cabbie": "Ravi", "minute": 7}


def test_no_value_is_told_unless_asked_for(polaris: Polaris) -> None:
    _, out, err = polaris("run", RIDE, "--data", REQUEST)
    assert "u1" not in out + err


def test_a_failed_builder_shows_what_there_is_and_then_the_error(polaris: Polaris) -> None:
    status, out, err = polaris("run", RIDE, *STORED, "--data", BAD_REQUEST)
    assert status == 1
    assert out.startswith("cab_ride ride-1: failed\n")
    assert err.startswith("Error: Builder 'match_cabbie' failed: ValueError.")


def test_a_failed_builder_as_json_is_in_the_object_too(polaris: Polaris) -> None:
    status, out, err = polaris("run", RIDE, "--data", BAD_REQUEST, "--json")
    answer = json.loads(out)
    assert (status, answer["status"]) == (1, "failed")
    assert answer["error"].startswith("Builder 'match_cabbie' failed: ValueError")
    assert err.startswith("Error: Builder 'match_cabbie' failed: ValueError")


def test_a_delivered_value_that_a_store_would_change_is_refused(polaris: Polaris, write: Write) -> None:
    write("restless.py", RESTLESS)
    status, out, err = polaris("run", "restless:flow", *STORED, "--data", 'Count={"n": 1}')
    assert (status, out) == (1, "")
    assert err.startswith("Error: Count")


@pytest.mark.parametrize("option", [STORED[:2], STORED[2:]])
def test_a_store_and_a_run_id_belong_together(option: tuple[str, str], polaris: Polaris) -> None:
    status, _, err = polaris("run", RIDE, *option, "--data", REQUEST)
    assert status == 2
    assert err.endswith("Error: --store and --run-id belong together. Give both, or neither.\n")


@pytest.mark.parametrize("option", [("--new",), ("--delivery-id", "evt-1")])
def test_what_is_about_stored_runs_needs_one(option: tuple[str, ...], polaris: Polaris) -> None:
    status, _, err = polaris("run", RIDE, *option, "--data", REQUEST)
    assert status == 2
    assert err.endswith("Error: --new and --delivery-id are about stored runs. Add --store and --run-id.\n")


def test_a_new_run_may_be_made_without_data_but_only_once(polaris: Polaris) -> None:
    assert polaris("run", RIDE, *STORED)[0] == 1
    assert polaris("run", RIDE, *STORED, "--new")[1].startswith("cab_ride ride-1: waiting\n")
    status, _, err = polaris("run", RIDE, *STORED, "--new")
    assert (status, err) == (
        1,
        "Error: Run 'ride-1' is there already. Choose another id, or leave --new out to go on.\n",
    )


def test_a_delivery_id_counts_once(polaris: Polaris) -> None:
    once = ("--delivery-id", "evt-1", "--json")
    first = json.loads(polaris("run", RIDE, *STORED, "--data", REQUEST, *once)[1])
    again = json.loads(polaris("run", RIDE, *STORED, "--data", 'RideRequest={"user_id": "u2", "seats": 9}', *once)[1])
    assert first["produced"] == ["CabbieMatched"]
    assert again["produced"] == []
    assert again["data"] == first["data"]


FERRY = """
from typing import NewType

from polaris import Workflow, builder

Ticket = NewType("Ticket", str)
Ferry = NewType("Ferry", str)


@builder
async def board(ticket: Ticket) -> Ferry:
    return Ferry(ticket)


ferry = Workflow("ferry", target=Ferry)
"""


@pytest.mark.parametrize("stored", [(), STORED])
def test_builders_may_be_coroutine_functions(stored: tuple[str, ...], polaris: Polaris, write: Write) -> None:
    write("ferries.py", FERRY)
    status, out, err = polaris("run", "ferries:ferry", *stored, "--data", 'Ticket="t"')
    assert (status, err) == (0, "")
    assert out.splitlines()[0].endswith(": completed")


@pytest.mark.parametrize("resources", ["fleet:RESOURCES", "fleet:resources"])
def test_resources_are_handed_to_builders(resources: str, polaris: Polaris) -> None:
    status, out, _ = polaris("run", "fleet:match", "--data", REQUEST, "--resources", resources, "--json")
    assert status == 0
    assert json.loads(out)["data"]["CabbieMatched"] == {"cabbie": "Meera"}


def test_a_missing_resource_is_a_wrong_use(polaris: Polaris) -> None:
    status, _, err = polaris("run", "fleet:match", "--data", REQUEST)
    assert status == 2
    assert "needs the resource Fleet" in err
    assert "--resources MODULE:MAPPING" in err


@pytest.mark.parametrize("stored", [(), STORED])
def test_a_long_run_tells_beside_its_answer_what_builders_did(
    stored: tuple[str, ...], polaris: Polaris, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(progress, "LONG", 0.0)
    status, out, err = polaris("run", RIDE, *stored, "--data", REQUEST, "--data", ARRIVED)
    assert (status, out.splitlines()[0].endswith(": completed")) == (0, True)
    assert re.fullmatch(r"match_cabbie: CabbieMatched after \d+\.\d s\nend_ride: RideEnded after \d+\.\d s\n", err)


def test_with_json_a_long_run_keeps_silent(polaris: Polaris, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "LONG", 0.0)
    assert polaris("run", RIDE, "--data", REQUEST, "--json")[2] == ""
