"""The rules that stores share; what they come to in a store is told by the conformance suite."""

from __future__ import annotations

import pytest

from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.records import Cell, Changes, Delivery, Header, Receipt, Saved, Verdict
from polaris._model.snapshot import Mark
from polaris.stores import rules
from polaris.stores.rules import LOST, Row

HEADER = Header(
    workflow="rides", fingerprint="f", status=Status.WAITING, round=1, began_at=1, clean_at=1, is_open=False
)
FREE = Row(run_id="r1", uid="u1", header=HEADER, revision=5, last_claim="Z", created=0.0, updated=0.0)
HELD = FREE._replace(holder="A", lease_until=100.0, last_claim="A", last_op="o1")
CANCELLED = FREE._replace(header=HEADER._replace(status=Status.CANCELLED))
NEXT = Delivery(seq=7, delivery_id="d7", values=())


@pytest.mark.parametrize(
    ("row", "claim_id", "now", "can"),
    [
        (FREE, None, 0.0, False),
        (FREE, "A", 0.0, True),
        (FREE, "Z", 0.0, False),
        (HELD, None, 0.0, False),
        (HELD, "A", 0.0, True),
        (HELD, "A", 999.0, True),
        (HELD, "B", 100.0, False),
        (HELD, "B", 100.1, True),
        (CANCELLED, "A", 0.0, False),
    ],
)
def test_who_can_hold_a_run(row: Row, claim_id: str | None, now: float, can: bool) -> None:
    assert rules.can_hold(row, claim_id, now) is can


@pytest.mark.parametrize(
    ("row", "has_work", "verdict"),
    [
        (FREE, True, Verdict.CLAIMED),
        (FREE, False, Verdict.IDLE),
        (HELD, True, Verdict.QUEUED),
        (HELD, False, Verdict.IDLE),
        (CANCELLED, True, Verdict.CANCELLED),
    ],
)
def test_what_becomes_of_a_claim(row: Row, has_work: bool, verdict: Verdict) -> None:
    found, after = rules.claimed(row, "B", has_work=has_work, now=10.0, lease=5.0)
    assert found is verdict
    if verdict is Verdict.CLAIMED:
        assert after == row._replace(revision=6, holder="B", last_claim="B", lease_until=15.0)
    else:
        assert after is row


def test_a_write_makes_a_revision_and_forgets_the_takeovers() -> None:
    row = HELD._replace(takeovers=3)
    after = rules.written(row, HEADER, op="o2", now=10.0, lease=5.0)
    assert after == HELD._replace(revision=6, last_op="o2", lease_until=15.0, updated=10.0)
    assert rules.written(row, HEADER, op="o2", now=10.0, lease=5.0, releases=True).holder is None


@pytest.mark.parametrize(
    ("row", "ends", "oldest", "saved"),
    [
        (HELD, False, None, Saved(receipt=Receipt.OK, revision=5)),
        (HELD, True, None, Saved(receipt=Receipt.RELEASED, revision=5)),
        (HELD, True, NEXT, Saved(receipt=Receipt.NEXT, revision=5, delivery=NEXT)),
        (FREE, False, None, LOST),
        (FREE, True, NEXT, Saved(receipt=Receipt.RELEASED, revision=5)),
        (HELD._replace(holder="B"), False, None, LOST),
        (HELD._replace(holder="B"), True, NEXT, LOST),
    ],
)
def test_how_a_write_is_answered(row: Row, ends: bool, oldest: Delivery | None, saved: Saved) -> None:
    assert rules.receipt(row, "A", ends=ends, oldest=oldest) == saved


def test_a_run_that_was_just_made_is_put_together_in_the_order_in_which_it_is_read() -> None:
    cells = [Cell(key=Key(key), present=True, text="1", changed=1, different=1, by=None) for key in ("b", "Ü", "a")]
    earlier = cells[0]._replace(text="0")
    changes = Changes(header=HEADER, cells=(earlier, *cells), marks=(("y", Mark(ran_at=1)), ("x", Mark(ran_at=1))))
    stored = rules.opened(HELD, changes)
    assert (stored.run_id, stored.revision, stored.header) == ("r1", 5, HEADER)
    assert stored.cells == (cells[2], cells[0], cells[1])
    assert stored.marks == (("x", Mark(ran_at=1)), ("y", Mark(ran_at=1)))
    assert stored.inbox == ()
