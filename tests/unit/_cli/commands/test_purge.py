import io
import json
import sys

import pytest

from tests.unit._cli.folder import ARRIVED, STORE, Polaris, leave, start

DONE = ("--status", "completed", "--older-than", "0s")


class Terminal(io.StringIO):
    """A person who types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def rides(polaris: Polaris) -> Polaris:
    """A store with two runs, of which the second is completed."""
    start(polaris, "ride-1")
    start(polaris, "ride-2", "--data", ARRIVED)
    return polaris


def left(polaris: Polaris) -> list[str]:
    return [run["run_id"] for run in json.loads(polaris("runs", *STORE, "--json")[1])["runs"]]


def test_it_deletes_what_is_done_with_and_says_how_many(rides: Polaris) -> None:
    assert rides("purge", *STORE, *DONE, "--yes") == (0, "1 run deleted.\n", "")
    assert left(rides) == ["ride-1"]
    assert rides("purge", *STORE, *DONE, "--yes") == (0, "0 runs deleted.\n", "")


def test_as_json_it_is_one_object(rides: Polaris) -> None:
    assert rides("purge", *STORE, *DONE, "--yes", "--json") == (0, '{"deleted":1}\n', "")


def test_what_was_written_to_lately_is_kept(rides: Polaris) -> None:
    assert rides("purge", *STORE, "--status", "completed", "--older-than", "30d", "--yes")[1] == "0 runs deleted.\n"
    assert left(rides) == ["ride-1", "ride-2"]


def test_what_has_something_left_to_do_is_kept(polaris: Polaris) -> None:
    leave(polaris)
    out = polaris("purge", *STORE, "--status", "waiting", "--older-than", "0", "--yes")[1]
    assert (out, left(polaris)) == ("0 runs deleted.\n", ["ride-1"])


@pytest.mark.parametrize("missing", [DONE[:2], DONE[2:]])
def test_which_runs_must_be_said(missing: tuple[str, str], rides: Polaris) -> None:
    status, _, err = rides("purge", *STORE, *missing, "--yes")
    assert status == 2
    assert "Missing option" in err
    assert left(rides) == ["ride-1", "ride-2"]


def test_where_there_is_nobody_to_ask_it_must_be_told_to(rides: Polaris, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("y\n"))
    status, out, err = rides("purge", *STORE, *DONE)
    assert (status, out) == (2, "")
    assert "Add --yes if that is meant." in err
    assert left(rides) == ["ride-1", "ride-2"]


@pytest.mark.parametrize(("answer", "said", "kept"), [("y", 1, ["ride-1"]), ("n", 0, ["ride-1", "ride-2"])])
def test_on_a_terminal_it_asks(
    answer: str, said: int, kept: list[str], rides: Polaris, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(f"{answer}\n"))
    status, out, err = rides("purge", *STORE, *DONE, "--json")
    assert (status, json.loads(out)) == (0, {"deleted": said})
    assert err.startswith("Delete completed runs in sqlite:///rides.db for good? [y/N]:")
    assert left(rides) == kept


def test_who_breaks_the_question_off_deletes_nothing(rides: Polaris, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(""))
    assert rides("purge", *STORE, *DONE)[0] == 130
    assert left(rides) == ["ride-1", "ride-2"]
