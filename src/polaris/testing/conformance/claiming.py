"""Claims, leases and takeovers."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from polaris._model.records import Answer, Changes, Receipt, Saved, Verdict
from polaris.protocols import Store
from polaris.testing.conformance.moves import CANCELLED, LEASE, Worker, closes, delivery, each_write, ids
from polaris.testing.fakes import SetClock


def run_once(worker: Worker) -> None:
    """Make a run and carry one delivery to its end."""
    worker.accept(delivery())
    worker.begin("o1")
    assert worker.end("o2", closes()).receipt is Receipt.RELEASED
    assert ids(worker.load()) == []


class Claiming:
    """Claims, leases and takeovers."""

    def test_a_run_that_is_not_there_cannot_be_claimed(self, a: Worker) -> None:
        assert a.claim(wanted=True) == Answer(verdict=Verdict.UNKNOWN)
        assert a.renew() == Saved(receipt=Receipt.LOST)

    def test_a_run_with_a_delivery_can_be_claimed(self, a: Worker) -> None:
        a.accept(delivery(), claims=False)
        answer = a.claim()
        assert (answer.verdict, answer.state, a.revision) == (Verdict.CLAIMED, a.load(), 1)

    def test_a_run_without_work_is_idle_and_stays_as_it_is(self, a: Worker, b: Worker) -> None:
        run_once(a)
        state = a.load()
        answer = b.claim()
        assert (answer.verdict, answer.state, b.load()) == (Verdict.IDLE, state, state)

    def test_a_run_without_work_can_be_claimed_by_who_wants_it(self, a: Worker, b: Worker) -> None:
        run_once(a)
        assert b.claim(wanted=True).verdict is Verdict.CLAIMED
        assert b.begin("o9", seq=None).receipt is Receipt.OK

    def test_a_run_that_somebody_holds_is_queued_and_stays_as_it_is(self, a: Worker, b: Worker) -> None:
        a.accept(delivery())
        state = a.load()
        answer = b.claim()
        assert (answer.verdict, answer.state, b.load()) == (Verdict.QUEUED, state, state)

    def test_without_work_even_a_held_run_is_idle(self, a: Worker, b: Worker) -> None:
        run_once(a)
        b.claim(wanted=True)
        assert Worker(a.store, "C").claim().verdict is Verdict.IDLE

    def test_a_cancelled_run_cannot_be_claimed(self, a: Worker, b: Worker) -> None:
        a.accept(delivery())
        a.begin("o1")
        a.end("o2", Changes(header=CANCELLED))
        assert b.claim(wanted=True).verdict is Verdict.CANCELLED

    def test_a_claim_that_is_tried_again_answers_as_the_first_time(self, a: Worker) -> None:
        a.accept(delivery(), claims=False)
        assert a.claim() == a.claim() == a.claim()

    def test_a_claim_that_is_held_is_prolonged_even_when_it_has_expired(
        self, a: Worker, b: Worker, clock: SetClock
    ) -> None:
        a.accept(delivery())
        clock.sleep(LEASE + 1)
        assert (a.claim().verdict, a.revision) == (Verdict.CLAIMED, 1)
        assert b.claim().verdict is Verdict.QUEUED

    def test_a_claim_that_was_released_is_used_up(self, a: Worker, b: Worker) -> None:
        run_once(a)
        b.accept(delivery("d2"), claims=False)
        state = a.load()
        assert a.claim(wanted=True).verdict is Verdict.QUEUED
        assert a.load() == state

    def test_a_claim_that_was_lost_is_not_given_back_while_another_holds_the_run(
        self, a: Worker, b: Worker, clock: SetClock
    ) -> None:
        a.accept(delivery())
        clock.sleep(LEASE + 1)
        b.claim()
        assert a.claim().verdict is Verdict.QUEUED

    @pytest.mark.parametrize(("waited", "verdict"), [(LEASE, Verdict.QUEUED), (LEASE + 0.001, Verdict.CLAIMED)])
    def test_a_lease_ends_when_its_time_is_over_and_not_before(
        self, a: Worker, b: Worker, clock: SetClock, waited: float, verdict: Verdict
    ) -> None:
        a.accept(delivery())
        clock.sleep(waited)
        assert b.claim().verdict is verdict

    @pytest.mark.parametrize("prolong", ["renew", "claim", "accept", "begin", "save", "end"])
    def test_whatever_the_holder_does_prolongs_its_lease(
        self, a: Worker, b: Worker, clock: SetClock, prolong: str
    ) -> None:
        a.accept(delivery("d1"))
        a.accept(delivery("d2"))
        clock.sleep(LEASE)
        moves: dict[str, Callable[[], object]] = {
            "renew": a.renew,
            "claim": a.claim,
            "accept": a.accept,
            "begin": lambda: a.begin("o1"),
            "save": lambda: a.save("o1"),
            "end": lambda: a.end("o1"),
        }
        moves[prolong]()
        clock.sleep(LEASE)
        assert b.claim().verdict is Verdict.QUEUED

    def test_a_renewed_lease_keeps_its_revision(self, a: Worker) -> None:
        a.accept(delivery())
        assert a.renew() == a.renew() == Saved(receipt=Receipt.OK, revision=1)
        assert a.load().revision == 1

    def test_only_the_holder_renews(self, a: Worker, b: Worker, clock: SetClock) -> None:
        a.accept(delivery())
        clock.sleep(LEASE + 1)
        assert a.renew().receipt is Receipt.OK  # nobody took it
        clock.sleep(LEASE + 1)
        b.claim()
        assert a.renew() == Saved(receipt=Receipt.LOST)
        b.begin("o1")
        b.end("o2")
        assert b.renew() == Saved(receipt=Receipt.LOST)

    def test_a_clock_that_goes_back_only_makes_a_lease_longer(self, a: Worker, b: Worker, clock: SetClock) -> None:
        a.accept(delivery())
        clock.sleep(-1000)
        assert b.claim().verdict is Verdict.QUEUED
        assert a.save("o1").receipt is Receipt.OK

    def test_each_claim_of_an_open_call_counts_as_a_takeover(self, store: Store, a: Worker, clock: SetClock) -> None:
        a.accept(delivery())
        a.begin("o1")
        for count, name in enumerate("BCD", start=1):
            clock.sleep(LEASE + 1)
            worker = Worker(store, name)
            worker.claim()
            worker.claim()
            assert worker.load().takeovers == count

    def test_an_accept_that_claims_an_open_call_counts_as_a_takeover_too(
        self, a: Worker, b: Worker, clock: SetClock
    ) -> None:
        a.accept(delivery())
        a.begin("o1")
        clock.sleep(LEASE + 1)
        b.accept(delivery("d2"))
        assert b.load().takeovers == 1

    def test_a_claim_of_a_run_without_an_open_call_is_no_takeover(self, a: Worker, b: Worker, clock: SetClock) -> None:
        a.accept(delivery())
        clock.sleep(LEASE + 1)
        b.claim()
        assert b.load().takeovers == 0

    @each_write
    def test_a_write_of_any_kind_sets_the_takeovers_back(
        self, a: Worker, b: Worker, clock: SetClock, write: str
    ) -> None:
        a.accept(delivery())
        a.begin("o1")
        clock.sleep(LEASE + 1)
        b.claim()
        getattr(b, write)("o2")
        assert b.load().takeovers == 0
