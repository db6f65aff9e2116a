"""Claiming what was abandoned: runs with something left to do that nobody holds, or no longer."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from polaris._model.records import Changes, Receipt, Stored, Verdict
from polaris.protocols import Store
from polaris.testing.conformance.moves import LEASE, OPEN, Worker, closes, delivery, ids
from polaris.testing.fakes import SetClock

THREADS = 6


def take(
    store: Store,
    claim_id: str = "rescuer",
    *,
    limit: int = 100,
    fingerprints: tuple[str, ...] = ("f1",),
    after: str | None = None,
) -> tuple[Stored, ...]:
    return store.claim_abandoned(claim_id=claim_id, lease=LEASE, limit=limit, fingerprints=fingerprints, after=after)


def taken(store: Store, claim_id: str = "rescuer", *, limit: int = 100, after: str | None = None) -> list[str]:
    return [state.run_id for state in take(store, claim_id, limit=limit, after=after)]


def left_open(store: Store, run_id: str = "r1", *, changes: Changes | None = None) -> Worker:
    """Begin a call, and be heard of no more."""
    worker = Worker(store, f"dead holder of {run_id}", run_id)
    worker.accept(delivery("d1"))
    assert worker.begin("o1", changes=changes).receipt is Receipt.OK
    return worker


def left_queued(store: Store, run_id: str = "r1") -> Worker:
    """End a call; then something is delivered that nobody begins."""
    worker = left_open(store, run_id)
    assert worker.end("o2").receipt is Receipt.RELEASED
    worker.accept(delivery("d2"), claims=False)
    return worker


def left_many(store: Store) -> list[str]:
    """Leave runs with something to do, and give their ids in order."""
    run_ids = ["", "9", "A", "a", "ä", "\uff5e", "🚕"]
    for run_id in reversed(run_ids):
        left_queued(store, run_id)
    return run_ids


class Rescuing:
    """Claiming what was abandoned: runs with something left to do that nobody holds, or no longer."""

    def test_in_an_empty_store_nothing_is_abandoned(self, store: Store) -> None:
        assert take(store) == ()

    def test_an_open_call_is_taken_over_when_its_lease_is_over(self, store: Store, clock: SetClock) -> None:
        dead = left_open(store)
        before = dead.load()
        clock.sleep(LEASE)
        assert take(store) == ()
        clock.sleep(0.001)
        assert take(store) == (before._replace(revision=before.revision + 1, takeovers=1),)
        assert (dead.save("o2").receipt, dead.renew().receipt) == (Receipt.LOST, Receipt.LOST)

    def test_a_queued_delivery_is_taken_at_once_because_nobody_holds_the_run(self, store: Store) -> None:
        before = left_queued(store).load()
        (state,) = take(store)
        assert state == before._replace(revision=before.revision + 1, takeovers=0)
        assert ids(state) == ["d2"]

    def test_what_is_taken_can_be_worked_on(self, store: Store) -> None:
        left_queued(store)
        (state,) = take(store)
        worker = Worker(store, "rescuer")
        assert worker.begin("o3", 2, at=state.revision).receipt is Receipt.OK
        assert worker.end("o4").receipt is Receipt.RELEASED
        assert take(store, "another") == ()

    def test_what_is_taken_is_held_for_the_time_of_the_lease(self, store: Store, b: Worker, clock: SetClock) -> None:
        left_queued(store)
        take(store)
        clock.sleep(LEASE)
        assert (b.claim().verdict, take(store, "another")) == (Verdict.QUEUED, ())
        clock.sleep(0.001)
        assert taken(store, "another") == ["r1"]

    def test_a_run_without_anything_to_do_is_not_abandoned(self, store: Store, clock: SetClock) -> None:
        left_open(store).end("o2")
        Worker(store, "C").claim(wanted=True)
        clock.sleep(LEASE + 1)
        assert take(store) == ()

    def test_a_cancelled_run_is_not_abandoned(self, store: Store, clock: SetClock) -> None:
        left_queued(store).cancel("c1")
        clock.sleep(LEASE + 1)
        assert take(store) == ()

    def test_what_cannot_be_taken_hides_nothing_that_comes_after_it(self, store: Store, clock: SetClock) -> None:
        left_queued(store, "a: cancelled").cancel("c1")
        left_queued(store, "b: used up")
        take(store)
        worker = Worker(store, "rescuer", "b: used up")
        worker.end("o3", at=worker.load().revision)  # answers NEXT, so:
        worker.begin("o4", 2)
        worker.end("o5")
        worker.accept(delivery("d3"), claims=False)
        left_open(store, "c: over").end("o2")
        left_open(store, "d: of another plan", changes=Changes(header=OPEN._replace(fingerprint="f2")))
        left_open(store, "e: open")
        clock.sleep(LEASE + 1)
        Worker(store, "B", "f: held").accept(delivery("d1"), changes=Changes(header=OPEN))
        left_queued(store, "g: queued")
        assert taken(store) == ["e: open", "g: queued"]

    def test_only_runs_under_the_plans_that_are_named_are_taken(self, store: Store, clock: SetClock) -> None:
        left_open(store, "a")
        left_open(store, "b", changes=Changes(header=OPEN._replace(fingerprint="f2")))
        left_open(store, "c", changes=Changes(header=OPEN._replace(fingerprint="f3")))
        clock.sleep(LEASE + 1)
        assert take(store, fingerprints=()) == ()
        assert [state.run_id for state in take(store, fingerprints=("f3", "f1", "f9"))] == ["a", "c"]
        assert [state.run_id for state in take(store, "another", fingerprints=("f2", "f3", "f1"))] == ["b"]

    def test_a_run_that_was_never_begun_has_an_empty_fingerprint(self, a: Worker, store: Store) -> None:
        a.accept(delivery(), claims=False)
        assert take(store) == ()
        assert [state.run_id for state in take(store, fingerprints=("",))] == ["r1"]

    def test_runs_are_taken_in_the_order_of_the_bytes_of_their_ids(self, store: Store) -> None:
        many = left_many(store)
        assert taken(store) == many

    def test_no_more_runs_are_taken_than_asked_for(self, store: Store) -> None:
        many = left_many(store)
        assert taken(store, "first", limit=3) == many[:3]
        assert taken(store, "second", limit=3) == many[3:6]
        assert taken(store, "third", limit=3) == many[6:]

    def test_only_runs_after_an_id_are_taken(self, store: Store) -> None:
        many = left_many(store)
        assert taken(store, "first", limit=2, after="A") == many[3:5]
        assert taken(store, "second", after="") == [*many[1:3], *many[5:]]

    def test_a_second_try_of_taking_gives_again_what_the_claim_holds(self, store: Store, clock: SetClock) -> None:
        left_queued(store, "a")
        left_queued(store, "b")
        first = take(store)
        clock.sleep(LEASE)
        assert take(store) == first
        clock.sleep(LEASE)
        assert take(store, "another") == ()

    def test_a_second_try_does_not_take_what_the_claim_has_lost_or_released(
        self, store: Store, clock: SetClock
    ) -> None:
        for run_id in ("lost", "released"):
            left_queued(store, run_id)
        take(store)
        worker = Worker(store, "rescuer", "released")
        worker.begin("o3", 2, at=worker.load().revision)
        worker.end("o4", closes())
        worker.accept(delivery("d3"), claims=False)
        clock.sleep(LEASE + 1)
        Worker(store, "another", "lost").claim()
        assert taken(store) == []
        assert taken(store, "third") == ["released"]

    def test_of_many_that_take_at_once_each_run_has_one(self, store: Store) -> None:
        run_ids = [f"r{number:02}" for number in range(30)]
        for run_id in run_ids:
            left_queued(store, run_id)
        start = threading.Barrier(THREADS)

        def rescue(number: int) -> list[str]:
            start.wait()
            return [run_id for turn in range(15) for run_id in taken(store, f"rescuer {number}/{turn}", limit=2)]

        with ThreadPoolExecutor(THREADS) as pool:
            rescued = list(pool.map(rescue, range(THREADS)))
        assert sorted(run_id for each in rescued for run_id in each) == run_ids
