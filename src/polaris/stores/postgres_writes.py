"""Puts together the statements of the PostgreSQL store that write what a save brings, or what a new run begins with.

Each is one statement, hence one round trip and one transaction. It does only what there is to do: it has a part for
each table that something is put in. Few lines are parameters one by one, which the server takes much quicker than
JSON; more are JSON, so that there are not ever more statements to prepare.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import msgspec

from polaris._model.records import Changes, Delivery
from polaris.stores.events import write_event
from polaris.stores.postgres_rows import Connected, Lines, said
from polaris.stores.queries import queries
from polaris.stores.rules import Row

_FEW = 4
"""How many lines of a table are written as parameters."""

_MANY = -1
"""Stands for any number of them that is greater."""

_FIRST = 19
"""The number of the first parameter of the lines: the run and its header come before."""

_SQL = queries("postgres")


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """Puts lines in a table. Each is another, so that to look for one is quick.

    Attributes:
        put: the statement.
        columns: what the lines have, with types.
    """

    put: str
    columns: tuple[str, ...] = ()


_CELLS = _Part(
    _SQL["put_cells"],
    ("key TEXT", "present BOOLEAN", "value TEXT", "changed BIGINT", "different BIGINT", "made_by TEXT"),
)
_MARKS = _Part(_SQL["put_marks"], ("builder TEXT", "ran_at BIGINT", "asked_at BIGINT", "once_done BOOLEAN"))
_EVENTS = _Part(_SQL["put_events"], ("place BIGINT", "content TEXT"))
_TAKEN = _Part(_SQL["taken"], ("seq BIGINT",))
_DELIVERY = _Part(
    _SQL["first_delivery"], ("delivery_id TEXT", "claim_id TEXT", "is_queued BOOLEAN", "keys TEXT[]", "texts TEXT[]")
)
_CHANGE_WAITING = _Part(_SQL["change_waiting"])
_FIRST_WAITING = _Part(_SQL["first_waiting"])

_WRITE = _SQL["held"], _SQL["put_held"]
_MAKE = _SQL["made"], _SQL["when_made"]

_Line = tuple[object, ...]
_Put = list[tuple[_Part, Sequence[_Line]]]


def write(
    connection: Connected,
    run_id: str,
    *,
    claim_id: str,
    revision: int,
    op: str,
    lease: float,
    changes: Changes,
    takes: int | None,
    releases: bool,
    settles: bool,
    now: float | None,
) -> Lines:
    """Write changes if a claim holds the run, has seen this revision and has not written them before.

    Args:
        connection: where to; with no transaction open, the statement is one.
        run_id: the run.
        claim_id: who writes.
        revision: what they have seen.
        op: id of the write.
        lease: for how many seconds the run is held.
        changes: what to write.
        takes: the number of the delivery to take out of the inbox.
        releases: whether to release the lease; then nothing is written if something is queued.
        settles: whether what the run waits for may change; else nothing is written if it would.
        now: the time, if it is not that of the server.

    Returns:
        A line with the new revision; none if nothing was written.
    """
    put = _changed(changes)
    if takes is not None:
        put.append((_TAKEN, [(takes,)]))
    if settles:
        put.append((_CHANGE_WAITING, ()))
    fence = (run_id, claim_id, revision, op, releases, now, settles, lease)
    return _execute(connection, _WRITE, put, (*fence, *said(changes.header)))


def make(
    connection: Connected,
    row: Row,
    *,
    lease: float,
    changes: Changes | None,
    delivery: Delivery | None,
    claim_id: str | None,
    now: float | None,
) -> float | None:
    """Write a new run with all that it begins with, unless it is there.

    Args:
        connection: where to; with no transaction open, the statement is one.
        row: the run as it is to be, but for the times.
        lease: for how many seconds it is held, if it is.
        changes: its cells and marks, and what happened.
        delivery: is put into its inbox; with `changes` it is begun at once, and only its id is remembered.
        claim_id: the claim that the delivery comes with; None for none.
        now: the time, if it is not that of the server.

    Returns:
        The time when it was made; None if it was there.
    """
    put: _Put = [] if changes is None else _changed(changes)
    is_queued = delivery is not None and changes is None
    if delivery is not None:
        keys, texts = [], []
        if is_queued:
            keys, texts = [key for key, _ in delivery.values], [text for _, text in delivery.values]
        put.append((_DELIVERY, [(delivery.delivery_id, claim_id or "", is_queued, keys, texts)]))
    if row.header.waiting_for:
        put.append((_FIRST_WAITING, ()))
    counts = (row.revision, row.holder, lease, int(delivery is not None), int(is_queued))
    values = (row.run_id, row.uid, *said(row.header), *counts, now)
    made = _execute(connection, _MAKE, put, values).fetchone()
    return None if made is None else made[0]


def _changed(changes: Changes) -> _Put:
    """Give the lines that changes put; of one key the last counts."""
    put: _Put = []
    if changes.cells:
        cells = {cell.key: cell for cell in changes.cells}
        put.append((_CELLS, list(cells.values())))
    if changes.marks:
        marks = dict(changes.marks)
        put.append((_MARKS, [(builder, *mark) for builder, mark in marks.items()]))
    if changes.events:
        put.append((_EVENTS, list(enumerate(map(write_event, changes.events)))))
    return put


def _execute(connection: Connected, around: tuple[str, str], put: _Put, values: _Line) -> Lines:
    sizes: list[tuple[_Part, int]] = []
    given = list(values)
    for part, lines in put:
        count = len(lines)
        if count <= _FEW:
            for line in lines:
                given += line
        else:
            count = _MANY
            given.append(_json(part, lines))
        sizes.append((part, count))
    return connection.kept.execute(_statement(around, tuple(sizes)), given)


@cache
def _statement(around: tuple[str, str], sizes: tuple[tuple[_Part, int], ...]) -> bytes:
    """Give the statement that puts so many lines with each part."""
    first, last = around
    parts, number = [first], _FIRST
    for part, count in sizes:
        new, number = _as_json(part, number) if count == _MANY else _as_values(part, number, count)
        parts.append(part.put.replace("{new}", new))
    is_taken = any(part is _TAKEN for part, _ in sizes)
    last = last.replace("{taken}", "(SELECT count(*) FROM taken)" if is_taken else "0")
    return f"WITH {', '.join(parts)} {last}".encode()


def _as_values(part: _Part, number: int, count: int) -> tuple[str, int]:
    """Give so many lines as parameters from a number on, and the number after the last."""
    width = len(part.columns)
    types = [column.partition(" ")[2] for column in part.columns]
    rows = (
        ", ".join(f"${place}::{kind}" for place, kind in enumerate(types, number + row * width)) for row in range(count)
    )
    names = ", ".join(column.partition(" ")[0] for column in part.columns)
    values = ", ".join(f"({row})" for row in rows)
    return f"(VALUES {values}) AS new ({names})", number + count * width


def _as_json(part: _Part, number: int) -> tuple[str, int]:
    """Give any number of lines as the parameter of a number, and the number after it."""
    return f"json_to_recordset(${number}::JSON) AS new ({', '.join(part.columns)})", number + 1


def _json(part: _Part, lines: Sequence[_Line]) -> str:
    names = [column.partition(" ")[0] for column in part.columns]
    return msgspec.json.encode([dict(zip(names, line, strict=True)) for line in lines]).decode()
