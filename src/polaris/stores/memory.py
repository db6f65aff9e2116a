"""The memory store: runs in the memory of one process. The reference that the other stores are compared with.

One lock, so that each operation is one step, and plain containers under it. What goes in and comes out is frozen.
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from itertools import islice

from polaris._model.events import Event
from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.records import Answer, Cell, Changes, Delivery, Receipt, Saved, Stored, Verdict
from polaris._model.snapshot import Mark
from polaris.errors import StoreUnavailableError
from polaris.protocols import Clock
from polaris.stores import rules
from polaris.stores.address import Address
from polaris.stores.clock import SystemClock
from polaris.stores.rules import LOST, Row


class _Run:
    """One run, as it changes.

    Attributes:
        inbox: what was accepted and nobody has begun, the oldest first.
        accepted: by delivery id, the claim it was accepted with, empty for none; stays when the delivery is begun.
        events: what happened.
        times: when each of those was saved, in seconds since the epoch.
    """

    __slots__ = ("accepted", "cells", "events", "inbox", "marks", "row", "times")

    def __init__(self, row: Row) -> None:
        self.row = row
        self.cells: dict[Key, Cell] = {}
        self.marks: dict[str, Mark] = {}
        self.inbox: list[Delivery] = []
        self.accepted: dict[str, str] = {}
        self.events: list[Event] = []
        self.times: list[float] = []

    @property
    def oldest(self) -> Delivery | None:
        return self.inbox[0] if self.inbox else None

    def append(self, delivery: Delivery, claim_id: str | None) -> None:
        _, delivery_id, values = delivery
        self.accepted[delivery_id] = claim_id or ""
        self.inbox.append(Delivery(len(self.accepted), delivery_id, values))

    def take(self, seq: int) -> None:
        self.inbox = [delivery for delivery in self.inbox if delivery.seq != seq]

    def claim(self, claim_id: str | None, *, wanted: bool, now: float, lease: float) -> Verdict:
        has_work = wanted or self.row.header.is_open or bool(self.inbox)
        verdict, self.row = rules.claimed(self.row, claim_id, has_work=has_work, now=now, lease=lease)
        return verdict

    def write(self, changes: Changes, *, op: str | None, now: float, lease: float, releases: bool = False) -> None:
        header, cells, marks, events = changes
        self.row = rules.written(self.row, header, op=op, now=now, lease=lease, releases=releases)
        for cell in cells:
            self.cells[cell.key] = cell
        for builder, mark in marks:
            self.marks[builder] = mark
        for event in events:
            self.events.append(event)
            self.times.append(now)

    def stored(self) -> Stored:
        cells = [self.cells[key] for key in sorted(self.cells)]
        marks = sorted(self.marks.items()) if self.marks else ()
        return rules.stored(self.row, cells=cells, marks=marks, inbox=self.inbox)


def open_address(address: Address, clock: Clock | None, *, must_exist: bool = False) -> MemoryStore:  # noqa: ARG001 - it never does
    """Open what ``memory://`` names: a fresh store of its own.

    Raises:
        StoreUnavailableError: the address says more than that.
    """
    address.choices({})
    if address.host or address.path:
        raise StoreUnavailableError(address.url, why="a store in memory has no name", do="Write memory://")
    return MemoryStore(clock)


class MemoryStore:
    """Keeps runs in memory: for tests, and for work that need not outlive the process.

    The operations are those of `polaris.protocols.Store`, which says what each does.

    Args:
        clock: where the time comes from; the host's clock if left out.
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock: Clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._runs: dict[str, _Run] = {}
        self._plans: dict[str, bytes] = {}

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
        """Put a delivery into the inbox and, with a `claim_id`, claim the run in the same step."""
        with self._lock:
            now = self._clock.time()
            there = self._runs.get(run_id)
            row = rules.admit(
                None if there is None else there.row,
                run_id,
                workflow=workflow,
                uid=uid,
                new=new,
                delivers=delivery is not None,
                now=now,
            )
            if isinstance(row, Verdict):
                return _answer(row, there)
            run = there or _Run(row)
            by = None if delivery is None else run.accepted.get(delivery.delivery_id)
            if must_hold and by is None and not rules.can_hold(row, claim_id, now):
                return _answer(Verdict.BUSY, there)
            self._runs[run_id] = run
            if delivery is not None and by is None:
                run.append(delivery, claim_id)
            opening = changes if there is None and claim_id is not None else None
            verdict = run.claim(claim_id, wanted=wanted or opening is not None, now=now, lease=lease)
            if opening is not None:
                run.inbox.clear()
                run.write(opening, op=None, now=now, lease=lease)
            return _answer(verdict, run, repeated=by is not None and by != claim_id)

    def claim(self, run_id: str, *, claim_id: str, lease: float, wanted: bool) -> Answer:
        """Take a free run that has work; prolong a lease that this `claim_id` already holds."""
        with self._lock:
            run = self._runs.get(run_id)
            if run is None:
                return _answer(Verdict.UNKNOWN, None)
            verdict = run.claim(claim_id, wanted=wanted, now=self._clock.time(), lease=lease)
            return _answer(verdict, run)

    def begin(
        self, run_id: str, *, claim_id: str, revision: int, op: str, lease: float, seq: int | None, changes: Changes
    ) -> Saved:
        """Open a call: take delivery `seq`, the oldest, out of the inbox, and write `changes`."""
        return self._write(run_id, claim_id, revision, op, lease, changes, takes=seq)

    def save(self, run_id: str, *, claim_id: str, revision: int, op: str, lease: float, changes: Changes) -> Saved:
        """Write a checkpoint."""
        return self._write(run_id, claim_id, revision, op, lease, changes)

    def end(self, run_id: str, *, claim_id: str, revision: int, op: str, lease: float, changes: Changes) -> Saved:
        """Close a call, and release the lease if the inbox is empty."""
        return self._write(run_id, claim_id, revision, op, lease, changes, ends=True)

    def _write(  # noqa: PLR0917 - what every write has, as often as there are checkpoints
        self,
        run_id: str,
        claim_id: str,
        revision: int,
        op: str,
        lease: float,
        changes: Changes,
        *,
        takes: int | None = None,
        ends: bool = False,
    ) -> Saved:
        with self._lock:
            run = self._runs.get(run_id)
            if run is None:
                return LOST
            if run.row.last_op != op:
                if not rules.may_write(run.row, claim_id, revision):
                    return LOST
                if takes is not None:
                    run.take(takes)
                releases = ends and not run.inbox
                run.write(changes, op=op, now=self._clock.time(), lease=lease, releases=releases)
            return rules.receipt(run.row, claim_id, ends=ends, oldest=run.oldest)

    def renew(self, run_id: str, *, claim_id: str, lease: float) -> Saved:
        """Prolong a lease; the revision stays."""
        with self._lock:
            run = self._runs.get(run_id)
            if run is None or run.row.holder != claim_id:
                return LOST
            run.row = run.row._replace(lease_until=self._clock.time() + lease)
            return Saved(receipt=Receipt.OK, revision=run.row.revision)

    def cancel(self, run_id: str, *, op: str) -> Saved:
        """Close a run for good, whoever holds it."""
        with self._lock:
            run = self._runs.get(run_id)
            if run is None:
                return LOST
            if run.row.last_op != op:
                run.row = rules.cancelled(run.row, op=op, now=self._clock.time())
            return Saved(receipt=Receipt.OK, revision=run.row.revision)

    def claim_abandoned(
        self, *, claim_id: str, lease: float, limit: int, fingerprints: Collection[str], after: str | None
    ) -> tuple[Stored, ...]:
        """Take free runs with an open call or a queued delivery, each in a step of its own."""
        found: list[Stored] = []
        with self._lock:
            for run in self._after(after):
                if len(found) == limit:
                    break
                if run.row.header.fingerprint in fingerprints:
                    verdict = run.claim(claim_id, wanted=False, now=self._clock.time(), lease=lease)
                    found += [run.stored()] if verdict is Verdict.CLAIMED else []
        return tuple(found)

    def load(self, run_id: str) -> Stored | None:
        """Read one consistent revision of a run; None if there is none."""
        with self._lock:
            run = self._runs.get(run_id)
            return None if run is None else run.stored()

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
        with self._lock:
            now = self._clock.time()
            found = (
                run.stored()
                for run in self._after(after)
                if workflows is None or run.row.header.workflow in workflows
                if status is None or run.row.header.status is status
                if waiting_for is None or waiting_for in run.row.header.waiting_for
                if older_than is None or run.row.updated <= now - older_than
            )
            return tuple(islice(found, limit))

    def history(self, run_id: str) -> tuple[Event, ...] | None:
        """Read what happened in a run, in order."""
        with self._lock:
            run = self._runs.get(run_id)
            found = None if run is None else [*zip(run.events, run.times, strict=True)]
        if found is None:
            return None
        return tuple(event._replace(at=datetime.fromtimestamp(at, UTC)) for event, at in found)

    def purge(self, *, older_than: float, status: Status | None) -> int:
        """Delete runs that nobody holds and nothing is left to do in."""
        with self._lock:
            now = self._clock.time()
            over = [
                run_id
                for run_id, run in self._runs.items()
                if run.row.updated <= now - older_than
                if status is None or run.row.header.status is status
                if rules.is_over(run.row, has_inbox=bool(run.inbox), now=now)
            ]
            for run_id in over:
                del self._runs[run_id]
            return len(over)

    def _after(self, run_id: str | None) -> Iterator[_Run]:
        """Give the runs with a greater id, in the order of code points, which is that of UTF-8 bytes."""
        return (self._runs[each] for each in sorted(self._runs) if run_id is None or each > run_id)

    def put_plan(self, fingerprint: str, content: bytes) -> None:
        """Keep a plan, unless it is kept already."""
        with self._lock:
            self._plans.setdefault(fingerprint, content)

    def get_plan(self, fingerprint: str) -> bytes | None:
        """Give a plan that was kept, or None."""
        with self._lock:
            return self._plans.get(fingerprint)

    def close(self) -> None:
        """Do nothing: what is in memory lives as long as the store."""


def _answer(verdict: Verdict, run: _Run | None, *, repeated: bool = False) -> Answer:
    return Answer(verdict, None if run is None else run.stored(), repeated)
