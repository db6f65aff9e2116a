"""Reads and writes the rows of one run, inside a transaction of the SQLite store."""

from __future__ import annotations

import json
import sqlite3
from functools import lru_cache
from typing import NamedTuple

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

_TOGETHER = 16
"""How many parts of a run are put in one statement, which is quicker; with more it would be a new one each time."""

_TEXTS = 256
"""How many of these statements are kept."""

_SQL = queries("sqlite")

_RUN = _SQL["run"]
_ADVANCE = _SQL["advance"]
_HEAD = _SQL["put_head"]
_CELL = _SQL["put_cell"]
_MARK = _SQL["put_mark"]
_EVENT = _SQL["put_event"]
_DELIVERY = _SQL["put_delivery"]
_QUEUED = _SQL["put_queued"]
_DELIVERED = _SQL["put_delivered"]

_STATUS = {status.value: status for status in Status}


class _Parts(NamedTuple):
    """Parts of a run, as statements that put one each, and the values of all."""

    statements: list[str]
    values: list[object]


class Found(NamedTuple):
    """A run as it stands in the file.

    Attributes:
        row: the run.
        number: stands for its id in its parts.
        accepted: how many deliveries there were.
        queued: how many of them are in the inbox.
    """

    row: Row
    number: int
    accepted: int = 0
    queued: int = 0


class Last(NamedTuple):
    """A write that was done, as its writer remembers it. An id of a write is used once: so it tells what was written.

    Attributes:
        run_id: id of the run.
        number: of the run.
        claim_id: who wrote, and still held the run afterwards.
        revision: what came of it.
        op: id of the write; None if the run was made by it.
        header: what it said of the run.
    """

    run_id: str
    number: int
    claim_id: str
    revision: int
    op: str | None
    header: Header

    def precedes(self, claim_id: str, revision: int, op: str, header: Header) -> bool:
        """Say whether it may be the one before a write by this claim that leaves a run as it was but for its round."""
        _, _, by, at, last_op, said = self
        return revision == at and claim_id == by and op != last_op and _is_same(header, said)


def find(connection: sqlite3.Connection, run_id: str) -> Found | None:
    """Give a run without its parts; None if there is none."""
    found = connection.execute(_RUN, (run_id,)).fetchone()
    if found is None:
        return None
    number, accepted, queued, uid, created, updated, revision, holder, until, last_claim, op, takeovers, *said = found
    workflow, fingerprint, status, round_, began_at, clean_at, is_open, first_pass, waiting_for, error = said
    header = Header(
        workflow,
        fingerprint,
        _STATUS[status],
        round_,
        began_at,
        clean_at,
        bool(is_open),
        first_pass,
        () if waiting_for == "[]" else tuple(map(Key, json.loads(waiting_for))),
        error,
    )
    row = Row(run_id, uid, header, created, updated, revision, holder, until, last_claim, op, takeovers)
    return Found(row, number, accepted, queued)


def write(
    connection: sqlite3.Connection,
    row: Row,
    before: Found | None,
    *,
    changes: Changes | None = None,
    delivery: Delivery | None = None,
    claim_id: str | None = None,
    takes: int | None = None,
) -> Found:
    """Write the row of a run, new or known, and what it waits for now; give the run as it then stands in the file.

    Args:
        connection: has begun a transaction.
        row: the run as it is to be.
        before: as it is; None if it is not there.
        changes: its cells and marks that changed, and what happened.
        delivery: is put at the end of the inbox; with `changes` it is begun at once, and only its id is remembered.
        claim_id: the claim that the delivery came with; None for none.
        takes: the delivery that is taken out of the inbox; None for none. Its id stays known.
    """
    number = _next_number(connection) if before is None else before.number
    accepted, queued = (0, 0) if before is None else before[2:]
    head = (number, row.last_op, row.revision, row.header.round, row.updated, row.lease_until)
    parts = _Parts([_HEAD], [*head])
    if changes is not None:
        _add_changed(parts, number, row.revision, row.updated, changes)
    if delivery is not None:
        accepted += 1
        _add_accepted(parts, number, accepted, delivery, claim_id)
        if changes is None:
            queued += 1
            _add_queued(parts, number, accepted, delivery)
    if takes is not None:
        queued -= _take(connection, number, takes)
    after = Found(row, number, accepted, queued)
    _write_run(connection, after, before)
    _put(connection, parts)
    return after


def _next_number(connection: sqlite3.Connection) -> int:
    (number,) = connection.execute(_SQL["next_number"]).fetchone()
    return int(number)


def _write_run(connection: sqlite3.Connection, after: Found, before: Found | None) -> None:
    """Write what seldom changes of a run, if it does."""
    row, number, *counts = after
    run_id, uid, header, created, _, _, holder, _, last_claim, _, takeovers = row
    held = (holder, last_claim, takeovers, *counts)
    if before is None:
        connection.execute(_SQL["put_run"], (*held, *_said(header), run_id, number, uid, created))
    elif not _is_same(header, before.row.header):
        connection.execute(_SQL["change_run"], (*held, *_said(header), run_id))
    elif held != (before.row.holder, before.row.last_claim, before.row.takeovers, before.accepted, before.queued):
        connection.execute(_SQL["hold_run"], (*held, run_id))
    if header.waiting_for != (() if before is None else before.row.header.waiting_for):
        connection.execute(_SQL["drop_waiting"], (run_id,))
        connection.executemany(_SQL["put_waiting"], [(run_id, key) for key in header.waiting_for])


def _is_same(header: Header, other: Header) -> bool:
    """Say whether two headers say the same, but for the round."""
    return header == other or (header[4:] == other[4:] and header[:3] == other[:3])


def _said(header: Header) -> tuple[object, ...]:
    """Give what a header says, but for the round, as the columns of a run have it."""
    workflow, fingerprint, status, _, began_at, clean_at, is_open, first_pass, waiting_for, error = header
    said = (workflow, fingerprint, status.value, began_at, clean_at, int(is_open), first_pass)
    return (*said, _names(waiting_for), error)


def advance(connection: sqlite3.Connection, last: Last, op: str, changes: Changes, *, now: float, lease: float) -> bool:
    """Write changes that leave a run as it was but for its round, as nearly every checkpoint does, without reading it.

    It says whether `last` was the last write; if not, nothing was written, and `rules` must tell why. What `last` said
    then stands in the file still, and its writer holds the run: for every claim makes another revision. A write without
    an id is known by the claim, which is used once, too.
    """
    run_id, number, claim_id, revision, last_op, _ = last
    if last_op is None and connection.execute(_SQL["holds"], (run_id, number, claim_id)).fetchone() is None:
        return False
    head = (op, revision + 1, changes.header.round, now, now + lease)
    if not connection.execute(_ADVANCE, (*head, number, revision, last_op)).rowcount:
        return False
    parts = _Parts([], [])
    _add_changed(parts, number, revision + 1, now, changes)
    _put(connection, parts)
    return True


def _add_changed(parts: _Parts, number: int, revision: int, now: float, changes: Changes) -> None:
    statements, values = parts
    _, cells, marks, events = changes
    for key, present, text, changed, different, by in cells:
        statements.append(_CELL)
        values += (number, key, text, by, changed, different, int(present))
    for builder, mark in marks:
        statements.append(_MARK)
        values += (number, builder, mark.ran_at, mark.asked_at, int(mark.once_done))
    for seq, event in enumerate(events, revision * _PLACES):
        statements.append(_EVENT)
        what = (event.kind.value, _rest(event), event.builder, event.round)
        values += (number, seq, *what, now, event.seconds)


def _put(connection: sqlite3.Connection, parts: _Parts) -> None:
    """Put parts of a run, new or known."""
    statements, values = parts
    place = 0
    for start in range(0, len(statements), _TOGETHER):
        statement, width = _joined(tuple(statements[start : start + _TOGETHER]))
        connection.execute(statement, values[place : place + width])
        place += width


@lru_cache(_TEXTS)
def _joined(statements: tuple[str, ...]) -> tuple[str, int]:
    """Give one statement that puts what several put, and how many values it has."""
    rows = [statement.rstrip(";").partition("VALUES ") for statement in statements]
    head, values, _ = rows[0]
    joined = head + values + ", ".join(row for *_, row in rows)
    return joined, joined.count("?")


def _rest(event: Event) -> str | None:
    """Give what has no column of its own, as JSON; None if there is nothing."""
    found: dict[str, object] = {"keys": event.keys} if event.keys else {}
    if event.status is not None:
        found["status"] = event.status
    if event.error is not None:
        found["error"] = event.error
    return msgspec.json.encode(found).decode() if found else None


def read_events(connection: sqlite3.Connection, found: Found) -> tuple[Event, ...]:
    """Give what happened in a run."""
    return tuple(
        event_of(
            {"kind": kind, "round": round_, "builder": builder, "seconds": seconds, **json.loads(rest or "{}")},
            workflow=found.row.header.workflow,
            run_id=found.row.run_id,
            at=at,
        )
        for kind, round_, builder, seconds, rest, at in connection.execute(_SQL["events"], (found.number,))
    )


def read_stored(connection: sqlite3.Connection, found: Found) -> Stored:
    """Give all of a run."""
    row, number, _, queued = found
    cells = [
        Cell(Key(key), bool(present), text, changed, different, by)
        for key, present, text, changed, different, by in connection.execute(_SQL["cells"], (number,))
    ]
    marks = [
        (builder, Mark(ran_at=ran_at, asked_at=asked_at, once_done=bool(once_done)))
        for builder, ran_at, asked_at, once_done in connection.execute(_SQL["marks"], (number,))
    ]
    return rules.stored(row, cells=cells, marks=marks, inbox=read_inbox(connection, number) if queued else ())


def read_inbox(connection: sqlite3.Connection, number: int, *, limit: int = -1) -> list[Delivery]:
    """Give the deliveries that nobody has begun, the oldest first; -1 for all of them."""
    queued = connection.execute(_SQL["inbox"], (number, limit)).fetchall()
    return [
        Delivery(seq=seq, delivery_id=delivery_id, values=_values(connection, number, seq))
        for seq, delivery_id in queued
    ]


def oldest(connection: sqlite3.Connection, found: Found) -> Delivery | None:
    """Give the delivery that is to be begun next."""
    return next(iter(read_inbox(connection, found.number, limit=1)), None) if found.queued else None


def accepted_by(connection: sqlite3.Connection, number: int, delivery_id: str) -> str | None:
    """Give the claim that a delivery was accepted with, empty for none; None if the id is not known."""
    found: tuple[str] | None = connection.execute(_SQL["accepted_by"], (number, delivery_id)).fetchone()
    return None if found is None else found[0]


def _add_accepted(parts: _Parts, number: int, seq: int, delivery: Delivery, claim_id: str | None) -> None:
    statements, values = parts
    statements.append(_DELIVERY)
    values += (number, delivery.delivery_id, claim_id or "", seq)


def _add_queued(parts: _Parts, number: int, seq: int, delivery: Delivery) -> None:
    statements, values = parts
    statements.append(_QUEUED)
    values += (number, seq, delivery.delivery_id)
    for place, (key, text) in enumerate(delivery.values, seq * _PLACES):
        statements.append(_DELIVERED)
        values += (number, place, key, text)


def _take(connection: sqlite3.Connection, number: int, seq: int) -> int:
    """Take a delivery out of the inbox, and say how many that were: it may be gone."""
    taken = connection.execute(_SQL["take_delivery"], (number, seq)).rowcount
    connection.execute(_SQL["drop_delivered"], (number, seq * _PLACES, (seq + 1) * _PLACES))
    return taken


def _values(connection: sqlite3.Connection, number: int, seq: int) -> tuple[tuple[Key, str], ...]:
    found = connection.execute(_SQL["delivered"], (number, seq * _PLACES, (seq + 1) * _PLACES))
    return tuple((Key(key), text) for key, text in found)


def _names(keys: tuple[Key, ...]) -> str:
    return json.dumps(keys, ensure_ascii=False) if keys else "[]"
