import json
import re

from tests.unit._cli.folder import ARRIVED, STORE, Polaris, start


def test_it_tells_what_happened_without_the_workflow(polaris: Polaris) -> None:
    start(polaris, "ride-1", "--data", ARRIVED)
    status, out, err = polaris("history", "ride-1", *STORE)
    assert (status, err) == (0, "")
    title, head, *rows = out.splitlines()
    assert title == "ride-1: 4 events"
    assert head.split() == ["at", "round", "event", "builder", "seconds", "what"]
    pattern = r"  \d{4}-\d\d-\d\d \d\d:\d\d:\d\d\+00:00  2      (.*)"
    assert [re.sub(r"\d+\.\d{3}", "N", re.fullmatch(pattern, row)[1]) for row in rows] == [
        "call started                             RideRequest, CabbieArrived",
        "builder finished  match_cabbie  N    CabbieMatched",
        "builder finished  end_ride      N    RideEnded",
        "call finished                   N    completed",
    ]


def test_as_json_it_is_one_object_without_values(polaris: Polaris) -> None:
    start(polaris)
    status, out, err = polaris("history", "ride-1", *STORE, "--json")
    assert (status, err) == (0, "")
    answer = json.loads(out)
    assert answer["run_id"] == "ride-1"
    assert [event["kind"] for event in answer["events"]] == ["call_started", "builder_finished", "call_finished"]
    assert "u1" not in out


def test_an_unknown_run_is_a_failure(polaris: Polaris) -> None:
    start(polaris)
    status, out, err = polaris("history", "ride-2", *STORE)
    assert (status, out) == (1, "")
    assert err.startswith("Error: There is no run 'ride-2' in this store.")
