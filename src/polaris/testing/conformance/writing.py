"""Begin, save and end: what they write, whom they refuse, and what a second try of them finds."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.records import Cell, Changes, Receipt, Saved, Verdict
from polaris._model.snapshot import Mark
from polaris.testing.conformance.moves import (
    CLOSED,
    LEASE,
    OPEN,
    Worker,
    cell,
    closes,
    delivery,
    each_write,
    ids,
    opens,
)
from polaris.testing.fakes import SetClock

LOST = Saved(receipt=Receipt.LOST)


class Writing:
    """Begin, save and end: what they write, whom they refuse, and what a second try of them finds."""

    def test_begin_takes_its_delivery_and_opens_the_call(self, a: Worker) -> None:
        a.accept(delivery("d1"))
        a.accept(delivery("d2"))
        assert a.begin("o1", changes=opens(cell("Ride", by=None))) == Saved(receipt=Receipt.OK, revision=2)
        state = a.load()
        assert (state.header, ids(state), state.cells) == (OPEN, ["d2"], (cell("Ride", by=None),))

    def test_begin_without_a_delivery_takes_none(self, a: Worker) -> None:
        a.accept(delivery("d1"))
        a.begin("o1", seq=None)
        assert ids(a.load()) == ["d1"]

    def test_a_save_writes_what_changed_and_leaves_the_rest(self, a: Worker) -> None:
        first, second = Mark(ran_at=2), Mark(ran_at=3, asked_at=2, once_done=True)
        a.accept(delivery())
        a.begin("o1", changes=opens(cell("A", "1"), cell("C", "3"), marks=(("match", first), ("pay", first))))
        a.save("o2", opens(cell("B", "2"), cell("C", "33", changed=2), marks=(("pay", second), ("end", first))))
        state = a.load()
        assert state.cells == (cell("A", "1"), cell("B", "2"), cell("C", "33", changed=2))
        assert state.marks == (("end", first), ("match", first), ("pay", second))

    @pytest.mark.parametrize("present", [False, True])
    def test_a_cell_may_have_no_value(self, a: Worker, present: bool) -> None:
        empty = Cell(key=Key("OneTimeCode"), present=present, text=None, changed=5, different=4, by="send")
        a.accept(delivery())
        a.begin("o1", changes=opens(cell("OneTimeCode")))
        a.save("o2", opens(empty))
        assert a.load().cells == (empty,)

    def test_an_end_writes_the_last_changes_and_the_status(self, a: Worker) -> None:
        a.accept(delivery())
        a.begin("o1")
        assert a.end("o2", closes(cell("Fare"))) == Saved(receipt=Receipt.RELEASED, revision=3)
        state = a.load()
        assert (state.header, state.cells, state.revision) == (CLOSED, (cell("Fare"),), 3)

    def test_the_reason_of_a_failure_is_kept(self, a: Worker) -> None:
        failed = Changes(header=CLOSED._replace(status=Status.FAILED, error="match: ValueError"))
        a.accept(delivery())
        a.end("o1", failed)
        assert (a.load().header.status, a.load().header.error) == (Status.FAILED, "match: ValueError")

    def test_the_time_of_the_last_write_is_kept(self, a: Worker, clock: SetClock) -> None:
        a.accept(delivery())
        made = clock.now
        clock.sleep(1.5)
        a.claim()
        assert a.load().updated == datetime.fromtimestamp(made, UTC)
        a.begin("o1")
        state = a.load()
        assert (state.created, state.updated) == (
            datetime.fromtimestamp(made, UTC),
            datetime.fromtimestamp(made + 1.5, UTC),
        )

    def test_an_end_with_an_empty_inbox_releases_the_lease(self, a: Worker, b: Worker) -> None:
        a.accept(delivery())
        a.begin("o1")
        a.end("o2")
        assert b.claim(wanted=True).verdict is Verdict.CLAIMED

    def test_an_end_with_another_delivery_keeps_the_lease_and_the_oldest_comes_next(self, a: Worker, b: Worker) -> None:
        a.accept(delivery("d1"))
        b.accept(delivery("d2", Fare="7"), claims=False)
        b.accept(delivery("d3"), claims=False)
        a.begin("o1")
        saved = a.end("o2")
        assert (saved.receipt, saved.revision, saved.delivery) == (Receipt.NEXT, 3, a.load().inbox[0])
        assert ids(a.load()) == ["d2", "d3"]
        assert b.claim().verdict is Verdict.QUEUED
        assert a.begin("o3", seq=2).receipt is Receipt.OK
        assert a.end("o4").receipt is Receipt.NEXT

    def test_a_delivery_that_comes_after_the_end_waits_for_the_next_claim(self, a: Worker, b: Worker) -> None:
        a.accept(delivery("d1"))
        a.begin("o1")
        a.end("o2")
        assert b.accept(delivery("d2"), claims=False).verdict is Verdict.QUEUED
        assert b.claim().verdict is Verdict.CLAIMED

    @each_write
    def test_nobody_writes_to_a_run_that_is_not_there(self, a: Worker, write: str) -> None:
        assert getattr(a, write)("o1", at=0) == LOST

    @each_write
    def test_nobody_writes_without_a_claim(self, a: Worker, b: Worker, write: str) -> None:
        a.accept(delivery(), claims=False)
        assert getattr(a, write)("o1") == LOST
        b.claim()
        state = a.load()
        assert getattr(a, write)("o2", at=state.revision) == LOST
        assert a.load() == state

    @each_write
    @pytest.mark.parametrize("revision", [0, 1, 3, 99])
    def test_nobody_writes_over_a_revision_that_they_have_not_seen(self, a: Worker, write: str, revision: int) -> None:
        a.accept(delivery())
        a.begin("o1")
        state = a.load()
        assert getattr(a, write)("o2", at=revision) == LOST
        assert a.load() == state

    @each_write
    def test_an_expired_lease_that_nobody_took_still_writes(self, a: Worker, clock: SetClock, write: str) -> None:
        a.accept(delivery())
        clock.sleep(10 * LEASE)
        assert getattr(a, write)("o1").receipt is not Receipt.LOST

    @each_write
    def test_a_lease_that_another_took_writes_nothing_more(
        self, a: Worker, b: Worker, clock: SetClock, write: str
    ) -> None:
        a.accept(delivery())
        a.begin("o1")
        clock.sleep(LEASE + 1)
        b.claim()
        state = b.load()
        assert getattr(a, write)("o2") == LOST
        assert getattr(a, write)("o2", at=state.revision) == LOST
        assert b.load() == state

    @each_write
    def test_who_released_the_lease_writes_nothing_more(self, a: Worker, write: str) -> None:
        a.accept(delivery())
        a.begin("o1")
        a.end("o2")
        assert getattr(a, write)("o3") == LOST

    # A second try: the answer to the first was lost; or the first was only slow, and arrives after the second.

    @each_write
    def test_a_second_try_of_a_write_answers_as_the_first_and_changes_nothing(
        self, a: Worker, clock: SetClock, write: str
    ) -> None:
        a.accept(delivery("d1"))
        a.accept(delivery("d2"))
        before = a.revision
        first = getattr(a, write)("o1", at=before)
        clock.sleep(3)
        state = a.load()
        assert getattr(a, write)("o1", at=before) == getattr(a, write)("o1", at=before) == first
        assert a.load() == state

    def test_an_end_that_released_the_lease_says_so_again_even_if_a_delivery_came(self, a: Worker, b: Worker) -> None:
        a.accept(delivery("d1"))
        a.begin("o1")
        before = a.revision
        first = a.end("o2", at=before)
        b.accept(delivery("d2"), claims=False)
        assert a.end("o2", at=before) == first

    @each_write
    def test_a_second_try_after_another_claim_is_told_that_the_lease_is_lost(
        self, a: Worker, b: Worker, clock: SetClock, write: str
    ) -> None:
        a.accept(delivery("d1"))
        a.accept(delivery("d2"))
        before = a.revision
        getattr(a, write)("o1", at=before)
        clock.sleep(LEASE + 1)
        b.claim()
        state = b.load()
        assert getattr(a, write)("o1", at=before) == LOST
        assert b.load() == state

    @each_write
    def test_a_second_try_that_arrives_after_the_next_write_changes_nothing(self, a: Worker, write: str) -> None:
        a.accept(delivery("d1"))
        a.accept(delivery("d2"))
        before = a.revision
        getattr(a, write)("o1", at=before)
        a.save("o2")
        state = a.load()
        assert getattr(a, write)("o1", at=before) == LOST
        assert a.load() == state
