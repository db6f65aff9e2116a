"""The way to a PostgreSQL database: its connections, and what to do when they fail.

Connections are kept in a pool. Every operation of a store may be done again, so one that fails for a reason that passes
(the connection is lost, the server restarts, two transactions stood in each other's way) is, until our patience ends.
When a connection is lost, its siblings are not trusted either: the pool is given up, and the next try opens another.
So it is before a fork, which no connection may cross; parent and child open their own when they need them.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar
from weakref import WeakSet

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout

from polaris.errors import StoreUnavailableError
from polaris.stores.address import Address
from polaris.stores.postgres_address import target
from polaris.stores.postgres_rows import Connected
from polaris.stores.postgres_schema import migrate

PATIENCE = 30.0
"""For how many seconds an operation is tried again."""

CONNECTIONS = 16
"""How many connections of one process there are at most."""

_PAUSES = (0.0, 0.01, 0.05, 0.2, 0.5, 1.0)

_PASSING = ("08", "40", "25P03", "53300", "57P")
"""What passes, by the beginnings of SQLSTATE codes: lost connections, conflicts, too many connections, shutdowns."""

_FAULTS = {
    "22021": ("a text has a character in it that PostgreSQL cannot keep", "Leave it out."),
    "25006": ("the server only reads", "Name the primary server."),
    "42501": ("the permissions do not suffice", "Grant them, or name another user."),
    "42P01": ("a table is missing", "Open the store again."),
    "53100": ("the disk of the server is full", "Make room."),
    "54000": ("a name is too long for an index", "Choose a shorter id."),
}

T = TypeVar("T")


class Pool:
    """Connections to one database, for all threads of a process.

    Args:
        address: of the database.
        must_exist: only use a store that is there, and make none.

    Raises:
        StoreUnavailableError: it cannot be used.
    """

    def __init__(self, address: Address, *, must_exist: bool) -> None:
        self._url = address.url
        self._target = target(address)
        self._lock = threading.Lock()
        self._is_closed = False
        try:
            with psycopg.connect(self._target.conninfo, autocommit=True) as connection:
                migrate(connection, self._url, schema=self._target.schema, must_exist=must_exist)
        except psycopg.Error as error:
            raise self._unavailable(error) from error
        self._pool: ConnectionPool[Connected] | None = self._new()
        with _forking:
            _pools.add(self)

    def run(self, operation: Callable[[Connected], T]) -> T:
        """Do an operation; again, if it fails for a reason that passes.

        What it leaves open is taken back, and so is what it did if it fails.

        Raises:
            StoreUnavailableError: it failed for another reason, or for too long.
        """
        end = time.monotonic() + PATIENCE
        tries = 0
        while True:
            try:
                return self._once(operation, patience=end - time.monotonic())
            except psycopg.Error as error:
                pause = _PAUSES[min(tries, len(_PAUSES) - 1)]
                if not _passes(error) or time.monotonic() + pause >= end:
                    raise self._unavailable(error) from error
            time.sleep(pause)
            tries += 1

    def close(self) -> None:
        """Close every connection; those in use are closed when they come back."""
        with self._lock:
            self._is_closed = True
            self._give_up(self._pool)

    def pause(self) -> None:
        """Give up the connections, and open none before `resume`."""
        self._lock.acquire()
        self._give_up(self._pool)

    def resume(self) -> None:
        """Open connections again when they are needed."""
        self._lock.release()

    def _once(self, operation: Callable[[Connected], T], *, patience: float) -> T:
        pool = self._opened()
        connection = pool.getconn(timeout=patience)
        try:
            return operation(connection)
        finally:
            with suppress(psycopg.Error):
                connection.rollback()  # does nothing if nothing is open
            if connection.closed:
                with self._lock:
                    self._give_up(pool)
            pool.putconn(connection)

    def _opened(self) -> ConnectionPool[Connected]:
        with self._lock:
            if self._is_closed:
                raise StoreUnavailableError(self._url, why="it was closed", do="Open it again.")
            if self._pool is None:
                psycopg.connect(self._target.conninfo).close()  # a pool would not say why it cannot
                self._pool = self._new()
            return self._pool

    def _new(self) -> ConnectionPool[Connected]:
        return ConnectionPool(
            self._target.conninfo,
            kwargs={"autocommit": True},
            min_size=0,
            max_size=CONNECTIONS,
            num_workers=1,
            open=True,
        )

    def _give_up(self, pool: ConnectionPool[Connected] | None) -> None:
        """Close a pool, if it is still the one that is used."""
        if pool is not None and pool is self._pool:
            self._pool = None
            pool.close()

    def _unavailable(self, error: psycopg.Error) -> StoreUnavailableError:
        if isinstance(error, PoolTimeout):
            why = f"all {CONNECTIONS} connections of this process were in use for {PATIENCE:g} seconds"
            return StoreUnavailableError(self._url, why=why, do="Use fewer threads, or more processes.")
        said = str(error).partition("\n")[0].rstrip(".")
        why, do = _FAULTS.get(error.sqlstate or "", (said, "Check the address, and whether the server is running."))
        return StoreUnavailableError(self._url, why=why, do=do)


def _passes(error: psycopg.Error) -> bool:
    """Say whether an error is one that a second try need not meet."""
    if error.sqlstate is not None:
        return error.sqlstate.startswith(_PASSING)
    return isinstance(error, psycopg.OperationalError | psycopg.InterfaceError)


_pools: WeakSet[Pool] = WeakSet()
_paused: list[Pool] = []
_forking = threading.Lock()


def _before_fork() -> None:
    _forking.acquire()
    for pool in list(_pools):
        pool.pause()
        _paused.append(pool)


def _after_fork() -> None:
    while _paused:
        _paused.pop().resume()
    _forking.release()


with suppress(AttributeError):  # Windows does not fork
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork)
