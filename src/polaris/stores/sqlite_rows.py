"""Reads and writes the rows of one run, inside a transaction of the SQLite store."""

from __future__ import annotations

import json
import sqlite3
from functools import cache
from itertools import groupby
from operator import itemgetter

import msgspec

from polaris._model.events import Event
from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.records import Cell, Changes, Delivery, Header, Stored
from polaris._model.snapshot import Mark
from polaris.stores import rules
from polaris.stores.events import event_of
from polaris.stores.queries import queries
from polaris.stores.rules import Row

_PLACES = 1 << 20
"""Events of a revision, and values of a delivery, are numbered from a multiple of this on."""

_TOGETHER = 8
"""How many parts of a run are put in one statement, which is quicker; with more it would be a new one each time."""

_SQL = queries("sqlite")

_HEAD = _SQL["put_head"]
_CELL = _SQL["put_cell"]
_MARK = _SQL["put_mark"]
_EVENT = _SQL["put_event"]
_DELIVERY = _SQL["put_delivery"]
_QUEUED = _SQL["put_queued"]
_DELIVERED = _SQL["put_delivered"]

_Part = tuple[str, tuple[object, ...]]
"""A statement that puts one part of a run, and its values."""


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


def write(
    connection: sqlite3.Connection,
    row: Row,
    before: Row | None,
    *,
    changes: Changes | None = None,
    delivery: Delivery | None = None,
    claim_id: str | None = None,
) -> None:
    """Write the row of a run, new or known, and what it waits for now.

    Args:
        connection: has begun a transaction.
        row: the run as it is to be.
        before: as it is; None if it is not there.
        changes: its cells and marks that changed, and what happened.
        delivery: is put at the end of the inbox; with `changes` it is begun at once, and only its id is remembered.
        claim_id: the claim that the delivery came with; None for none.
    """
    values = _seldom_changed(row)
    is_queued = delivery is not None and changes is None
    if delivery is not None or before is None or values != _seldom_changed(before):
        connection.execute(_SQL["put_run"], (*values, int(delivery is not None), int(is_queued)))
    waited_for = () if before is None else before.header.waiting_for
    if row.header.waiting_for != waited_for:
        connection.execute(_SQL["drop_waiting"], (row.run_id,))
        connection.executemany(_SQL["put_waiting"], [(row.run_id, key) for key in row.header.waiting_for])
    number, accepted = connection.execute(_SQL["numbers"], (row.run_id,)).fetchone()
    parts: list[_Part] = [(_HEAD, (number, row.last_op, row.revision, row.header.round, row.updated, row.lease_until))]
    if changes is not None:
        parts += _changed(number, row.revision, row.updated, changes)
    if delivery is not None:
        parts.append((_DELIVERY, (number, delivery.delivery_id, claim_id or "", accepted)))
        parts += _queued(number, accepted, delivery) if is_queued else ()
    _put(connection, parts)


def _seldom_changed(row: Row) -> tuple[object, ...]:
    said = _said(row.header)
    return (row.run_id, row.uid, *said, row.holder, row.last_claim, row.takeovers, row.created)


def _said(header: Header) -> tuple[object, ...]:
    """Give what a header says, but for the round, as the columns of a run have it."""
    return (
        header.workflow,
        header.fingerprint,
        header.status.value,
        header.began_at,
        header.clean_at,
        int(header.is_open),
        header.first_pass,
        _names(header.waiting_for),
        header.error,
    )


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
    """Write changes that leave a run as it was but for its round, as nearly every checkpoint does, without reading it.

    It says whether that was possible; if not, nothing was written, and `rules` must tell why.
    """
    header = changes.header
    found = connection.execute(_SQL["same"], (run_id, claim_id, revision, op, *_said(header))).fetchone()
    if found is None:
        return False
    (number,) = found
    head = _HEAD, (number, op, revision + 1, header.round, now, now + lease)
    _put(connection, [head, *_changed(number, revision + 1, now, changes)])
    return True


def _changed(number: int, revision: int, now: float, changes: Changes) -> list[_Part]:
    parts: list[_Part] = [
        (_CELL, (number, cell.key, cell.text, cell.by, cell.changed, cell.different, int(cell.present)))
        for cell in changes.cells
    ]
    for builder, mark in changes.marks:
        parts.append((_MARK, (number, builder, mark.ran_at, mark.asked_at, int(mark.once_done))))
    for seq, event in enumerate(changes.events, revision * _PLACES):
        what = (event.kind.value, _rest(event), event.builder, event.round)
        parts.append((_EVENT, (number, seq, *what, now, event.seconds)))
    return parts


def _put(connection: sqlite3.Connection, parts: list[_Part]) -> None:
    """Put parts of a run, new or known."""
    if len(parts) <= _TOGETHER:
        statement = _joined(tuple([each for each, _ in parts]))
        connection.execute(statement, [value for _, values in parts for value in values])
        return
    for statement, some in groupby(parts, itemgetter(0)):
        connection.executemany(statement, [values for _, values in some])


@cache
def _joined(statements: tuple[str, ...]) -> str:
    """Give one statement that puts what several put."""
    rows = [statement.rstrip(";").partition("VALUES ") for statement in statements]
    head, values, _ = rows[0]
    return head + values + ", ".join(row for *_, row in rows)


def _rest(event: Event) -> str | None:
    """Give what has no column of its own, as JSON; None if there is nothing."""
    found: dict[str, object] = {"keys": event.keys} if event.keys else {}
    if event.status is not None:
        found["status"] = event.status
    if event.error is not None:
        found["error"] = event.error
    return msgspec.json.encode(found).decode() if found else None


def read_events(connection: sqlite3.Connection, row: Row) -> tuple[Event, ...]:
    """Give what happened in a run."""
    return tuple(
        event_of(
            {"kind": kind, "round": round_, "builder": builder, "seconds": seconds, **json.loads(rest or "{}")},
            workflow=row.header.workflow,
            run_id=row.run_id,
            at=at,
        )
        for kind, round_, builder, seconds, rest, at in connection.execute(_SQL["events"], (row.run_id,))
    )


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


def _queued(number: int, seq: int, delivery: Delivery) -> list[_Part]:
    values = enumerate(delivery.values, seq * _PLACES)
    return [
        (_QUEUED, (number, seq, delivery.delivery_id)),
        *((_DELIVERED, (number, place, key, text)) for place, (key, text) in values),
    ]


def take(connection: sqlite3.Connection, run_id: str, seq: int) -> None:
    """Take a delivery out of the inbox; its id stays known."""
    if connection.execute(_SQL["take_delivery"], (run_id, seq)).rowcount:
        connection.execute(_SQL["uncount_queued"], (run_id,))
        connection.execute(_SQL["drop_delivered"], (run_id, seq * _PLACES, (seq + 1) * _PLACES))


def _values(connection: sqlite3.Connection, run_id: str, seq: int) -> tuple[tuple[Key, str], ...]:
    found = connection.execute(_SQL["delivered"], (run_id, seq * _PLACES, (seq + 1) * _PLACES))
    return tuple((Key(key), text) for key, text in found)


def _names(keys: tuple[Key, ...]) -> str:
    return json.dumps(keys, ensure_ascii=False) if keys else "[]"
