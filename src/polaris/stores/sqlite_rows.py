"""Reads and writes the rows of one run, inside a transaction of the SQLite store."""

from __future__ import annotations

import json
import sqlite3

from polaris._model.events import Event
from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.records import Cell, Changes, Delivery, Header, Stored
from polaris._model.snapshot import Mark
from polaris.stores import rules
from polaris.stores.events import read_event, write_event
from polaris.stores.queries import queries
from polaris.stores.rules import Row

FIRST = 1
"""The number of the first delivery of a run."""

_EVENTS_PER_REVISION = 1 << 20
"""Events of one revision are numbered from a multiple of this on, so that nobody need look for the last one."""

_SQL = queries("sqlite")


def read_row(connection: sqlite3.Connection, run_id: str) -> Row | None:
    """Give the row of a run; None if there is none."""
    found = connection.execute(_SQL["run"], (run_id,)).fetchone()
    if found is None:
        return None
    uid, workflow, fingerprint, status, round_, began_at, clean_at, *rest = found
    is_open, first_pass, waiting_for, error, *rest = rest
    revision, holder, lease_until, last_claim, last_op, takeovers, created, updated = rest
    header = Header(
        workflow=workflow,
        fingerprint=fingerprint,
        status=Status(status),
        round=round_,
        began_at=began_at,
        clean_at=clean_at,
        is_open=bool(is_open),
        first_pass=first_pass,
        waiting_for=tuple(map(Key, json.loads(waiting_for))),
        error=error,
    )
    return Row(
        run_id=run_id,
        uid=uid,
        header=header,
        revision=revision,
        holder=holder,
        lease_until=lease_until,
        last_claim=last_claim,
        last_op=last_op,
        takeovers=takeovers,
        created=created,
        updated=updated,
    )


def write_row(connection: sqlite3.Connection, row: Row, before: Row | None) -> None:
    """Write the row of a run, new or known, and what it waits for now."""
    header = row.header
    values = (
        row.run_id,
        row.uid,
        header.workflow,
        header.fingerprint,
        header.status,
        header.round,
        header.began_at,
        header.clean_at,
        header.is_open,
        header.first_pass,
        _names(header.waiting_for),
        header.error,
        row.revision,
        row.holder,
        row.lease_until,
        row.last_claim,
        row.last_op,
        row.takeovers,
        row.created,
        row.updated,
    )
    connection.execute(_SQL["put_run"], values)
    waited_for = () if before is None else before.header.waiting_for
    if header.waiting_for != waited_for:
        connection.execute(_SQL["drop_waiting"], (row.run_id,))
        connection.executemany(_SQL["put_waiting"], [(row.run_id, key) for key in header.waiting_for])


def write(connection: sqlite3.Connection, row: Row, before: Row, changes: Changes) -> None:
    """Write the row of a run, its cells and marks that changed, and what happened."""
    write_row(connection, row, before)
    _write_changes(connection, row.run_id, row.revision, row.updated, changes)


def advance(
    connection: sqlite3.Connection,
    run_id: str,
    claim_id: str,
    revision: int,
    op: str,
    *,
    now: float,
    lease: float,
    changes: Changes,
) -> bool:
    """Write changes that leave a run as it was but for its rounds, as nearly every checkpoint does, in one statement.

    It says whether that was possible; if not, nothing was written, and `rules` must tell why.
    """
    header = changes.header
    rounds = (header.round, header.began_at, header.clean_at, header.first_pass)
    same = (header.workflow, header.fingerprint, header.status, header.is_open, _names(header.waiting_for))
    values = (*rounds, now + lease, op, now, run_id, claim_id, revision, op, *same, header.error)
    if not connection.execute(_SQL["advance"], values).rowcount:
        return False
    _write_changes(connection, run_id, revision + 1, now, changes)
    return True


def _write_changes(connection: sqlite3.Connection, run_id: str, revision: int, now: float, changes: Changes) -> None:
    for cell in changes.cells:
        values = (run_id, cell.key, cell.present, cell.text, cell.changed, cell.different, cell.by)
        connection.execute(_SQL["put_cell"], values)
    for builder, mark in changes.marks:
        connection.execute(_SQL["put_mark"], (run_id, builder, mark.ran_at, mark.asked_at, mark.once_done))
    first = revision * _EVENTS_PER_REVISION
    for seq, event in enumerate(changes.events, first):
        connection.execute(_SQL["put_event"], (run_id, seq, now, write_event(event)))


def read_events(connection: sqlite3.Connection, row: Row) -> tuple[Event, ...]:
    """Give what happened in a run."""
    found = connection.execute(_SQL["events"], (row.run_id,))
    workflow = row.header.workflow
    return tuple(read_event(text, workflow=workflow, run_id=row.run_id, at=at) for text, at in found)


def read_stored(connection: sqlite3.Connection, row: Row) -> Stored:
    """Give all of a run."""
    cells = (
        Cell(key=Key(key), present=bool(present), text=text, changed=changed, different=different, by=by)
        for key, present, text, changed, different, by in connection.execute(_SQL["cells"], (row.run_id,))
    )
    marks = (
        (builder, Mark(ran_at=ran_at, asked_at=asked_at, once_done=bool(once_done)))
        for builder, ran_at, asked_at, once_done in connection.execute(_SQL["marks"], (row.run_id,))
    )
    return rules.stored(row, cells=cells, marks=marks, inbox=read_inbox(connection, row.run_id))


def read_inbox(connection: sqlite3.Connection, run_id: str, *, limit: int = -1) -> list[Delivery]:
    """Give the deliveries that nobody has begun, the oldest first; -1 for all of them."""
    queued = connection.execute(_SQL["inbox"], (run_id, limit)).fetchall()
    return [
        Delivery(seq=seq, delivery_id=delivery_id, values=_values(connection, run_id, seq))
        for seq, delivery_id in queued
    ]


def oldest(connection: sqlite3.Connection, run_id: str) -> Delivery | None:
    """Give the delivery that is to be begun next."""
    return next(iter(read_inbox(connection, run_id, limit=1)), None)


def accepted_by(connection: sqlite3.Connection, run_id: str, delivery_id: str) -> str | None:
    """Give the claim that a delivery was accepted with, empty for none; None if the id is not known."""
    found: tuple[str] | None = connection.execute(_SQL["accepted_by"], (run_id, delivery_id)).fetchone()
    return None if found is None else found[0]


def append(connection: sqlite3.Connection, run_id: str, delivery: Delivery, claim_id: str | None) -> None:
    """Put a delivery at the end of the inbox."""
    (seq,) = connection.execute(_SQL["next_seq"], (run_id,)).fetchone()
    connection.execute(_SQL["put_delivery"], (run_id, seq, delivery.delivery_id, claim_id or ""))
    rows = ((run_id, seq, position, key, text) for position, (key, text) in enumerate(delivery.values))
    connection.executemany(_SQL["put_delivered"], rows)


def take(connection: sqlite3.Connection, run_id: str, seq: int) -> None:
    """Take a delivery out of the inbox; its id stays known."""
    connection.execute(_SQL["take_delivery"], (run_id, seq))
    connection.execute(_SQL["drop_delivered"], (run_id, seq))


def _values(connection: sqlite3.Connection, run_id: str, seq: int) -> tuple[tuple[Key, str], ...]:
    return tuple((Key(key), text) for key, text in connection.execute(_SQL["delivered"], (run_id, seq)))


def _names(keys: tuple[Key, ...]) -> str:
    return json.dumps(keys, ensure_ascii=False) if keys else "[]"
