"""The Redis store: runs in a Redis or Valkey server, or cluster, for any number of threads, processes and machines."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping
from typing import cast

from polaris._model.events import Event
from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.records import Answer, Changes, Delivery, Saved, Stored, Verdict
from polaris.errors import StoreUnavailableError
from polaris.protocols import Clock
from polaris.stores import redis_rows as rows
from polaris.stores.address import Address
from polaris.stores.redis_address import place_of
from polaris.stores.redis_rows import maybe
from polaris.stores.redis_server import PATIENCE, RedisServer

SCHEMA = 1
"""The version of the layout of keys that this version of the store knows."""

_LOGGER = logging.getLogger("polaris")

_OPENING = 5.0
"""For how many seconds a server that is not there yet is waited for."""

_OF_ALL = ("runs", "work", "waiting")


def open_address(address: Address, clock: Clock | None, *, must_exist: bool = False) -> RedisStore:
    """Open what ``redis://user:password@host:port/database?prefix=polaris`` names.

    ``rediss://`` is the same by TLS, ``valkey://`` the same in other words, ``unix:///run/redis.sock?db=0`` a socket.

    Raises:
        StoreUnavailableError: the address makes no sense, or the server cannot be used.
    """
    place = place_of(address)
    server = RedisServer(address.url, place.server, patience=_OPENING)
    base = f"{{{place.prefix}}}"
    try:
        _prepare(server, base, must_exist=must_exist)
    except BaseException:
        server.close()
        raise
    server.patience = PATIENCE
    return RedisStore(server, base, clock)


class RedisStore:
    """Keeps runs in a Redis or Valkey server.

    The operations are those of `polaris.protocols.Store`, which says what each does. Each is one script, which the
    server carries out as one step.

    Args:
        server: the server.
        base: what all keys begin with, in braces, so that a cluster keeps them together.
        clock: where the time comes from; None for the server's own.
    """

    def __init__(self, server: RedisServer, base: str, clock: Clock | None) -> None:
        self._server = server
        self._base = base
        self._clock = clock
        self._runs, self._work, self._waiting = (f"{base}:{name}" for name in _OF_ALL)

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
        reply = self._run(
            "accept",
            run_id,
            self._now(),
            run_id,
            lease,
            maybe(claim_id),
            maybe(workflow),
            uid,
            "" if new is None else int(new),
            maybe(None if delivery is None else delivery.delivery_id),
            "" if delivery is None else rows.delivery_text(delivery),
            int(must_hold),
            int(wanted),
            int(changes is not None),
            *([] if changes is None else rows.changes_texts(changes)),
        )
        return rows.answer(reply)

    def claim(self, run_id: str, *, claim_id: str, lease: float, wanted: bool) -> Answer:
        """Take a free run that has work; prolong a lease that this `claim_id` already holds."""
        return rows.answer(self._run("claim", run_id, self._now(), run_id, lease, claim_id, int(wanted)))

    def begin(
        self, run_id: str, *, claim_id: str, revision: int, op: str, lease: float, seq: int | None, changes: Changes
    ) -> Saved:
        """Open a call: take delivery `seq`, the oldest, out of the inbox, and write `changes`."""
        return self._write(run_id, claim_id=claim_id, revision=revision, op=op, lease=lease, changes=changes, takes=seq)

    def save(self, run_id: str, *, claim_id: str, revision: int, op: str, lease: float, changes: Changes) -> Saved:
        """Write a checkpoint."""
        return self._write(run_id, claim_id=claim_id, revision=revision, op=op, lease=lease, changes=changes)

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
        ends: bool = False,
    ) -> Saved:
        reply = self._run(
            "write",
            run_id,
            self._now(),
            run_id,
            lease,
            claim_id,
            revision,
            op,
            int(ends),
            "" if takes is None else takes,
            *rows.changes_texts(changes),
            is_plain=takes is None and not ends,
        )
        return rows.saved(reply)

    def renew(self, run_id: str, *, claim_id: str, lease: float) -> Saved:
        """Prolong a lease; the revision stays."""
        return rows.saved(self._run("renew", run_id, self._now(), run_id, lease, claim_id, is_plain=True))

    def cancel(self, run_id: str, *, op: str) -> Saved:
        """Close a run for good, whoever holds it."""
        return rows.saved(self._run("cancel", run_id, self._now(), run_id, op))

    def claim_abandoned(
        self, *, claim_id: str, lease: float, limit: int, fingerprints: Collection[str], after: str | None
    ) -> tuple[Stored, ...]:
        """Take free runs with an open call or a queued delivery, each in a step of its own."""
        found: list[Stored] = []
        place = maybe(after)
        while fingerprints and len(found) < limit:
            wanted = limit - len(found)
            ids, place = self._walk("abandoned", self._now(), claim_id, wanted, place, *fingerprints)
            for name in cast(list[bytes], ids):
                run_id = name.decode()
                reply = self._run("claim", run_id, self._now(), run_id, lease, claim_id, 0, *fingerprints)
                answer = rows.answer(reply)
                if answer.verdict is Verdict.CLAIMED and answer.state is not None:
                    found.append(answer.state)
            if not place:
                break
        return tuple(found)

    def load(self, run_id: str) -> Stored | None:
        """Read one consistent revision of a run; None if there is none."""
        reply = self._run("load", run_id, run_id)
        return None if reply is None else rows.stored(reply)

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
        filters = (
            maybe(waiting_for),
            maybe(status),
            "" if older_than is None else older_than,
            int(workflows is not None),
            *(workflows or ()),
        )
        found: list[Stored] = []
        place = maybe(after)
        while len(found) < limit:
            some, place = self._walk("find", self._now(), limit - len(found), place, *filters)
            found += map(rows.stored, some)
            if not place:
                break
        return tuple(found)

    def history(self, run_id: str) -> tuple[Event, ...] | None:
        """Read what happened in a run, in order."""
        reply = self._run("history", run_id, run_id, is_plain=True)
        return None if reply is None else rows.events(run_id, reply)

    def purge(self, *, older_than: float, status: Status | None) -> int:
        """Delete runs that nobody holds and nothing is left to do in."""
        some, place = self._walk("purge", self._now(), "", maybe(status), older_than)
        count = len(some)
        while place:
            some, place = self._walk("purge", self._now(), place, maybe(status), older_than)
            count += len(some)
        return count

    def put_plan(self, fingerprint: str, content: bytes) -> None:
        """Keep a plan, unless it is kept already."""
        self._server.do("HSETNX", f"{self._base}:plans", fingerprint, content)

    def get_plan(self, fingerprint: str) -> bytes | None:
        """Give a plan that was kept, or None."""
        return cast("bytes | None", self._server.do("HGET", f"{self._base}:plans", fingerprint))

    def close(self) -> None:
        """Close every connection; afterwards every operation is an error."""
        self._server.close()

    def _now(self) -> float | str:
        return "" if self._clock is None else self._clock.time()

    def _run(self, name: str, run_id: str, *arguments: object, is_plain: bool = False) -> object:
        """Carry out the script of an operation on a run; a plain one needs neither its inbox nor the lists of runs."""
        base = self._base
        keys = [f"{base}:run:{run_id}", f"{base}:events:{run_id}", self._waiting]
        if not is_plain:
            keys += (f"{base}:inbox:{run_id}", self._work, f"{base}:seen:{run_id}", self._runs)
        return self._server.run(name, keys, arguments)

    def _walk(self, name: str, *arguments: object) -> tuple[list[object], str]:
        """Look at some more runs; give what was found, and the place to go on at, empty at the end."""
        found, place = cast(tuple[list[object], bytes], self._server.run(name, (self._base,), arguments))
        return found, place.decode()


def _prepare(server: RedisServer, base: str, *, must_exist: bool) -> None:
    """Make sure that the store is there, in the layout that we know.

    Raises:
        StoreUnavailableError: it is not, or cannot be.
    """
    _warn_of_eviction(server.url, server.ask())
    keys = tuple(f"{base}:{name}" for name in ("schema", "plans", *_OF_ALL))
    found = cast(bytes, server.run("open", keys, (SCHEMA, int(must_exist)))).decode()
    if must_exist and not found:
        raise StoreUnavailableError(server.url, why="there is no store", do="Look at the address and the prefix.")
    if found and not found.isdigit():
        why = f"keys that begin with {base} belong to another program"
        raise StoreUnavailableError(server.url, why=why, do="Choose another database, or another ?prefix=")
    if found and int(found) > SCHEMA:
        raise StoreUnavailableError(
            server.url,
            why=f"it has schema {found}, of a newer polaris-workflows; this one knows {SCHEMA}",
            do="Upgrade polaris-workflows.",
        )


def _warn_of_eviction(url: str, info: Mapping[str, object]) -> None:
    policy = str(info.get("maxmemory_policy"))
    if info.get("maxmemory") and policy.startswith("allkeys"):
        _LOGGER.warning(
            "The store %s may lose runs: its server deletes any key when memory is short (maxmemory-policy %s). "
            "Set maxmemory-policy to noeviction.",
            url,
            policy,
        )
