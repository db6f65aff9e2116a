import json

from tests.unit._cli.folder import REQUEST, Polaris

STORE = ("--store", "sqlite:///rides.db")


def start(polaris: Polaris) -> None:
    assert polaris("run", "rides:cab_ride", *STORE, "--run-id", "ride-1", "--data", REQUEST)[0] == 0


def test_it_says_where_a_run_stands_without_its_workflow(polaris: Polaris) -> None:
    start(polaris)
    status, out, err = polaris("status", "ride-1", *STORE)
    assert (status, err) == (0, "")
    assert out.splitlines()[:4] == [
        "cab_ride ride-1: waiting",
        "  present      CabbieMatched, RideRequest",
        "  waiting for  CabbieArrived",
        "  queued       nothing",
    ]


def test_as_json_it_is_one_object_without_values(polaris: Polaris) -> None:
    start(polaris)
    status, out, err = polaris("status", "ride-1", *STORE, "--json")
    assert (status, err) == (0, "")
    assert json.loads(out)["keys"] == ["CabbieMatched", "RideRequest"]
    assert "u1" not in out


def test_an_unknown_run_is_a_failure(polaris: Polaris) -> None:
    start(polaris)
    status, out, err = polaris("status", "ride-2", *STORE)
    assert (status, out) == (1, "")
    assert err.startswith("Error: There is no run 'ride-2' in this store.")


def test_a_mistyped_store_is_wrong_use(polaris: Polaris) -> None:
    status, out, err = polaris("status", "ride-1", "--store", "sqlite:///ridse.db")
    assert (status, out) == (2, "")
    assert "no such file" in err


def test_the_store_must_be_named(polaris: Polaris) -> None:
    status, _, err = polaris("status", "ride-1")
    assert status == 2
    assert "Missing option '--store'" in err
