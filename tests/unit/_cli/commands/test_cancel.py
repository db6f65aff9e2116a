import json

from tests.unit._cli.folder import ARRIVED, STORE, Polaris, start


def test_it_closes_a_run_and_shows_it(polaris: Polaris) -> None:
    start(polaris)
    status, out, err = polaris("cancel", "ride-1", *STORE)
    assert (status, err) == (0, "")
    assert out.startswith("cab_ride ride-1: cancelled\n  present      CabbieMatched, RideRequest\n")


def test_a_cancelled_run_takes_nothing_more(polaris: Polaris) -> None:
    start(polaris)
    polaris("cancel", "ride-1", *STORE)
    status, out, err = polaris("deliver", "rides:cab_ride", "ride-1", *STORE, "--data", ARRIVED)
    assert (status, out) == (1, "")
    assert err.startswith("Error: Run 'ride-1' was cancelled")


def test_it_may_be_done_twice_and_as_json_it_is_one_object(polaris: Polaris) -> None:
    start(polaris)
    polaris("cancel", "ride-1", *STORE)
    status, out, err = polaris("cancel", "ride-1", *STORE, "--json")
    assert (status, json.loads(out)["status"], err) == (0, "cancelled", "")


def test_an_unknown_run_is_a_failure(polaris: Polaris) -> None:
    start(polaris)
    status, out, err = polaris("cancel", "ride-2", *STORE)
    assert (status, out) == (1, "")
    assert err.startswith("Error: There is no run 'ride-2' in this store.")
