"""Find: pages of runs, in order, by what their last save said of them."""

from __future__ import annotations

from typing import Any

import pytest

from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.records import Changes, Receipt, Stored
from polaris._model.snapshot import Mark
from polaris.protocols import Store
from polaris.testing.conformance.moves import CLOSED, LEASE, OPEN, Worker, cell, closes, delivery, ids, opens
from polaris.testing.fakes import SetClock

FARE, RIDE = Key("Fare"), Key("Ride")


# In the order of their UTF-8 bytes: neither that of a dictionary, nor that of UTF-16 (the last two).
ORDERED = ["", "10", "9", "Ride", "a", "a b", "ab", "ride", "straße", "z", "Ä", "乗車", "\uff5e", "🚕"]


def find(store: Store, **filters: object) -> tuple[Stored, ...]:
    everything: dict[str, Any] = {
        "workflows": None,
        "status": None,
        "waiting_for": None,
        "older_than": None,
        "limit": 100,
        "after": None,
    }
    everything.update(filters)
    return store.find(**everything)


def found(store: Store, **filters: object) -> list[str]:
    return [state.run_id for state in find(store, **filters)]


def ended(store: Store, run_id: str, *, workflow: str = "rides", changes: Changes | None = None) -> Worker:
    """Make a run and carry one delivery to its end."""
    worker = Worker(store, f"claim of {run_id}", run_id)
    worker.accept(delivery("d1"), workflow=workflow)
    worker.begin("o1")
    changes = changes or closes()
    header = changes.header._replace(workflow=workflow)
    assert worker.end("o2", changes._replace(header=header)).receipt is Receipt.RELEASED
    return worker


def waits(*keys: Key) -> Changes:
    return Changes(header=CLOSED._replace(waiting_for=keys))


class Finding:
    """Find: pages of runs, in order, by what their last save said of them."""

    def test_an_empty_store_has_nothing_to_find(self, store: Store) -> None:
        assert find(store) == ()

    def test_a_run_is_found_with_all_of_it(self, a: Worker, store: Store) -> None:
        a.accept(delivery("d1"))
        a.begin("o1", changes=opens(cell("Ride"), cell("Fare", None), marks=(("match", Mark(ran_at=1)),)))
        a.accept(delivery("d2", Rating="5"))
        assert find(store) == (a.load(),)
        assert ids(find(store)[0]) == ["d2"]

    def test_runs_are_found_in_the_order_of_the_bytes_of_their_ids(self, store: Store) -> None:
        for run_id in reversed(ORDERED):
            Worker(store, run_id=run_id).accept(delivery(), claims=False)
        assert found(store) == ORDERED == sorted(ORDERED, key=str.encode)

    @pytest.mark.parametrize("limit", [1, 2, 5, len(ORDERED), 100])
    def test_pages_one_after_another_are_all_runs(self, store: Store, limit: int) -> None:
        for run_id in ORDERED:
            Worker(store, run_id=run_id).accept(delivery(), claims=False)
        pages: list[str] = []
        for _ in range(len(ORDERED) + 1):
            page = found(store, limit=limit, after=pages[-1] if pages else None)
            assert len(page) <= limit
            pages += page
        assert pages == ORDERED

    def test_a_page_begins_after_an_id_that_need_not_be_there(self, store: Store) -> None:
        for run_id in ("a", "c", "d"):
            Worker(store, run_id=run_id).accept(delivery(), claims=False)
        assert found(store, after="b") == ["c", "d"]
        assert found(store, after="c") == ["d"]
        assert found(store, after="e") == []

    def test_only_what_is_asked_for_counts_for_a_page(self, store: Store) -> None:
        for run_id in "abcdef":
            ended(store, run_id, changes=waits(FARE) if run_id in "bdf" else waits(RIDE))
        assert found(store, waiting_for=FARE, limit=2) == ["b", "d"]
        assert found(store, waiting_for=FARE, limit=2, after="d") == ["f"]

    def test_many_runs_are_paged_by_what_they_wait_for(self, store: Store) -> None:
        run_ids = [f"r{number:03}" for number in range(120)]
        for run_id in run_ids:
            ended(store, run_id, changes=waits(FARE, RIDE))
        assert found(store, waiting_for=RIDE, limit=50) == run_ids[:50]
        assert found(store, waiting_for=RIDE, limit=50, after=run_ids[99]) == run_ids[100:]

    def test_only_runs_of_the_workflows_that_are_named_are_found(self, store: Store) -> None:
        for run_id, workflow in (("a", "rides"), ("b", "meals"), ("c", "rides"), ("d", "Rides")):
            ended(store, run_id, workflow=workflow)
        assert found(store, workflows=["rides"]) == ["a", "c"]
        assert found(store, workflows={"meals", "Rides", "none"}) == ["b", "d"]
        assert found(store, workflows=()) == []

    @pytest.mark.parametrize("status", list(Status))
    def test_only_runs_are_found_whose_last_save_said_that_status(self, store: Store, status: Status) -> None:
        for each in Status:
            header = CLOSED._replace(status=each)
            ended(store, each, changes=Changes(header=header))
        assert found(store, status=status) == [status.value]

    def test_a_run_that_was_only_accepted_is_found_as_queued(self, a: Worker, store: Store) -> None:
        a.accept(delivery())
        assert found(store, status=Status.QUEUED) == ["r1"]
        a.begin("o1")
        assert (found(store, status=Status.QUEUED), found(store, status=Status.RUNNING)) == ([], ["r1"])

    def test_only_runs_that_wait_for_that_very_key_are_found(self, store: Store) -> None:
        ended(store, "a", changes=waits(FARE))
        ended(store, "b", changes=waits(RIDE, FARE))
        ended(store, "c", changes=waits(Key("Fare2"), Key("fare"), Key("list[Fare]")))
        ended(store, "d", changes=waits())
        assert found(store, waiting_for=FARE) == ["a", "b"]
        assert found(store, waiting_for=RIDE) == ["b"]
        assert found(store, waiting_for=Key("Far%")) == []

    def test_what_a_run_waits_for_is_what_its_last_save_said(self, store: Store) -> None:
        run = ended(store, "a", changes=waits(FARE, RIDE))
        taker = Worker(store, "B", "a")
        taker.claim(wanted=True)
        assert found(store, waiting_for=FARE) == ["a"]
        taker.begin("o3", seq=None, changes=Changes(header=OPEN._replace(waiting_for=(RIDE, Key("Rating")))))
        assert [found(store, waiting_for=key) for key in (FARE, RIDE, Key("Rating"))] == [[], ["a"], ["a"]]
        taker.end("o4", waits())
        assert [found(store, waiting_for=key) for key in (FARE, RIDE, Key("Rating"))] == [[], [], []]
        assert run.load().header.waiting_for == ()

    def test_a_run_that_is_begun_where_it_is_made_waits_too(self, a: Worker, store: Store) -> None:
        a.accept(delivery(), changes=opens())
        assert found(store, waiting_for=FARE) == ["r1"]

    def test_a_cancelled_run_waits_for_nothing(self, a: Worker, store: Store) -> None:
        a.accept(delivery())
        a.begin("o1")
        a.cancel("c1")
        assert found(store, waiting_for=FARE) == []

    @pytest.mark.parametrize(("seconds", "expected"), [(0, ["r1"]), (5, ["r1"]), (5.001, [])])
    def test_only_runs_are_found_that_were_not_written_to_for_so_long(
        self, a: Worker, store: Store, clock: SetClock, seconds: float, expected: list[str]
    ) -> None:
        a.accept(delivery())
        clock.sleep(5)
        assert found(store, older_than=seconds) == expected

    def test_a_delivery_a_claim_and_a_renewal_are_no_writes(self, a: Worker, store: Store, clock: SetClock) -> None:
        a.accept(delivery("d1"), claims=False)
        clock.sleep(LEASE)
        a.claim()
        a.renew()
        a.accept(delivery("d2"))
        assert found(store, older_than=LEASE) == ["r1"]
        a.begin("o1")
        assert found(store, older_than=LEASE) == []

    def test_a_run_that_is_found_is_all_that_was_asked_for(self, store: Store, clock: SetClock) -> None:
        ended(store, "a", changes=waits(FARE))
        ended(store, "b", changes=waits(FARE), workflow="meals")
        clock.sleep(5)
        ended(store, "c", changes=waits(FARE))
        ended(store, "d", changes=waits(RIDE))
        everything = {"workflows": ["rides"], "status": Status.WAITING, "waiting_for": FARE, "older_than": 5.0}
        assert found(store, **everything) == ["a"]
        assert found(store, **everything | {"older_than": None}) == ["a", "c"]
        assert found(store, **everything | {"waiting_for": None, "older_than": 0.0}) == ["a", "c", "d"]
        assert found(store, **everything | {"status": Status.FAILED}) == []
