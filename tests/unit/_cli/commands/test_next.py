import json
import sys

from tests.unit._cli.folder import REQUEST, Polaris

STORE = ("--store", "sqlite:///rides.db")


def start(polaris: Polaris) -> None:
    assert polaris("run", "rides:cab_ride", *STORE, "--run-id", "ride-1", "--data", REQUEST)[0] == 0


def test_it_says_what_gets_a_run_further_without_its_workflow(polaris: Polaris) -> None:
    start(polaris)
    del sys.modules["rides"]
    status, out, err = polaris("next", "ride-1", *STORE)
    assert (status, err) == (0, "")
    assert out == "cab_ride ride-1: this gets it further\n  CabbieArrived  lets `end_ride` run\n"
    assert "rides" not in sys.modules


def test_it_says_what_gets_it_to_a_builder_or_a_key(polaris: Polaris) -> None:
    start(polaris)
    status, out, _ = polaris("next", "ride-1", *STORE, "--until", "RideEnded", "--until", "end_ride", "--json")
    assert status == 0
    found = json.loads(out)
    assert found["until"] == ["RideEnded", "end_ride"]
    assert found["sets"] == [{"data": ["CabbieArrived"], "runs": ["end_ride"]}]


def test_it_describes_what_may_be_delivered(polaris: Polaris) -> None:
    start(polaris)
    status, out, _ = polaris("next", "ride-1", *STORE, "--schema")
    assert status == 0
    assert json.loads(out)["oneOf"][0]["required"] == ["CabbieArrived"]


def test_an_unknown_goal_is_wrong_use(polaris: Polaris) -> None:
    start(polaris)
    status, out, err = polaris("next", "ride-1", *STORE, "--until", "RideEned")
    assert (status, out) == (2, "")
    assert "has no builder or data 'RideEned'" in err
