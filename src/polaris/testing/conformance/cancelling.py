"""Cancel: whoever holds the run has lost it, and nobody gets it again."""

from __future__ import annotations

from polaris._model.outcome import Status
from polaris._model.records import Receipt, Saved, Verdict
from polaris.testing.conformance.moves import OPEN, Worker, cell, closes, delivery, ids, opens
from polaris.testing.fakes import SetClock

LOST = Saved(receipt=Receipt.LOST)


class Cancelling:
    """Cancel: whoever holds the run has lost it, and nobody gets it again."""

    def test_a_run_that_is_not_there_cannot_be_cancelled(self, a: Worker) -> None:
        assert a.cancel("c1") == LOST
        assert a.store.load(a.run_id) is None

    def test_a_cancelled_run_keeps_what_it_has_and_what_is_queued(self, a: Worker, clock: SetClock) -> None:
        a.accept(delivery("d1"))
        a.begin("o1", changes=opens(cell("Ride")))
        a.accept(delivery("d2"))
        clock.now += 5
        assert a.cancel("c1") == Saved(receipt=Receipt.OK, revision=3)
        state = a.load()
        assert state.header == OPEN._replace(status=Status.CANCELLED, is_open=False, waiting_for=())
        assert (state.cells, ids(state), state.revision) == ((cell("Ride"),), ["d2"], 3)
        assert state.updated.timestamp() == clock.now

    def test_the_holder_has_lost_a_cancelled_run_at_once(self, a: Worker) -> None:
        a.accept(delivery("d1"))
        a.begin("o1")
        a.cancel("c1")
        assert a.save("o2") == LOST
        assert a.end("o3", closes()) == LOST
        assert a.renew() == LOST

    def test_nobody_gets_a_cancelled_run_again(self, a: Worker, b: Worker, clock: SetClock) -> None:
        a.accept(delivery("d1"))
        a.cancel("c1")
        clock.now += 1000
        assert b.claim(wanted=True).verdict is Verdict.CANCELLED
        assert b.accept(delivery("d2")).verdict is Verdict.CANCELLED
        assert ids(b.load()) == ["d1"]

    def test_a_second_try_of_a_cancel_changes_nothing_and_another_cancel_is_a_write(self, a: Worker) -> None:
        a.accept(delivery("d1"))
        first = a.cancel("c1")
        assert a.cancel("c1") == first
        assert a.cancel("c2") == Saved(receipt=Receipt.OK, revision=first.revision + 1)
