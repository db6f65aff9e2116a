"""Who may write to a run: the rules that stores share, as small pure functions of its row.

A run is *held* by the claim whose id stands in `holder`. Each claim and each write makes a new `revision`, and a write
must name both: so the revision is the fencing token, and whoever lost the lease can write nothing. An expired lease
may still write as long as nobody took it: only another claim ends it. A claim id that lost or released its lease is
used up, and the id of the last write is kept: so an operation that arrives late or twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple

from polaris._model.outcome import Status
from polaris._model.records import Cell, Changes, Delivery, Header, Receipt, Saved, Stored, Verdict, new
from polaris._model.snapshot import Mark

LOST = Saved(receipt=Receipt.LOST)
"""The answer to somebody who does not hold the run."""


class Row(NamedTuple):
    """A run without its cells, marks and inbox: what decides who may write to it.

    Attributes:
        run_id: id of the run.
        uid: its random identity, made with it.
        header: what the last write said of it.
        created: when it was made, in seconds since the epoch, by the store's clock like all its times.
        updated: when it was last written to.
        revision: number of the saved state; grows with every claim and every write.
        holder: id of the claim that holds the run; None if nobody does.
        lease_until: when the holder's time is over.
        last_claim: id of the claim that was granted last.
        last_op: id of the write that was done last.
        takeovers: claims of an open call since the last write.
    """

    run_id: str
    uid: str
    header: Header
    created: float
    updated: float
    revision: int = 0
    holder: str | None = None
    lease_until: float = 0.0
    last_claim: str | None = None
    last_op: str | None = None
    takeovers: int = 0


def admit(
    row: Row | None, run_id: str, *, workflow: str | None, uid: str, new: bool | None, delivers: bool, now: float
) -> Row | Verdict:
    """Give the row that `accept` goes on with, that of the run or a new one; or say why it must change nothing.

    Args:
        row: the run; None if it is not there.
        run_id: its id.
        workflow: the workflow that the run must have, or be made of; None for any, and to make none.
        uid: the identity of a run made here. A run that has it was made by an earlier try, and is as good as new.
        new: whether the run must be new; None for either.
        delivers: whether there is a delivery; without one, only ``new=True`` makes a run.
        now: the time.
    """
    if row is None:
        if workflow is None or new is False or not (delivers or new):
            return Verdict.UNKNOWN
        header = Header(workflow, "", Status.QUEUED, 0, 0, 0, is_open=False)
        return Row(run_id, uid, header, now, now)
    if new and row.uid != uid:
        return Verdict.EXISTS
    if workflow is not None and workflow != row.header.workflow:
        return Verdict.MISMATCH
    return Verdict.CANCELLED if row.header.status is Status.CANCELLED else row


def is_free(row: Row, now: float) -> bool:
    """Say whether a run can be taken: it is not cancelled, and nobody holds it, or no longer."""
    return row.header.status is not Status.CANCELLED and (row.holder is None or row.lease_until < now)


def can_hold(row: Row, claim_id: str | None, now: float) -> bool:
    """Say whether a claim holds the run, or could take it if there is work; no claim (None) never does."""
    if claim_id is None or claim_id == row.holder:
        return claim_id is not None
    return is_free(row, now) and claim_id != row.last_claim


def claimed(row: Row, claim_id: str | None, *, has_work: bool, now: float, lease: float) -> tuple[Verdict, Row]:
    """Say what becomes of a claim, and give the row as it is then.

    Args:
        row: the run.
        claim_id: who asks; None if nobody does.
        has_work: whether a call is open, a delivery is queued, or the claim is wanted for another reason.
        now: the time.
        lease: for how many seconds the run is held.
    """
    if claim_id is not None and claim_id == row.holder:
        return Verdict.CLAIMED, row._replace(lease_until=now + lease)
    if has_work and can_hold(row, claim_id, now):
        run_id, uid, header, created, updated, revision, *_, last_op, takeovers = row
        until, opened = now + lease, takeovers + header.is_open
        held = run_id, uid, header, created, updated, revision + 1, claim_id, until, claim_id, last_op, opened
        return Verdict.CLAIMED, new(Row, held)
    if row.header.status is Status.CANCELLED:
        return Verdict.CANCELLED, row
    return Verdict.QUEUED if has_work else Verdict.IDLE, row


def may_write(row: Row, claim_id: str, revision: int) -> bool:
    """Say whether a claim holds the run, at the revision that it has seen."""
    return row.holder == claim_id and row.revision == revision


def written(row: Row, header: Header, *, op: str | None, now: float, lease: float, releases: bool = False) -> Row:
    """Give the row as it is after a write by its holder, who may release the lease with it."""
    run_id, uid, _, created, _, revision, holder, _, last_claim, _, _ = row
    until, by = now + lease, None if releases else holder
    after: Row = new(Row, (run_id, uid, header, created, now, revision + 1, by, until, last_claim, op, 0))
    return after


def cancelled(row: Row, *, op: str, now: float) -> Row:
    """Give the row as it is when it has been cancelled: nobody holds it, and nobody will."""
    return row._replace(
        header=row.header._replace(status=Status.CANCELLED, is_open=False, waiting_for=()),
        revision=row.revision + 1,
        holder=None,
        last_op=op,
        updated=now,
    )


def is_over(row: Row, *, has_inbox: bool, now: float) -> bool:
    """Say whether nothing is left to do in a run, and nobody is doing it: it may be purged."""
    if row.header.status is Status.CANCELLED:
        return True
    return is_free(row, now) and not row.header.is_open and not has_inbox


def receipt(row: Row, claim_id: str, *, ends: bool, oldest: Delivery | None) -> Saved:
    """Answer a write that was done, now or at an earlier try, from the run as it is now.

    Args:
        row: the run.
        claim_id: who wrote.
        ends: whether the write was an `end`.
        oldest: the oldest delivery in the inbox.
    """
    is_held = row.holder == claim_id
    if is_held and not ends:
        done: Saved = new(Saved, (Receipt.OK, row.revision, None))
        return done
    if is_held and oldest is not None:
        return Saved(receipt=Receipt.NEXT, revision=row.revision, delivery=oldest)
    if ends and (is_held or row.holder is None):
        return Saved(receipt=Receipt.RELEASED, revision=row.revision)
    return LOST


def stored(row: Row, *, cells: Iterable[Cell], marks: Iterable[tuple[str, Mark]], inbox: Iterable[Delivery]) -> Stored:
    """Put a run together, as it is read."""
    return Stored(
        row.run_id,
        row.uid,
        row.revision,
        row.header,
        tuple(cells),
        tuple(marks),
        tuple(inbox),
        row.takeovers,
        datetime.fromtimestamp(row.created, UTC),
        datetime.fromtimestamp(row.updated, UTC),
    )


def opened(row: Row, changes: Changes) -> Stored:
    """Put a run together that was made with some changes, and nothing else."""
    cells, marks = {cell.key: cell for cell in changes.cells}, dict(changes.marks)  # of one key the last counts
    return stored(row, cells=[cells[key] for key in sorted(cells)], marks=sorted(marks.items()), inbox=())
