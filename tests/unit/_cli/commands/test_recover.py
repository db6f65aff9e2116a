import json
import logging

import pytest

from tests.unit._cli.folder import REQUEST, STORE, Polaris, leave, start

RECOVER = ("recover", "rides:cab_ride", *STORE)
BAD_REQUEST = 'RideRequest={"user_id": "u1", "seats": -1}'


def test_it_carries_on_what_was_left(polaris: Polaris) -> None:
    leave(polaris, "ride-1")
    start(polaris, "ride-2")
    leave(polaris, "ride-3")
    status, out, err = polaris(*RECOVER)
    assert (status, err) == (0, "")
    assert out == "cab_ride ride-1: completed\ncab_ride ride-3: completed\n2 runs taken over.\n"


def test_where_nothing_is_left_it_says_so(polaris: Polaris) -> None:
    start(polaris)
    assert polaris(*RECOVER) == (0, "0 runs taken over.\n", "")


def test_as_json_it_is_an_object_for_each_call_that_ended(polaris: Polaris) -> None:
    leave(polaris, "ride-1")
    leave(polaris, "ride-2")
    status, out, err = polaris(*RECOVER, "--json")
    assert (status, err) == (0, "")
    assert [json.loads(line) for line in out.splitlines()] == [
        {"workflow": "cab_ride", "run_id": run_id, "status": "completed", "error": None}
        for run_id in ("ride-1", "ride-2")
    ]


def test_a_limit_says_how_many(polaris: Polaris) -> None:
    for run_id in ("ride-1", "ride-2", "ride-3"):
        leave(polaris, run_id)
    assert polaris(*RECOVER, "--limit", "2")[1].endswith("2 runs taken over.\n")
    assert polaris(*RECOVER)[1] == "cab_ride ride-3: completed\n1 run taken over.\n"
    assert polaris(*RECOVER, "--limit", "0")[0] == 2


def test_a_run_that_fails_is_told_and_the_next_is_carried(polaris: Polaris, caplog: pytest.LogCaptureFixture) -> None:
    leave(polaris, "ride-1", BAD_REQUEST)
    leave(polaris, "ride-2")
    with caplog.at_level(logging.WARNING, "polaris"):
        status, out, _ = polaris(*RECOVER)
    assert status == 0
    assert out.splitlines() == [
        "cab_ride ride-1: failed (ValueError)",
        "cab_ride ride-2: completed",
        "2 runs taken over.",
    ]
    assert "run 'ride-1' was taken over, and failed" in caplog.text


def test_several_workflows_may_be_named(polaris: Polaris) -> None:
    services = ("--resources", "fleet:RESOURCES")
    leave(polaris, "ride-1")
    assert polaris("run", "fleet:match", *STORE, "--run-id", "m-1", "--new", *services)[0] == 0
    assert polaris("deliver", "fleet:match", "m-1", *STORE, "--data", REQUEST)[0] == 0
    status, out, _ = polaris("recover", "rides:cab_ride", "fleet:match", *STORE, *services)
    assert status == 0
    assert out == "match m-1: completed\ncab_ride ride-1: completed\n2 runs taken over.\n"


def test_a_workflow_and_a_store_that_is_there_must_be_named(polaris: Polaris) -> None:
    assert polaris("recover", *STORE)[0] == 2
    assert polaris("recover", "rides:cab_ride")[0] == 2
    assert "no such file" in polaris("recover", "rides:cab_ride", "--store", "sqlite:///ridse.db")[2]
