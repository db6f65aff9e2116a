"""Deliveries and the making of runs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from polaris._model.outcome import Status
from polaris._model.records import Changes, Delivery, Verdict
from polaris.protocols import Store
from polaris.testing.conformance.moves import CANCELLED, LEASE, Worker, cell, delivery, ids, opens
from polaris.testing.fakes import SetClock


class Accepting:
    """Deliveries and the making of runs."""

    def test_a_delivery_makes_the_run_and_waits_in_its_inbox(self, a: Worker, clock: SetClock) -> None:
        answer = a.accept(delivery("d1", Ride="1", Fare="2"), claims=False)
        assert (answer.verdict, answer.repeated) == (Verdict.QUEUED, False)
        state = a.load()
        assert answer.state == state
        assert (state.run_id, state.uid, state.revision, state.takeovers) == ("r1", "u1", 0, 0)
        assert (state.header.workflow, state.header.status, state.header.is_open) == ("rides", Status.QUEUED, False)
        assert state.inbox == (Delivery(seq=1, delivery_id="d1", values=delivery("d1", Ride="1", Fare="2").values),)
        assert state.created == state.updated == datetime.fromtimestamp(clock.now, UTC)
        assert (state.cells, state.marks) == ((), ())

    def test_deliveries_keep_the_order_in_which_they_were_accepted(self, a: Worker) -> None:
        for name in ("z", "a", "m"):
            a.accept(delivery(name), claims=False)
        assert [(queued.seq, queued.delivery_id) for queued in a.load().inbox] == [(1, "z"), (2, "a"), (3, "m")]

    def test_a_delivery_may_be_empty(self, a: Worker) -> None:
        a.accept(Delivery(seq=0, delivery_id="d1", values=()), claims=False)
        assert a.load().inbox == (Delivery(seq=1, delivery_id="d1", values=()),)

    def test_a_delivery_id_counts_once_however_often_it_is_sent(self, a: Worker) -> None:
        a.accept(delivery("d1", Ride="1"), claims=False)
        again = a.accept(delivery("d1", Ride="other"), claims=False)
        assert again.repeated
        assert a.load().inbox[0].values == delivery("d1", Ride="1").values
        assert ids(a.load()) == ["d1"]

    def test_a_delivery_id_stays_known_after_the_delivery_was_begun(self, a: Worker, b: Worker) -> None:
        a.accept(delivery("d1"))
        a.begin("o1")
        a.end("o2")
        again = b.accept(delivery("d1"))
        assert (again.verdict, again.repeated, ids(b.load())) == (Verdict.IDLE, True, [])

    def test_a_number_is_never_given_to_a_second_delivery(self, a: Worker) -> None:
        a.accept(delivery("d1"))
        a.begin("o1")
        a.accept(delivery("d2"))
        assert [queued.seq for queued in a.load().inbox] == [2]

    def test_accepting_never_changes_the_revision(self, a: Worker, b: Worker) -> None:
        a.accept(delivery("d1"))
        before = a.revision
        b.accept(delivery("d2"))
        assert b.revision == before

    def test_with_a_claim_the_run_is_accepted_and_claimed_in_one_step(self, a: Worker) -> None:
        answer = a.accept(delivery("d1"))
        assert (answer.verdict, answer.repeated) == (Verdict.CLAIMED, False)
        assert answer.state is not None
        assert (answer.state.revision, ids(answer.state)) == (1, ["d1"])

    def test_with_changes_a_new_run_is_begun_in_the_same_step(self, a: Worker) -> None:
        answer = a.accept(delivery("d1"), changes=opens(cell("Ride")))
        assert answer.verdict is Verdict.CLAIMED
        state = a.load()
        assert answer.state == state
        assert (state.revision, state.header, state.cells, state.inbox) == (2, opens().header, (cell("Ride"),), ())
        assert a.accept(delivery("d1"), claims=False).repeated

    def test_changes_count_even_if_nothing_is_delivered(self, a: Worker) -> None:
        assert a.accept(new=True, changes=opens()).verdict is Verdict.CLAIMED
        assert a.load().header.is_open

    def test_changes_are_for_runs_that_are_made_here(self, a: Worker, b: Worker) -> None:
        a.accept(delivery("d1"), claims=False)
        answer = b.accept(delivery("d2"), changes=opens(cell()))
        assert answer.verdict is Verdict.CLAIMED
        assert (ids(b.load()), b.load().cells, b.load().revision) == (["d1", "d2"], (), 1)

    def test_changes_without_a_claim_are_not_written(self, a: Worker) -> None:
        a.accept(delivery("d1"), claims=False, changes=opens(cell()))
        assert (ids(a.load()), a.load().cells) == (["d1"], ())

    @pytest.mark.parametrize("changes", [None, opens(cell())])
    def test_an_accept_that_is_tried_again_answers_as_the_first_time(self, a: Worker, changes: object) -> None:
        def attempt() -> object:
            return a.accept(delivery("d1"), new=True, changes=opens(cell()) if changes else None)

        assert attempt() == attempt() == attempt()

    def test_an_accept_that_comes_late_changes_nothing(self, a: Worker, b: Worker, clock: SetClock) -> None:
        a.accept(delivery("d1"))
        clock.sleep(LEASE + 1)
        b.claim()
        state = b.load()
        late = a.accept(delivery("d1"))
        assert (late.verdict, late.repeated) == (Verdict.QUEUED, False)
        assert b.load() == state

    def test_a_claim_that_lost_its_lease_can_accept_but_not_claim_again(self, a: Worker, b: Worker) -> None:
        a.accept(delivery("d1"))
        a.begin("o1")
        a.end("o2")
        answer = a.accept(delivery("d2"))
        assert (answer.verdict, ids(a.load())) == (Verdict.QUEUED, ["d2"])
        assert b.claim().verdict is Verdict.CLAIMED

    def test_a_held_run_takes_deliveries_and_says_that_they_are_queued(self, a: Worker, b: Worker) -> None:
        a.accept(delivery("d1"))
        answer = b.accept(delivery("d2"))
        assert (answer.verdict, ids(answer.state)) == (Verdict.QUEUED, ["d1", "d2"])

    def test_a_delivery_that_its_holder_has_not_seen_survives_what_the_holder_writes(
        self, a: Worker, b: Worker
    ) -> None:
        a.accept(delivery("d1"))
        b.accept(delivery("d2"), claims=False)
        a.begin("o1")
        a.save("o2")
        assert ids(a.load()) == ["d2"]

    def test_without_a_workflow_no_run_is_made(self, a: Worker, store: Store) -> None:
        answer = a.accept(delivery(), workflow=None, claims=False)
        assert (answer.verdict, answer.state, store.load("r1")) == (Verdict.UNKNOWN, None, None)

    def test_with_new_false_no_run_is_made(self, a: Worker, store: Store) -> None:
        assert a.accept(delivery(), new=False).verdict is Verdict.UNKNOWN
        assert store.load("r1") is None

    def test_without_a_delivery_only_new_makes_a_run(self, a: Worker, store: Store) -> None:
        assert a.accept().verdict is Verdict.UNKNOWN
        assert store.load("r1") is None
        assert a.accept(new=True).verdict is Verdict.IDLE
        assert store.load("r1") is not None

    def test_a_new_empty_run_that_is_wanted_is_claimed(self, a: Worker) -> None:
        assert a.accept(new=True, wanted=True).verdict is Verdict.CLAIMED

    @pytest.mark.parametrize("new", [False, None])
    @pytest.mark.parametrize("workflow", ["rides", None])
    def test_a_run_that_is_there_is_used(self, a: Worker, b: Worker, workflow: str | None, new: bool | None) -> None:
        a.accept(delivery("d1"), claims=False)
        assert b.accept(delivery("d2"), workflow=workflow, uid="u2", new=new).verdict is Verdict.CLAIMED
        assert (b.load().uid, ids(b.load())) == ("u1", ["d1", "d2"])

    def test_a_run_that_must_be_new_and_is_there_is_refused(self, a: Worker, b: Worker) -> None:
        a.accept(delivery("d1"), claims=False)
        state = a.load()
        answer = b.accept(delivery("d2"), uid="u2", new=True)
        assert (answer.verdict, answer.state, b.load()) == (Verdict.EXISTS, state, state)

    def test_a_run_of_another_workflow_is_refused(self, a: Worker, b: Worker) -> None:
        a.accept(delivery("d1"), claims=False)
        state = a.load()
        answer = b.accept(delivery("d2"), workflow="meals")
        assert (answer.verdict, answer.state, b.load()) == (Verdict.MISMATCH, state, state)

    def test_a_cancelled_run_accepts_nothing(self, a: Worker, b: Worker) -> None:
        a.accept(delivery("d1"))
        a.begin("o1")
        a.end("o2", Changes(header=CANCELLED))
        state = a.load()
        answer = b.accept(delivery("d2"), wanted=True)
        assert (answer.verdict, answer.state, b.load()) == (Verdict.CANCELLED, state, state)

    def test_a_new_run_that_must_be_held_can_be(self, a: Worker) -> None:
        assert a.accept(delivery("d1"), must_hold=True).verdict is Verdict.CLAIMED

    def test_a_run_that_must_be_held_is_when_its_holder_asks(self, a: Worker) -> None:
        a.accept(delivery("d1"))
        assert a.accept(delivery("d2"), must_hold=True).verdict is Verdict.CLAIMED
        assert ids(a.load()) == ["d1", "d2"]

    def test_a_run_that_must_be_held_and_that_another_holds_accepts_nothing(self, a: Worker, b: Worker) -> None:
        a.accept(delivery("d1"))
        state = a.load()
        answer = b.accept(delivery("d2"), must_hold=True)
        assert (answer.verdict, answer.state, b.load()) == (Verdict.BUSY, state, state)

    def test_a_run_that_must_be_held_is_taken_over_when_its_lease_has_expired(
        self, a: Worker, b: Worker, clock: SetClock
    ) -> None:
        a.accept(delivery("d1"))
        clock.sleep(LEASE + 1)
        assert b.accept(delivery("d2"), must_hold=True).verdict is Verdict.CLAIMED

    def test_a_run_that_must_be_held_accepts_nothing_without_a_claim_nor_is_it_made(
        self, a: Worker, store: Store
    ) -> None:
        answer = a.accept(delivery("d1"), claims=False, must_hold=True)
        assert (answer.verdict, answer.state, store.load("r1")) == (Verdict.BUSY, None, None)

    def test_a_run_that_must_be_held_accepts_nothing_from_a_claim_that_is_used_up(self, a: Worker) -> None:
        a.accept(delivery("d1"))
        a.begin("o1")
        a.end("o2")
        assert a.accept(delivery("d2"), must_hold=True).verdict is Verdict.BUSY
        assert ids(a.load()) == []

    def test_a_delivery_that_was_accepted_before_is_answered_without_the_lease(self, a: Worker, b: Worker) -> None:
        a.accept(delivery("d1"))
        answer = b.accept(delivery("d1"), must_hold=True)
        assert (answer.verdict, answer.repeated) == (Verdict.QUEUED, True)
