"""The way to a PostgreSQL database: its connections, and what to do when they fail.

A connection is lent for one operation and then kept for the next. It is made in the thread that needs it, and not in
the background as by `psycopg_pool`: a thread that connects, or has just ended, while the process forks can leave the
child with a lock that nobody ever releases.

Every operation of a store may be done again, so one that fails for a reason that passes (the connection is lost, the
server restarts, two transactions stood in each other's way) is, until our patience ends. When a connection is lost, its
siblings are not trusted either: all are given up, and the next try makes another. So it is before a fork, which no
connection may cross; parent and child make their own when they need them.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import TypeVar
from weakref import WeakSet

import psycopg
from psycopg.pq import TransactionStatus

from polaris.errors import StoreUnavailableError
from polaris.stores.address import Address
from polaris.stores.postgres_address import target
from polaris.stores.postgres_rows import Connected, connect
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
        self._room = _room()
        self._idle: list[Connected] = []
        self._generation = 0
        self._is_closed = False
        try:
            with connect(self._target.conninfo) as connection:
                migrate(connection, self._url, schema=self._target.schema, must_exist=must_exist)
        except psycopg.Error as error:
            raise self._unavailable(error) from error
        with _forking:
            _pools.add(self)

    def run(self, operation: Callable[[Connected], T]) -> T:
        """Do an operation; again, if it fails for a reason that passes.

        What it leaves open is committed, and what it did is taken back if it fails.

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
            self._give_up()

    def pause(self) -> None:
        """Give up the connections, and lend none before `resume`."""
        self._lock.acquire()
        self._give_up()

    def resume(self, *, in_child: bool) -> None:
        """Lend connections again; in a child, none of those that its parent has lent comes back."""
        if in_child:
            self._room = _room()
        self._lock.release()

    def _once(self, operation: Callable[[Connected], T], *, patience: float) -> T:
        room = self._room
        try:
            room.get(timeout=max(patience, 0.0))
        except Empty:
            why = f"all {CONNECTIONS} connections of this process were in use for {PATIENCE:g} seconds"
            raise StoreUnavailableError(self._url, why=why, do="Use fewer threads, or more processes.") from None
        try:
            generation, connection = self._borrow()
            try:
                done = operation(connection)
                if connection.pgconn.transaction_status == TransactionStatus.INTRANS:
                    connection.commit()  # a rollback would forget what was prepared
                return done
            finally:
                self._give_back(generation, connection)
        finally:
            room.put(None)

    def _borrow(self) -> tuple[int, Connected]:
        with self._lock:
            if self._is_closed:
                raise StoreUnavailableError(self._url, why="it was closed", do="Open it again.")
            generation = self._generation
            if self._idle:
                return generation, self._idle.pop()
        return generation, connect(self._target.conninfo)

    def _give_back(self, generation: int, connection: Connected) -> None:
        if connection.pgconn.transaction_status != TransactionStatus.IDLE:
            with suppress(psycopg.Error):
                connection.rollback()
        with self._lock:
            if generation != self._generation:
                connection.close()
            elif connection.closed:
                self._give_up()
            else:
                self._idle.append(connection)

    def _give_up(self) -> None:
        """Close what is idle, and what is lent when it comes back."""
        self._generation += 1
        while self._idle:
            self._idle.pop().close()

    def _unavailable(self, error: psycopg.Error) -> StoreUnavailableError:
        said = str(error).partition("\n")[0].rstrip(".")
        why, do = _FAULTS.get(error.sqlstate or "", (said, "Check the address, and whether the server is running."))
        return StoreUnavailableError(self._url, why=why, do=do)


def _room() -> SimpleQueue[None]:
    """Give room for so many connections: who has one has taken one out. It costs a tenth of a semaphore."""
    room = SimpleQueue[None]()
    for _ in range(CONNECTIONS):
        room.put(None)
    return room


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


def _after_fork(*, in_child: bool = False) -> None:
    while _paused:
        _paused.pop().resume(in_child=in_child)
    _forking.release()


with suppress(AttributeError):  # Windows does not fork
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=partial(_after_fork, in_child=True)
    )
