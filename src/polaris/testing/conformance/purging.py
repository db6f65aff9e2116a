"""Purge: runs that are over are deleted, and nothing of them is left."""

from __future__ import annotations

import pytest

from polaris._model.events import Event, EventKind
from polaris._model.outcome import Status
from polaris._model.records import Changes, Receipt, Saved, Verdict
from polaris._model.snapshot import Mark
from polaris.protocols import Store
from polaris.testing.conformance.moves import CLOSED, LEASE, OPEN, Worker, cell, delivery, ids, opens
from polaris.testing.fakes import SetClock

TOLD = Event(kind=EventKind.CALL_STARTED, workflow="rides", run_id="r1", round=1)


def over(store: Store, run_id: str = "r1", *, status: Status = Status.COMPLETED) -> Worker:
    """Make a run that has something of everything, and end its only call."""
    worker = Worker(store, f"claim of {run_id}", run_id)
    worker.accept(delivery("d1"))
    worker.begin("o1", changes=opens(cell(), marks=(("match", Mark(ran_at=1)),))._replace(events=(TOLD,)))
    assert worker.end("o2", Changes(header=CLOSED._replace(status=status))).receipt is Receipt.RELEASED
    return worker


def purge(store: Store, older_than: float = 0.0, status: Status | None = None) -> int:
    return store.purge(older_than=older_than, status=status)


class Purging:
    """Purge: runs that are over are deleted, and nothing of them is left."""

    def test_an_empty_store_has_nothing_to_purge(self, store: Store) -> None:
        assert purge(store) == 0

    def test_nothing_is_left_of_a_run_that_is_purged(self, store: Store) -> None:
        worker = over(store)
        assert purge(store) == 1
        assert (store.load("r1"), store.history("r1")) == (None, None)
        for key in CLOSED.waiting_for:
            page = store.find(workflows=None, status=None, waiting_for=key, older_than=None, limit=9, after=None)
            assert page == ()
        assert worker.claim(wanted=True).verdict is Verdict.UNKNOWN
        assert purge(store) == 0

    def test_the_id_of_a_purged_run_can_be_used_again_and_everything_begins_anew(self, store: Store) -> None:
        over(store)
        purge(store)
        worker = Worker(store, "claim of r1")
        answer = worker.accept(delivery("d1"), uid="u2", new=True)
        assert (answer.verdict, answer.repeated) == (Verdict.CLAIMED, False)
        state = worker.load()
        assert (state.uid, state.revision, state.cells, state.marks, ids(state)) == ("u2", 1, (), (), ["d1"])
        assert state.inbox[0].seq == 1
        assert store.history("r1") == ()

    def test_a_write_that_comes_after_the_purge_is_told_that_it_is_lost(self, store: Store) -> None:
        worker = over(store)
        purge(store)
        lost = Saved(receipt=Receipt.LOST)
        assert [worker.begin("o1"), worker.save("o3"), worker.end("o2"), worker.renew(), worker.cancel("c1")] == [
            lost
        ] * 5
        assert store.load("r1") is None

    def test_a_purge_leaves_other_runs_as_they_are(self, store: Store, clock: SetClock) -> None:
        over(store, "old")
        clock.sleep(5)
        kept = over(store, "young").load()
        store.put_plan("f1", b"plan")
        assert purge(store, older_than=5.0) == 1
        assert (store.load("old"), store.load("young"), store.get_plan("f1")) == (None, kept, b"plan")
        assert store.history("young") != ()

    def test_a_purge_leaves_a_run_that_somebody_holds(self, store: Store, clock: SetClock) -> None:
        over(store)
        Worker(store, "B").claim(wanted=True)
        clock.sleep(LEASE)
        assert purge(store) == 0
        clock.sleep(0.001)
        assert purge(store) == 1

    def test_a_purge_leaves_a_run_with_an_open_call_even_if_its_worker_is_dead(
        self, a: Worker, store: Store, clock: SetClock
    ) -> None:
        a.accept(delivery())
        a.begin("o1")
        clock.sleep(1000)
        assert purge(store) == 0

    def test_a_purge_leaves_a_run_with_a_queued_delivery(self, store: Store) -> None:
        over(store).accept(delivery("d2"), claims=False)
        assert purge(store) == 0

    def test_a_run_that_was_made_without_anything_to_do_is_purged(self, a: Worker, store: Store) -> None:
        a.accept(new=True, claims=False)
        assert purge(store) == 1

    def test_a_cancelled_run_is_purged_whatever_is_queued(self, a: Worker, store: Store) -> None:
        a.accept(delivery("d1"))
        a.begin("o1", changes=Changes(header=OPEN, events=(TOLD,)))
        a.accept(delivery("d2"))
        a.cancel("c1")
        assert purge(store) == 1
        assert store.load("r1") is None

    @pytest.mark.parametrize(("seconds", "count"), [(0, 1), (5, 1), (5.001, 0)])
    def test_only_runs_are_purged_that_were_not_written_to_for_so_long(
        self, store: Store, clock: SetClock, seconds: float, count: int
    ) -> None:
        over(store)
        clock.sleep(5)
        assert purge(store, older_than=seconds) == count

    def test_a_claim_does_not_save_a_run_from_the_purge(self, store: Store, clock: SetClock) -> None:
        over(store)
        Worker(store, "B").claim(wanted=True)
        clock.sleep(LEASE + 1)
        assert purge(store, older_than=LEASE + 1) == 1

    def test_only_runs_are_purged_whose_last_save_said_that_status(self, store: Store) -> None:
        for status in Status:
            over(store, status, status=status)
        assert purge(store, status=Status.FAILED) == 1
        assert purge(store, status=Status.CANCELLED) == 1
        left = {status.value for status in Status if store.load(status) is not None}
        assert left == {status.value for status in Status} - {"failed", "cancelled"}
        assert purge(store) == len(left)
