"""Reads and writes the rows of one run, inside a transaction of the PostgreSQL store.

A round trip costs more than what is done in it. So a transaction has two as a rule: the first locks the run and reads
what decides, the second sends all that is to be written, what is to be read then, and COMMIT. Each statement sees what
was committed before it began: hence nothing is read in the one that waits for the lock, but the locked row itself.
"""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias, cast

from psycopg import Connection, Cursor, RawCursor
from psycopg.rows import TupleRow
from psycopg.types.numeric import Int8Dumper

from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.records import Cell, Delivery, Header, Stored
from polaris._model.snapshot import Mark
from polaris.stores import rules
from polaris.stores.queries import queries
from polaris.stores.rules import Row

Lines: TypeAlias = Cursor[TupleRow]
"""What a statement gives; in a pipeline, it is there when that has ended."""

_SQL = {name: text.encode() for name, text in queries("postgres").items()}

_BEGIN = b"BEGIN ISOLATION LEVEL READ COMMITTED"
_COMMIT = b"COMMIT"


class Connected(Connection[TupleRow]):
    """A connection; what is in the lines that it gives is said by the statement that they come from."""

    @cached_property
    def kept(self) -> RawCursor[TupleRow]:
        """A cursor for one statement after the other; to make one costs a tenth of a save."""
        return RawCursor(self)

    def send(self, statement: bytes, *values: object) -> Lines:
        """Ask for what a statement gives whose parameters are numbered."""
        return RawCursor(self).execute(statement, values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A run that is locked.

    Attributes:
        row: its row; None if there is no such run.
        now: the time of the server, when it had been locked.
        accepted: how many deliveries there were.
        queued: how many of them nobody has begun.
        by: the claim that the delivery in question was accepted with, empty for none; None if its id is not known.
    """

    row: Row | None
    now: float
    accepted: int
    queued: int
    by: str | None = None


def connect(conninfo: str) -> Connected:
    """Make a connection, with no transaction open."""
    connection = Connected.connect(conninfo, autocommit=True)
    connection.adapters.register_dumper(int, Int8Dumper)  # else a statement is prepared anew for each size of number
    return connection


def one(cursor: Lines) -> TupleRow:
    """Give the line of a statement that always has one."""
    return cast(TupleRow, cursor.fetchone())


@contextmanager
def committing(connection: Connected) -> Generator[None]:
    """Send what is asked inside together with the COMMIT; what was read is there afterwards."""
    with connection.pipeline():
        yield
        connection.execute(_COMMIT)


def lock(connection: Connected, run_id: str, delivery_id: str | None = None) -> Found:
    """Begin a transaction, and lock a run in it."""
    with connection.pipeline():
        connection.execute(_BEGIN)
        locked = connection.send(_SQL["lock_run"], run_id)
        known = None if delivery_id is None else connection.send(_SQL["accepted_by"], run_id, delivery_id)
    return _found(one(locked), by=None if known is None else known.fetchone())


def lock_abandoned(
    connection: Connected,
    *,
    claim_id: str,
    fingerprints: Collection[str],
    after: str | None,
    now: float | None,
) -> Found | None:
    """Begin a transaction, and lock the first run in it that a claim can take, or has; None if there is none."""
    values = {"claim_id": claim_id, "fingerprints": list(fingerprints), "after": after, "now": now}
    with connection.pipeline():
        connection.execute(_BEGIN)
        locked = connection.execute(_SQL["lock_abandoned"], values)
    line = locked.fetchone()
    return None if line is None else _found(line)


def put(connection: Connected, found: Found, row: Row, *, appended: bool = False) -> None:
    """Write the row of a run, if it is another than was found or a delivery was appended to its inbox."""
    if row is found.row and not appended:
        return
    claims = row.revision, row.holder, row.lease_until, row.last_claim, row.last_op, row.takeovers
    counts = found.accepted + appended, found.queued + appended
    connection.send(_SQL["put_run"], row.run_id, *said(row.header), *claims, *counts, row.updated)
    waiting_for = row.header.waiting_for
    if found.row is None or waiting_for != found.row.header.waiting_for:
        connection.execute(_SQL["put_waiting"], {"run_id": row.run_id, "waiting_for": list(waiting_for)})


def append(connection: Connected, found: Found, run_id: str, delivery: Delivery, claim_id: str | None) -> None:
    """Put a delivery at the end of the inbox; `put` counts it."""
    keys, texts = [key for key, _ in delivery.values], [text for _, text in delivery.values]
    seq = found.accepted + 1
    connection.send(_SQL["put_delivery"], run_id, seq, delivery.delivery_id, claim_id or "", keys, texts)


def oldest(connection: Connected, run_id: str) -> Delivery:
    """Give the delivery that is to be begun next."""
    return _delivery(one(connection.execute(_SQL["oldest"], {"run_id": run_id})))


def ask(connection: Connected, run_id: str) -> Lines:
    """Ask for all of a run; `read_stored` gives it."""
    return connection.send(_SQL["stored"], run_id)


def read_stored(asked: Lines) -> Stored | None:
    """Give all of the run that was asked for; None if there is none."""
    line = asked.fetchone()
    return None if line is None else stored(line)


def stored(line: TupleRow) -> Stored:
    """Give all of a run, from a line of the view of that name."""
    *columns, cells, marks, inbox = line
    return rules.stored(
        _row(columns),
        cells=(
            Cell(key=Key(key), present=present, text=text, changed=changed, different=different, by=by)
            for key, present, text, changed, different, by in cells or ()
        ),
        marks=(
            (builder, Mark(ran_at=ran_at, asked_at=asked_at, once_done=once_done))
            for builder, ran_at, asked_at, once_done in marks or ()
        ),
        inbox=map(_delivery, inbox or ()),
    )


def _found(line: TupleRow, by: TupleRow | None = None) -> Found:
    now, *columns, accepted, queued = line
    row = None if columns[0] is None else _row(columns)
    return Found(row=row, now=now, accepted=accepted or 0, queued=queued or 0, by=None if by is None else by[0])


def _row(columns: Sequence[Any]) -> Row:
    run_id, uid, workflow, fingerprint, status, round_, began_at, clean_at, *rest = columns
    is_open, first_pass, waiting_for, error, *rest = rest
    revision, holder, lease_until, last_claim, last_op, takeovers, created, updated = rest
    header = Header(
        workflow=workflow,
        fingerprint=fingerprint,
        status=Status(status),
        round=round_,
        began_at=began_at,
        clean_at=clean_at,
        is_open=is_open,
        first_pass=first_pass,
        waiting_for=tuple(map(Key, waiting_for)),
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


def said(header: Header) -> tuple[object, ...]:
    """Give what a header says as parameters."""
    workflow, fingerprint, status, *rounds, waiting_for, error = header
    return (workflow, fingerprint, status.value, *rounds, list(waiting_for) or "{}", error)


def _delivery(line: Sequence[Any]) -> Delivery:
    seq, delivery_id, keys, texts = line
    return Delivery(seq=seq, delivery_id=delivery_id, values=tuple(zip(map(Key, keys), texts, strict=True)))
