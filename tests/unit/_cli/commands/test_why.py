import json
import sys

from tests.unit._cli.folder import REQUEST, Polaris

STORE = ("--store", "sqlite:///rides.db")


def start(polaris: Polaris) -> None:
    assert polaris("run", "rides:cab_ride", *STORE, "--run-id", "ride-1", "--data", REQUEST)[0] == 0


def test_it_says_why_a_run_waits_without_its_workflow(polaris: Polaris) -> None:
    start(polaris)
    del sys.modules["rides"]
    status, out, err = polaris("why", "ride-1", *STORE)
    assert (status, err) == (0, "")
    assert out.splitlines() == [
        "cab_ride ride-1: waiting for CabbieArrived",
        "  RideEnded: `end_ride` waits for CabbieArrived",
        "    CabbieArrived: never delivered",
    ]
    assert "rides" not in sys.modules


def test_as_json_it_is_one_object_without_values(polaris: Polaris) -> None:
    start(polaris)
    status, out, err = polaris("why", "ride-1", *STORE, "--json")
    assert (status, err) == (0, "")
    assert json.loads(out)["missing"] == ["RideEnded"]
    assert "u1" not in out


def test_an_unknown_run_is_a_failure(polaris: Polaris) -> None:
    start(polaris)
    status, out, err = polaris("why", "ride-2", *STORE)
    assert (status, out) == (1, "")
    assert err.startswith("Error: There is no run 'ride-2' in this store.")
