import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from polaris import Status
from polaris._cli.stored import (
    cancel_stored,
    keys_of,
    load_stored,
    opened_store,
    read_history,
    read_stored,
    read_with_plan,
)
from polaris.errors import DeclarationError, PlanFormatError, StoreUnavailableError, UnknownRunError
from tests.unit._cli.folder import REQUEST, Polaris

STORE = "sqlite:///rides.db"


def test_a_run_is_read_without_its_workflow(polaris: Polaris) -> None:
    polaris("run", "rides:cab_ride", "--store", STORE, "--run-id", "ride-1", "--data", REQUEST)
    stored = read_stored(STORE, "ride-1")
    assert stored.header.workflow == "cab_ride"
    assert keys_of(stored) == ("CabbieMatched", "RideRequest")


def test_an_unknown_run_is_an_error(polaris: Polaris) -> None:
    polaris("run", "rides:cab_ride", "--store", STORE, "--run-id", "ride-1", "--data", REQUEST)
    with pytest.raises(UnknownRunError):
        read_stored(STORE, "ride-2")


def test_the_history_of_a_run_is_read_without_its_workflow(polaris: Polaris) -> None:
    polaris("run", "rides:cab_ride", "--store", STORE, "--run-id", "ride-1", "--data", REQUEST)
    assert [event.kind for event in read_history(STORE, "ride-1")] == [
        "call_started",
        "builder_finished",
        "call_finished",
    ]


def test_a_run_is_cancelled_without_its_workflow(polaris: Polaris) -> None:
    polaris("run", "rides:cab_ride", "--store", STORE, "--run-id", "ride-1", "--data", REQUEST)
    assert cancel_stored(STORE, "ride-1").header.status is Status.CANCELLED
    assert read_stored(STORE, "ride-1").header.status is Status.CANCELLED


@pytest.mark.parametrize("use", [read_stored, read_history, cancel_stored])
def test_whatever_is_asked_of_an_unknown_run_is_an_error(use: Callable[[str, str], object], polaris: Polaris) -> None:
    polaris("run", "rides:cab_ride", "--store", STORE, "--run-id", "ride-1", "--data", REQUEST)
    with pytest.raises(UnknownRunError):
        use(STORE, "ride-2")
    with pytest.raises(DeclarationError, match="half a character"):
        use(STORE, "ride-\udc80")


def test_a_store_is_closed_when_it_was_used(polaris: Polaris) -> None:
    polaris("run", "rides:cab_ride", "--store", STORE, "--run-id", "ride-1", "--data", REQUEST)
    with opened_store(STORE) as store:
        assert load_stored(store, "ride-1").run_id == "ride-1"
    with pytest.raises(StoreUnavailableError, match="it was closed"):
        store.load("ride-1")


def test_a_mistyped_path_makes_no_store(folder: Path) -> None:
    with pytest.raises(StoreUnavailableError, match="no such file"):
        read_stored("sqlite:///ridse.db", "ride-1")
    assert not (folder / "ridse.db").exists()


def test_a_store_that_cannot_be_opened_is_an_error(folder: Path) -> None:
    with pytest.raises(StoreUnavailableError):
        read_stored("sqlite:///no/where/rides.db", "ride-1")


def test_a_run_is_read_with_the_plan_that_it_was_advanced_under(polaris: Polaris) -> None:
    polaris("run", "rides:cab_ride", "--store", STORE, "--run-id", "ride-1", "--data", REQUEST)
    plan, stored = read_with_plan(STORE, "ride-1")
    assert (plan.workflow, plan.fingerprint) == ("cab_ride", stored.header.fingerprint)


def test_with_a_plan_an_unknown_run_is_an_error_too(polaris: Polaris) -> None:
    polaris("run", "rides:cab_ride", "--store", STORE, "--run-id", "ride-1", "--data", REQUEST)
    with pytest.raises(UnknownRunError):
        read_with_plan(STORE, "ride-2")


def test_a_plan_that_was_not_kept_is_told_by_its_workflow(folder: Path, polaris: Polaris) -> None:
    polaris("run", "rides:cab_ride", "--store", STORE, "--run-id", "ride-1", "--data", REQUEST)
    with closing(sqlite3.connect(folder / "rides.db")) as database, database:
        database.execute("DELETE FROM plan")
    with pytest.raises(PlanFormatError, match="What the store has for 'cab_ride' is not a plan of this version: plan "):
        read_with_plan(STORE, "ride-1")
