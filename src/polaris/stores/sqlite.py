"""The SQLite store: runs in one file, for any number of threads and processes of one machine."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from polaris._model.events import Event
from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.records import Answer, Changes, Delivery, Receipt, Saved, Stored, Verdict
from polaris.errors import StoreUnavailableError
from polaris.protocols import Clock
from polaris.stores import rules
from polaris.stores import sqlite_rows as rows
from polaris.stores.address import Address
from polaris.stores.clock import SystemClock
from polaris.stores.queries import queries
from polaris.stores.rules import LOST
from polaris.stores.sqlite_file import SqliteFile
from polaris.stores.sqlite_rows import Found, Last

_SQL = queries("sqlite")

_PAGE = 500
"""How many runs are deleted in one transaction: others want to write too."""

_REMEMBERED = 1024
"""Of how many runs the last write is remembered; if there are more, all are forgotten, and read once again."""

_OPTIONS = {"synchronous": ("full", "normal")}


def open_address(address: Address, clock: Clock | None, *, must_exist: bool = False) -> SqliteStore:
    """Open the file that ``sqlite:///relative`` or ``sqlite:////absolute`` names.

    Raises:
        StoreUnavailableError: the address names no file, or one that cannot be used.
    """
    options = address.choices(_OPTIONS)
    if address.host:
        do = f"Write {address.url.replace('://', ':///', 1)}"
        raise StoreUnavailableError(address.url, why="two slashes are one too few", do=do)
    if address.path in {"", ":memory:"}:
        raise StoreUnavailableError(address.url, why="it names no file", do="For a store in memory, write memory://")
    if must_exist and not Path(address.path).is_file():
        raise StoreUnavailableError(address.url, why="there is no such file", do="Look at the path.")
    return SqliteStore(SqliteFile(address.url, Path(address.path), **options), clock or SystemClock())


class _Fence(NamedTuple):
    """Who writes to a run: the claim, on top of which revision, and the id of the write."""

    run_id: str
    claim_id: str
    revision: int
    op: str


class SqliteStore:
    """Keeps runs in a SQLite file.

    The operations are those of `polaris.protocols.Store`, which says what each does. Each is one transaction.

    Args:
        file: the file.
        clock: where the time comes from.
    """

    def __init__(self, file: SqliteFile, clock: Clock) -> None:
        self._file = file
        self._clock = clock
        self._last: dict[str, Last] = {}

    def accept(
        self,
        run_id: str,
        *,
        workflow: str | None,
        uid: str,
        new: bool | None,
        delivery: Delivery | None,
        claim_id: str | None,
        lease: float,
        must_hold: bool,
        wanted: bool,
        changes: Changes | None,
    ) -> Answer:
        """Put a delivery into the inbox and, with a `claim_id`, claim the run in the same transaction."""

        def accepted(connection: sqlite3.Connection) -> Answer:
            now = self._clock.time()
            found = rows.find(connection, run_id)
            there = None if found is None else found.row
            row = rules.admit(
                there, run_id, workflow=workflow, uid=uid, new=new, delivers=delivery is not None, now=now
            )
            if isinstance(row, Verdict):
                return _answer(connection, row, found)
            by = None
            if delivery is not None and found is not None:
                by = rows.accepted_by(connection, found.number, delivery.delivery_id)
            if must_hold and by is None and not rules.can_hold(row, claim_id, now):
                return _answer(connection, Verdict.BUSY, found)
            opening = changes if found is None and claim_id is not None else None
            appended = delivery if by is None else None
            has_work = wanted or appended is not None or opening is not None or _has_work(found)
            verdict, row = rules.claimed(row, claim_id, has_work=has_work, now=now, lease=lease)
            if opening is not None:
                row = rules.written(row, opening.header, op=None, now=now, lease=lease)
            if found is None or row is not there or appended is not None:
                found = rows.write(connection, row, found, changes=opening, delivery=appended, claim_id=claim_id)
            if opening is None or claim_id is None:
                state = rows.read_stored(connection, found)
            else:
                state = rules.opened(row, opening)
                self._remember(run_id, Last(run_id, found.number, claim_id, row.revision, None, row.header))
            return Answer(verdict=verdict, state=state, repeated=by is not None and by != claim_id)

        return self._file.write(accepted)

    def claim(self, run_id: str, *, claim_id: str, lease: float, wanted: bool) -> Answer:
        """Take a free run that has work; prolong a lease that this `claim_id` already holds."""

        def claimed(connection: sqlite3.Connection) -> Answer:
            found = rows.find(connection, run_id)
            if found is None:
                return _answer(connection, Verdict.UNKNOWN, None)
            has_work = wanted or _has_work(found)
            now = self._clock.time()
            verdict, row = rules.claimed(found.row, claim_id, has_work=has_work, now=now, lease=lease)
            if row is not found.row:
                found = rows.write(connection, row, found)
            return _answer(connection, verdict, found)

        return self._file.write(claimed)

    def begin(
        self, run_id: str, *, claim_id: str, revision: int, op: str, lease: float, seq: int | None, changes: Changes
    ) -> Saved:
        """Open a call: take delivery `seq`, the oldest, out of the inbox, and write `changes`."""
        return self._write(_Fence(run_id, claim_id, revision, op), lease, changes, takes=seq)

    def save(self, run_id: str, *, claim_id: str, revision: int, op: str, lease: float, changes: Changes) -> Saved:
        """Write a checkpoint."""
        last = self._last.get(run_id)
        if last is None or not last.precedes(claim_id, revision, op, changes.header):
            return self._write(_Fence(run_id, claim_id, revision, op), lease, changes)

        def saved(connection: sqlite3.Connection) -> bool:
            return rows.advance(connection, last, op, changes, now=self._clock.time(), lease=lease)

        if not self._file.write(saved):
            return self._write(_Fence(run_id, claim_id, revision, op), lease, changes)
        self._last[run_id] = Last(run_id, last.number, claim_id, revision + 1, op, last.header)
        return Saved(Receipt.OK, revision + 1)

    def end(self, run_id: str, *, claim_id: str, revision: int, op: str, lease: float, changes: Changes) -> Saved:
        """Close a call, and release the lease if the inbox is empty."""
        return self._write(_Fence(run_id, claim_id, revision, op), lease, changes, ends=True)

    def _write(
        self, fence: _Fence, lease: float, changes: Changes, *, takes: int | None = None, ends: bool = False
    ) -> Saved:
        run_id, claim_id, revision, op = fence

        def written(connection: sqlite3.Connection) -> tuple[Saved, Last | None]:
            found = rows.find(connection, run_id)
            if found is None:
                return LOST, None
            row = found.row
            oldest = rows.oldest(connection, found) if ends else None
            if row.last_op == op:
                return rules.receipt(row, claim_id, ends=ends, oldest=oldest), None
            if not rules.may_write(row, claim_id, revision):
                return LOST, None
            now, releases = self._clock.time(), ends and oldest is None
            row = rules.written(row, changes.header, op=op, now=now, lease=lease, releases=releases)
            rows.write(connection, row, found, changes=changes, takes=takes)
            last = None if releases else Last(run_id, found.number, claim_id, row.revision, op, row.header)
            return rules.receipt(row, claim_id, ends=ends, oldest=oldest), last

        saved, last = self._file.write(written)
        self._remember(run_id, last)
        return saved

    def _remember(self, run_id: str, last: Last | None) -> None:
        if last is None:
            self._last.pop(run_id, None)
            return
        if len(self._last) >= _REMEMBERED:
            self._last.clear()
        self._last[run_id] = last

    def renew(self, run_id: str, *, claim_id: str, lease: float) -> Saved:
        """Prolong a lease; the revision stays."""

        def renewed(connection: sqlite3.Connection) -> Saved:
            found = rows.find(connection, run_id)
            if found is None or found.row.holder != claim_id:
                return LOST
            rows.write(connection, found.row._replace(lease_until=self._clock.time() + lease), found)
            return Saved(receipt=Receipt.OK, revision=found.row.revision)

        return self._file.write(renewed)

    def cancel(self, run_id: str, *, op: str) -> Saved:
        """Close a run for good, whoever holds it."""

        def cancelled(connection: sqlite3.Connection) -> Saved:
            found = rows.find(connection, run_id)
            if found is None:
                return LOST
            row = found.row
            if row.last_op != op:
                row = rules.cancelled(row, op=op, now=self._clock.time())
                rows.write(connection, row, found)
            return Saved(receipt=Receipt.OK, revision=row.revision)

        return self._file.write(cancelled)

    def load(self, run_id: str) -> Stored | None:
        """Read one consistent revision of a run; None if there is none."""
        with self._file.reading() as connection:
            found = rows.find(connection, run_id)
            return None if found is None else rows.read_stored(connection, found)

    def claim_abandoned(
        self, *, claim_id: str, lease: float, limit: int, fingerprints: Collection[str], after: str | None
    ) -> tuple[Stored, ...]:
        """Take free runs with an open call or a queued delivery, each in a transaction of its own."""
        asked = {"claim_id": claim_id, "fingerprints": _list(fingerprints), "from": _from(after), "limit": limit}
        with self._file.reading() as connection:
            found = connection.execute(_SQL["abandoned"], asked | {"now": self._clock.time()}).fetchall()
        answers = (self.claim(run_id, claim_id=claim_id, lease=lease, wanted=False) for (run_id,) in found)
        return tuple(each.state for each in answers if each.verdict is Verdict.CLAIMED and each.state is not None)

    def find(
        self,
        *,
        workflows: Collection[str] | None,
        status: Status | None,
        waiting_for: Key | None,
        older_than: float | None,
        limit: int,
        after: str | None,
    ) -> tuple[Stored, ...]:
        """Read a page of runs, in the order of their ids."""
        asked = {
            "workflows": None if workflows is None else _list(workflows),
            "status": status,
            "waiting_for": waiting_for,
            "until": None if older_than is None else self._clock.time() - older_than,
            "from": _from(after),
            "limit": limit,
        }
        query = _SQL["find"] if status is None else _SQL["find_in_status"]
        if waiting_for is not None:
            query = _SQL["find_waiting"]
        with self._file.reading() as connection:
            found = connection.execute(query, asked).fetchall()
            there = (rows.find(connection, run_id) for (run_id,) in found)
            return tuple(rows.read_stored(connection, each) for each in there if each is not None)

    def history(self, run_id: str) -> tuple[Event, ...] | None:
        """Read what happened in a run, in order."""
        with self._file.reading() as connection:
            found = rows.find(connection, run_id)
            return None if found is None else rows.read_events(connection, found)

    def purge(self, *, older_than: float, status: Status | None) -> int:
        """Delete runs that nobody holds and nothing is left to do in, some in each transaction."""
        count, last = 0, None
        while found := self._purge_page(older_than, status, last):
            count, last = count + len(found), found[-1]
        return count

    def _purge_page(self, older_than: float, status: Status | None, after: str | None) -> list[str]:
        def purged(connection: sqlite3.Connection) -> list[str]:
            now = self._clock.time()
            asked = {"until": now - older_than, "now": now, "status": status, "from": _from(after), "limit": _PAGE}
            found = connection.execute(_SQL["over"], asked).fetchall()
            connection.executemany(_SQL["drop_run"], found)
            return [run_id for (run_id,) in found]

        return self._file.write(purged)

    def put_plan(self, fingerprint: str, content: bytes) -> None:
        """Keep a plan, unless it is kept already."""
        self._file.write(lambda connection: connection.execute(_SQL["put_plan"], (fingerprint, content)))

    def get_plan(self, fingerprint: str) -> bytes | None:
        """Give a plan that was kept, or None."""
        with self._file.reading() as connection:
            found: tuple[bytes] | None = connection.execute(_SQL["plan"], (fingerprint,)).fetchone()
            return None if found is None else found[0]

    def close(self) -> None:
        """Close the file; afterwards every operation is an error."""
        self._file.close()


def _from(after: str | None) -> str:
    """Give the first id that is greater than one, by its bytes."""
    return "" if after is None else after + "\0"


def _list(values: Collection[str]) -> str:
    return json.dumps(list(values), ensure_ascii=False)


def _has_work(found: Found | None) -> bool:
    return found is not None and (found.row.header.is_open or found.queued > 0)


def _answer(connection: sqlite3.Connection, verdict: Verdict, found: Found | None) -> Answer:
    return Answer(verdict=verdict, state=None if found is None else rows.read_stored(connection, found))
