"""A SQLite file: its connections and its schema.

A connection is lent for one transaction and then kept for the next. Writers of one process stand in line at a lock,
because SQLite itself only lets them try again and again. Whoever comes to its head does the work of all who stand
behind it too, in one transaction (group commit): they wait for the disk once and not one after another. Readers need
no line: in WAL mode they see the last commit, whatever is being written. A connection must not cross a fork, so before
one the file waits until no connection is in use and closes them all; parent and child open their own when they need
them.
"""

from __future__ import annotations

import os
import sqlite3
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar, cast
from weakref import WeakSet

from polaris.errors import StoreUnavailableError
from polaris.stores.sqlite_schema import migrate, use_wal

T = TypeVar("T")

PATIENCE = 30.0
"""For how many seconds a transaction waits for those of other processes."""

_CHECK_PATH = "Check the path and the permissions."

_FAULTS = {
    sqlite3.SQLITE_NOTADB: ("the file is no SQLite database", "Choose another file."),
    sqlite3.SQLITE_CORRUPT: ("the file is damaged", "Restore it from a backup."),
    sqlite3.SQLITE_CANTOPEN: ("the file cannot be opened or made", _CHECK_PATH),
    sqlite3.SQLITE_READONLY: ("the file cannot be written", "Check the permissions of the file and its folder."),
    sqlite3.SQLITE_FULL: ("the disk is full", "Make room."),
    sqlite3.SQLITE_BUSY: ("another program has kept it locked for too long", "End that program, or try again."),
}


def _taken() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(eq=False, slots=True)
class _Job:
    """What somebody in the line wants done, and what came of it."""

    operation: Callable[[sqlite3.Connection], object]
    answer: object = None
    error: Exception | None = None
    is_done: bool = False
    turn: threading.Lock = field(default_factory=_taken)
    """Can be taken when it is done, or at the head of the line."""


class SqliteFile:
    """One file, for all threads of a process.

    Args:
        url: what to call it in errors.
        path: where it is; the file is made if it is not there.
        synchronous: ``full``: a commit has reached the disk; ``normal``: it may be lost in a power failure.

    Raises:
        StoreUnavailableError: it cannot be used.
    """

    def __init__(self, url: str, path: Path, *, synchronous: str) -> None:
        self._url = url
        self._path = path.absolute()
        self._synchronous = synchronous
        self._line = threading.Lock()
        self._lending = threading.Lock()
        self._changed = threading.Condition(self._lending)
        self._gate = threading.Lock()
        self._waiting: dict[_Job, None] = {}
        self._head: _Job | None = None
        self._idle: list[sqlite3.Connection] = []
        self._lent = 0
        self._is_pausing = False
        self._is_closed = False
        self._prepare()
        with _forking:
            _files.add(self)

    def reading(self) -> AbstractContextManager[sqlite3.Connection]:
        """Lend a connection for a transaction that reads one state of the database."""
        return _Reading(self)

    def write(self, operation: Callable[[sqlite3.Connection], T]) -> T:
        """Do an operation in a transaction that nobody else writes in, and give its answer when that is committed.

        Others that stand in line are done in the same transaction. If it fails, each is done in one of its own: so an
        operation may be done again after it was taken back.
        """
        if self._waiting or self._line.locked():
            return self._stand_in_line(operation)
        with self._line:
            return self._transact(operation)

    def _stand_in_line(self, operation: Callable[[sqlite3.Connection], T]) -> T:
        job = _Job(operation)
        try:
            if not self._queue(job):
                job.turn.acquire()
            if not job.is_done:
                with self._line:
                    self._work(list(self._waiting))
        finally:
            self._leave(job)
        if job.error is not None:
            raise job.error
        return cast("T", job.answer)

    def _queue(self, job: _Job) -> bool:
        """Stand in line, and say whether that is at its head."""
        with self._gate:
            self._waiting[job] = None
            self._head = self._head or job
            return self._head is job

    def _leave(self, job: _Job) -> None:
        """Leave the line; from its head, call those whose work is done, and whoever is next."""
        with self._gate:
            self._waiting.pop(job, None)
            if self._head is not job:
                return
            done = [each for each in self._waiting if each.is_done]
            for each in done:
                del self._waiting[each]
            self._head = next(iter(self._waiting), None)
            for each in (*done, *self._waiting)[: len(done) + 1]:
                each.turn.release()

    def _work(self, jobs: list[_Job]) -> None:
        if len(jobs) > 1:
            with suppress(Exception):
                self._commit(jobs)
                return
        for job in jobs:
            try:
                self._commit([job])
            except Exception as error:  # noqa: BLE001 - it is raised to whoever waits for this job
                job.error, job.is_done = error, True

    def _commit(self, jobs: list[_Job]) -> None:
        answers = self._transact(lambda connection: [job.operation(connection) for job in jobs])
        for job, answer in zip(jobs, answers, strict=True):
            job.answer, job.is_done = answer, True

    def _transact(self, operation: Callable[[sqlite3.Connection], T]) -> T:
        """Do an operation in a transaction, at the head of the line: so no fork begins before it is over."""
        connection, is_done = self._idle_one() or self._connected(), False
        try:
            connection.execute("BEGIN IMMEDIATE")
            answer = operation(connection)
            connection.execute("COMMIT")
            is_done = True
        except sqlite3.Error as error:
            raise self._unavailable(error) from error
        else:
            return answer
        finally:
            with self._lending:
                self._keep(connection, reuse=is_done)

    def close(self) -> None:
        """Close every connection; those in use are closed when they come back."""
        with self._lending:
            self._is_closed = True
            self._close_idle()

    def pause(self) -> None:
        """Wait until no connection is in use, close all, and lend none before `resume`."""
        self._line.acquire()
        self._gate.acquire()
        self._lending.acquire()
        self._is_pausing = True
        self._changed.wait_for(lambda: not self._lent)
        self._close_idle()

    def resume(self, *, alone: bool = False) -> None:
        """Lend connections again; `alone`, in a child, where nobody stands in line any more."""
        if alone:
            self._waiting.clear()
            self._head = None
        self._is_pausing = False
        self._lending.release()
        self._gate.release()
        self._line.release()

    def lend(self) -> sqlite3.Connection:
        """Lend a connection on which a transaction has begun that reads."""
        with self._lending:
            self._lent += 1
        connection, is_lent = None, False
        try:
            connection = self._idle_one() or self._connected()
            connection.execute("BEGIN")
            is_lent = True
            return connection
        except sqlite3.Error as failure:
            raise self._unavailable(failure) from failure
        finally:
            if not is_lent:
                self._give_back(connection, reuse=False)

    def take_back(self, connection: sqlite3.Connection, error: BaseException | None) -> None:
        """Take a connection that was lent, and end its transaction; word an error of SQLite that came of it as ours."""
        is_done = False
        try:
            if error is None:
                connection.execute("COMMIT")
                is_done = True
        except sqlite3.Error as failure:
            raise self._unavailable(failure) from failure
        finally:
            self._give_back(connection, reuse=is_done)
        if isinstance(error, sqlite3.Error):
            raise self._unavailable(error) from error

    def _give_back(self, connection: sqlite3.Connection | None, *, reuse: bool) -> None:
        with self._lending:
            self._lent -= 1
            if connection is not None:
                self._keep(connection, reuse=reuse)
            if self._is_pausing:
                self._changed.notify_all()

    def _idle_one(self) -> sqlite3.Connection | None:
        try:
            return self._idle.pop()
        except IndexError:
            return None

    def _keep(self, connection: sqlite3.Connection, *, reuse: bool) -> None:
        """Keep a connection for the next transaction, or close it, which undoes what was not committed."""
        if reuse and not self._is_closed:
            self._idle.append(connection)
        else:
            connection.close()

    def _close_idle(self) -> None:
        while connection := self._idle_one():
            connection.close()

    def _connected(self) -> sqlite3.Connection:
        if self._is_closed:
            raise StoreUnavailableError(self._url, why="it was closed", do="Open it again.")
        try:
            return self._connect()
        except sqlite3.Error as error:
            raise self._unavailable(error) from error

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=PATIENCE, isolation_level=None, check_same_thread=False)
        try:
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute(f"PRAGMA synchronous = {self._synchronous}")
        except sqlite3.Error:
            connection.close()
            raise
        return connection

    def _prepare(self) -> None:
        try:
            self._check_path()
            with closing(self._connect()) as connection:
                migrate(connection, self._url)
                use_wal(connection, self._url, patience=PATIENCE)
        except sqlite3.Error as error:
            raise self._unavailable(error) from error
        except (OSError, ValueError) as error:  # in a folder that may not be searched, too long, with a NUL in it
            raise StoreUnavailableError(self._url, why=f"its path cannot be used ({error})", do=_CHECK_PATH) from error

    def _check_path(self) -> None:
        folder = self._path.parent
        if self._path.is_dir():
            raise StoreUnavailableError(self._url, why="it is a directory", do="Name a file in it.")
        if not folder.is_dir():
            raise StoreUnavailableError(self._url, why=f"there is no directory {folder}", do="Make it first.")

    def _unavailable(self, error: sqlite3.Error) -> StoreUnavailableError:
        code: int = getattr(error, "sqlite_errorcode", 0) & 0xFF  # without what SQLite adds to say where
        why, do = _FAULTS.get(code, (str(error), "Check the file and the disk."))
        return StoreUnavailableError(self._url, why=why, do=do)


class _Reading:
    """Lends a connection of a file for a transaction that reads."""

    __slots__ = ("_connection", "_file")

    def __init__(self, file: SqliteFile) -> None:
        self._file = file

    def __enter__(self) -> sqlite3.Connection:
        self._connection = self._file.lend()
        return self._connection

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        self._file.take_back(self._connection, error)


_files: WeakSet[SqliteFile] = WeakSet()
_paused: list[SqliteFile] = []
_forking = threading.Lock()


def _before_fork() -> None:
    _forking.acquire()
    for file in list(_files):
        file.pause()
        _paused.append(file)


def _after_fork(*, alone: bool = False) -> None:
    while _paused:
        _paused.pop().resume(alone=alone)
    _forking.release()


with suppress(AttributeError):  # Windows does not fork
    os.register_at_fork(
        before=_before_fork, after_in_parent=_after_fork, after_in_child=partial(_after_fork, alone=True)
    )
