import json

import pytest

from tests.unit._cli.folder import ARRIVED, STORE, Polaris, start


@pytest.fixture
def rides(polaris: Polaris) -> Polaris:
    """A store with three runs, of which the second is completed."""
    start(polaris, "ride-1")
    start(polaris, "ride-2", "--data", ARRIVED)
    start(polaris, "ride-3")
    return polaris


def listed(polaris: Polaris, *options: str) -> list[str]:
    status, out, err = polaris("runs", *STORE, *options, "--json")
    assert (status, err) == (0, "")
    return [run["run_id"] for run in json.loads(out)["runs"]]


def test_it_lists_runs_without_their_workflow(rides: Polaris) -> None:
    status, out, err = rides("runs", *STORE)
    assert (status, err) == (0, "")
    title, head, *rows = out.splitlines()
    assert title == "runs: 3"
    assert head.split() == ["run", "workflow", "status", "waiting", "for", "updated"]
    assert [row.split("  20")[0].split() for row in rows] == [
        ["ride-1", "cab_ride", "waiting", "CabbieArrived"],
        ["ride-2", "cab_ride", "completed", "nothing"],
        ["ride-3", "cab_ride", "waiting", "CabbieArrived"],
    ]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ((), ["ride-1", "ride-2", "ride-3"]),
        (("--workflow", "cab_ride"), ["ride-1", "ride-2", "ride-3"]),
        (("--workflow", "bus_ride"), []),
        (("--status", "completed"), ["ride-2"]),
        (("--waiting-for", "CabbieArrived"), ["ride-1", "ride-3"]),
        (("--waiting-for", "CabbieArrived", "--after", "ride-1"), ["ride-3"]),
        (("--older-than", "0"), ["ride-1", "ride-2", "ride-3"]),
        (("--older-than", "1d"), []),
        (("--limit", "2"), ["ride-1", "ride-2"]),
        (("--after", "ride-2"), ["ride-3"]),
    ],
)
def test_options_say_which(options: tuple[str, ...], expected: list[str], rides: Polaris) -> None:
    assert listed(rides, *options) == expected


def test_if_there_are_more_it_says_how_to_ask_for_them(rides: Polaris) -> None:
    assert rides("runs", *STORE, "--limit", "2")[1].splitlines()[-1] == "There are more: --after ride-2"
    assert json.loads(rides("runs", *STORE, "--limit", "2", "--json")[1])["next"] == "ride-2"


@pytest.mark.parametrize("limit", ["3", "4"])
def test_the_last_page_says_nothing_of_more(limit: str, rides: Polaris) -> None:
    assert "There are more" not in rides("runs", *STORE, "--limit", limit)[1]
    assert json.loads(rides("runs", *STORE, "--limit", limit, "--json")[1])["next"] is None


def test_where_there_is_none_it_says_so(rides: Polaris) -> None:
    assert rides("runs", *STORE, "--status", "failed") == (0, "runs: 0\n", "")


def test_no_value_is_told(rides: Polaris) -> None:
    assert "u1" not in rides("runs", *STORE)[1] + rides("runs", *STORE, "--json")[1]


@pytest.mark.parametrize(
    "options", [("--limit", "0"), ("--status", "queued"), ("--older-than", "soon"), ("--status", "lost")]
)
def test_a_value_that_no_option_takes_is_wrong_use(options: tuple[str, str], rides: Polaris) -> None:
    status, out, err = rides("runs", *STORE, *options)
    assert (status, out) == (2, "")
    assert f"Invalid value for '{options[0]}'" in err


def test_an_id_that_no_store_could_keep_is_refused(rides: Polaris) -> None:
    status, _, err = rides("runs", *STORE, "--after", "ride-\udc80")
    assert status == 1
    assert "half a character" in err


def test_a_mistyped_store_is_wrong_use(rides: Polaris) -> None:
    status, out, err = rides("runs", "--store", "sqlite:///ridse.db")
    assert (status, out) == (2, "")
    assert "no such file" in err
