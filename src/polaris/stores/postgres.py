"""The PostgreSQL store: runs in a database that any number of machines share."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from importlib.util import find_spec
from typing import NamedTuple

from polaris._model.events import Event
from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.records import Answer, Changes, Delivery, Receipt, Saved, Stored, Verdict
from polaris.errors import MissingExtraError
from polaris.protocols import Clock
from polaris.stores import rules
from polaris.stores.address import Address
from polaris.stores.events import read_event
from polaris.stores.queries import queries
from polaris.stores.rules import LOST, Row

if find_spec("psycopg") is None:
    raise MissingExtraError("A store in PostgreSQL", extra="postgres")

from polaris.stores import postgres_rows as rows
from polaris.stores import postgres_writes as writes
from polaris.stores.postgres_pool import Pool
from polaris.stores.postgres_rows import Connected, Found, Lines

_SQL = {name: text.encode() for name, text in queries("postgres").items()}

_PURGED_AT_ONCE = 1000


def open_address(address: Address, clock: Clock | None, *, must_exist: bool = False) -> PostgresStore:
    """Open the database that ``postgresql://user:password@host:port/database`` names.

    The option `schema` names the schema in it that the tables are in; the others are those of libpq, such as
    ``sslmode=require``.

    Raises:
        StoreUnavailableError: the address is not understood, or the database cannot be used.
    """
    return PostgresStore(Pool(address, must_exist=must_exist), clock)


class _Asked(NamedTuple):
    """What `accept` is asked for."""

    run_id: str
    workflow: str | None
    uid: str
    new: bool | None
    delivery: Delivery | None
    claim_id: str | None
    lease: float
    must_hold: bool
    wanted: bool
    changes: Changes | None

    def admitted(self, row: Row | None, *, now: float) -> Row | Verdict:
        """Give the row to go on with, or what forbids it."""
        run_id, workflow, uid, new, delivery, *_ = self
        delivers = delivery is not None
        return rules.admit(row, run_id, workflow=workflow, uid=uid, new=new, delivers=delivers, now=now)


class PostgresStore:
    """Keeps runs in a PostgreSQL database.

    The operations are those of `polaris.protocols.Store`, which says what each does. Each is one transaction.

    Args:
        pool: the way to the database.
        clock: where the time comes from; that of the server if left out.
    """

    def __init__(self, pool: Pool, clock: Clock | None) -> None:
        self._pool = pool
        self._clock = clock

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
        asked = _Asked(run_id, workflow, uid, new, delivery, claim_id, lease, must_hold, wanted, changes)

        def attempt(connection: Connected) -> Answer:
            while True:
                if answer := self._made(connection, asked) or self._joined(connection, asked):
                    return answer
                connection.commit()

        return self._pool.run(attempt)

    def _made(self, connection: Connected, asked: _Asked) -> Answer | None:
        """Make the run, if it may be made and is not there: nobody can stand in the way, so one statement does it."""
        delivery, claim_id, lease = asked.delivery, asked.claim_id, asked.lease
        row = asked.admitted(None, now=0.0)
        if isinstance(row, Verdict) or (asked.must_hold and not rules.can_hold(row, claim_id, 0.0)):
            return None
        opening = asked.changes if claim_id is not None else None
        has_work = asked.wanted or delivery is not None or opening is not None
        verdict, row = rules.claimed(row, claim_id, has_work=has_work, now=0.0, lease=lease)
        if opening is not None:
            row = rules.written(row, opening.header, op=None, now=0.0, lease=lease)
        now = self._set_time()
        made = writes.make(connection, row, lease=lease, changes=opening, delivery=delivery, claim_id=claim_id, now=now)
        if made is None:
            return None
        row = row._replace(created=made, updated=made)
        if opening is not None:
            return Answer(verdict=verdict, state=rules.opened(row, opening))
        inbox = () if delivery is None else (delivery._replace(seq=1),)
        return Answer(verdict=verdict, state=rules.stored(row, cells=(), marks=(), inbox=inbox))

    def _joined(self, connection: Connected, asked: _Asked) -> Answer | None:
        """Go on with a run that is there; None if it has just gone."""
        run_id, delivery, claim_id = asked.run_id, asked.delivery, asked.claim_id
        found = self._lock(connection, run_id, delivery)
        row = asked.admitted(found.row, now=found.now)
        if isinstance(row, Verdict):
            return _unchanged(connection, row, run_id)
        if asked.must_hold and found.by is None and not rules.can_hold(row, claim_id, found.now):
            return _unchanged(connection, Verdict.BUSY, run_id)
        if found.row is None:
            return None
        appended = delivery if found.by is None else None
        wanted = asked.wanted or appended is not None
        verdict, row = _claimed(found, row, claim_id, wanted=wanted, lease=asked.lease)
        with rows.committing(connection):
            if appended is not None:
                rows.append(connection, found, run_id, appended, claim_id)
            rows.put(connection, found, row, appended=appended is not None)
            state = rows.ask(connection, run_id)
        repeated = found.by is not None and found.by != claim_id
        return Answer(verdict=verdict, state=rows.read_stored(state), repeated=repeated)

    def claim(self, run_id: str, *, claim_id: str, lease: float, wanted: bool) -> Answer:
        """Take a free run that has work; prolong a lease that this `claim_id` already holds."""

        def attempt(connection: Connected) -> Answer:
            found = self._lock(connection, run_id)
            if found.row is None:
                return Answer(verdict=Verdict.UNKNOWN)
            verdict, row = _claimed(found, found.row, claim_id, wanted=wanted, lease=lease)
            with rows.committing(connection):
                rows.put(connection, found, row)
                asked = rows.ask(connection, run_id)
            return Answer(verdict=verdict, state=rows.read_stored(asked))

        return self._pool.run(attempt)

    def begin(
        self, run_id: str, *, claim_id: str, revision: int, op: str, lease: float, seq: int | None, changes: Changes
    ) -> Saved:
        """Open a call: take delivery `seq`, the oldest, out of the inbox, and write `changes`."""
        return self._write(run_id, claim_id=claim_id, revision=revision, op=op, lease=lease, changes=changes, takes=seq)

    def save(self, run_id: str, *, claim_id: str, revision: int, op: str, lease: float, changes: Changes) -> Saved:
        """Write a checkpoint."""
        return self._write(
            run_id, claim_id=claim_id, revision=revision, op=op, lease=lease, changes=changes, settles=False
        )

    def end(self, run_id: str, *, claim_id: str, revision: int, op: str, lease: float, changes: Changes) -> Saved:
        """Close a call, and release the lease if the inbox is empty."""
        return self._write(run_id, claim_id=claim_id, revision=revision, op=op, lease=lease, changes=changes, ends=True)

    def _write(
        self,
        run_id: str,
        *,
        claim_id: str,
        revision: int,
        op: str,
        lease: float,
        changes: Changes,
        takes: int | None = None,
        settles: bool = True,
        ends: bool = False,
    ) -> Saved:
        def write(connection: Connected, *, settles: bool, releases: bool) -> Lines:
            return writes.write(
                connection,
                run_id,
                claim_id=claim_id,
                revision=revision,
                op=op,
                lease=lease,
                changes=changes,
                takes=takes,
                releases=releases,
                settles=settles,
                now=self._set_time(),
            )

        def attempt(connection: Connected) -> Saved:
            if written := write(connection, settles=settles, releases=ends).fetchone():
                return Saved(receipt=Receipt.RELEASED if ends else Receipt.OK, revision=written[0])
            found = self._lock(connection, run_id)
            row = found.row
            if row is None:
                return LOST
            oldest = rows.oldest(connection, run_id) if ends and found.queued else None
            if row.last_op != op:
                if not rules.may_write(row, claim_id, revision):
                    return LOST
                releases = ends and oldest is None
                row = rules.written(row, changes.header, op=op, now=found.now, lease=lease, releases=releases)
                with rows.committing(connection):
                    write(connection, settles=True, releases=releases)
            return rules.receipt(row, claim_id, ends=ends, oldest=oldest)

        return self._pool.run(attempt)

    def renew(self, run_id: str, *, claim_id: str, lease: float) -> Saved:
        """Prolong a lease; the revision stays."""

        def attempt(connection: Connected) -> Saved:
            found = self._lock(connection, run_id)
            if found.row is None or found.row.holder != claim_id:
                return LOST
            with rows.committing(connection):
                rows.put(connection, found, found.row._replace(lease_until=found.now + lease))
            return Saved(receipt=Receipt.OK, revision=found.row.revision)

        return self._pool.run(attempt)

    def cancel(self, run_id: str, *, op: str) -> Saved:
        """Close a run for good, whoever holds it."""

        def attempt(connection: Connected) -> Saved:
            found = self._lock(connection, run_id)
            row = found.row
            if row is None:
                return LOST
            if row.last_op != op:
                row = rules.cancelled(row, op=op, now=found.now)
                with rows.committing(connection):
                    rows.put(connection, found, row)
            return Saved(receipt=Receipt.OK, revision=row.revision)

        return self._pool.run(attempt)

    def claim_abandoned(
        self, *, claim_id: str, lease: float, limit: int, fingerprints: Collection[str], after: str | None
    ) -> tuple[Stored, ...]:
        """Take free runs with an open call or a queued delivery, each in a transaction of its own."""

        def attempt(connection: Connected) -> Stored | None:
            found = rows.lock_abandoned(
                connection, claim_id=claim_id, fingerprints=fingerprints, after=after, now=self._set_time()
            )
            if found is None or found.row is None:
                return None
            verdict, row = _claimed(self._timed(found), found.row, claim_id, wanted=False, lease=lease)
            if verdict is not Verdict.CLAIMED:  # a clock went back
                return None
            with rows.committing(connection):
                rows.put(connection, found, row)
                asked = rows.ask(connection, row.run_id)
            return rows.read_stored(asked)

        taken: list[Stored] = []
        while len(taken) < limit and (state := self._pool.run(attempt)):
            taken.append(state)
            after = state.run_id
        return tuple(taken)

    def load(self, run_id: str) -> Stored | None:
        """Read one consistent revision of a run; None if there is none."""
        return self._pool.run(lambda connection: rows.read_stored(rows.ask(connection, run_id)))

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
        query = _SQL["find"] if waiting_for is None else _SQL["find_waiting"]
        values = {
            "workflows": None if workflows is None else list(workflows),
            "status": status and status.value,
            "waiting_for": waiting_for,
            "older_than": older_than,
            "limit": limit,
            "after": after,
            "now": self._set_time(),
        }
        # Not prepared: which way is the shortest depends on the values.
        lines = self._pool.run(lambda connection: connection.execute(query, values, prepare=False).fetchall())
        return tuple(map(rows.stored, lines))

    def history(self, run_id: str) -> tuple[Event, ...] | None:
        """Read what happened in a run, in order."""
        values = {"run_id": run_id}
        lines = self._pool.run(lambda connection: connection.execute(_SQL["history"], values).fetchall())
        events = (
            read_event(content, workflow=workflow, run_id=run_id, at=at)
            for workflow, at, content in lines
            if content is not None
        )
        return tuple(events) if lines else None

    def purge(self, *, older_than: float, status: Status | None) -> int:
        """Delete runs that nobody holds and nothing is left to do in."""
        values = {
            "older_than": older_than,
            "status": status and status.value,
            "limit": _PURGED_AT_ONCE,
            "now": self._set_time(),
        }
        purged, count = 0, _PURGED_AT_ONCE
        while count == _PURGED_AT_ONCE:
            count = self._pool.run(lambda connection: connection.execute(_SQL["purge"], values).rowcount)
            purged += count
        return purged

    def put_plan(self, fingerprint: str, content: bytes) -> None:
        """Keep a plan, unless it is kept already."""
        values = {"fingerprint": fingerprint, "content": content}
        self._pool.run(lambda connection: connection.execute(_SQL["put_plan"], values))

    def get_plan(self, fingerprint: str) -> bytes | None:
        """Give a plan that was kept, or None."""
        values = {"fingerprint": fingerprint}
        found = self._pool.run(lambda connection: connection.execute(_SQL["plan"], values).fetchone())
        return None if found is None else found[0]

    def close(self) -> None:
        """Close every connection; afterwards every operation is an error."""
        self._pool.close()

    def _lock(self, connection: Connected, run_id: str, delivery: Delivery | None = None) -> Found:
        return self._timed(rows.lock(connection, run_id, None if delivery is None else delivery.delivery_id))

    def _timed(self, found: Found) -> Found:
        return found if self._clock is None else replace(found, now=self._clock.time())

    def _set_time(self) -> float | None:
        """Give the time to go by where it is not that of the server."""
        return None if self._clock is None else self._clock.time()


def _claimed(found: Found, row: Row, claim_id: str | None, *, wanted: bool, lease: float) -> tuple[Verdict, Row]:
    has_work = wanted or row.header.is_open or found.queued > 0
    return rules.claimed(row, claim_id, has_work=has_work, now=found.now, lease=lease)


def _unchanged(connection: Connected, verdict: Verdict, run_id: str) -> Answer:
    return Answer(verdict=verdict, state=rows.read_stored(rows.ask(connection, run_id)))
