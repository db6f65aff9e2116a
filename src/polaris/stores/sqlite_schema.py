"""The schema of a SQLite store: made in a new file, brought forward in an older one, refused in any other.

The file says which schema it has: `application_id` marks it as ours, `user_version` counts the migrations it has had.
Any number of processes may open one file at the same moment: whoever comes first migrates it, in one transaction.
"""

from __future__ import annotations

import sqlite3
import time

from polaris.errors import StoreUnavailableError
from polaris.stores.queries import migrations

APPLICATION_ID = 0x506F6C61  # "Pola"

_STRICT_SINCE = (3, 37)


def migrate(connection: sqlite3.Connection, url: str) -> None:
    """Make sure that a file has the newest schema.

    Raises:
        StoreUnavailableError: the file belongs to another program, or to a newer version of this one.
    """
    steps = migrations("sqlite")
    connection.execute("PRAGMA foreign_keys = OFF")  # or dropping a table would empty those that refer to it
    connection.execute("BEGIN IMMEDIATE")
    version = _number(connection, "PRAGMA user_version")
    owner = _number(connection, "PRAGMA application_id")
    is_new = owner == 0 and _number(connection, "SELECT count(*) FROM sqlite_master") == 0
    if owner != APPLICATION_ID and not is_new:
        raise StoreUnavailableError(url, why="the file belongs to another program", do="Choose another file.")
    if version > len(steps):
        raise StoreUnavailableError(
            url,
            why=f"it has schema {version}, of a newer polaris-workflows; this one knows {len(steps)}",
            do="Upgrade polaris-workflows.",
        )
    for statement in (statement for step in steps[version:] for statement in step):
        connection.execute(_understood(statement))
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {len(steps)}")
    connection.execute("COMMIT")
    connection.execute("PRAGMA foreign_keys = ON")


def use_wal(connection: sqlite3.Connection, url: str, *, patience: float) -> None:
    """Let readers read while somebody writes: switch the file to a write-ahead log, if it has none yet.

    SQLite does not wait for other processes here, as it does everywhere else, so we do.

    Raises:
        StoreUnavailableError: the file system cannot do it.
    """
    end = time.monotonic() + patience
    while (mode := _journal_mode(connection, is_last_try=time.monotonic() > end)) is None:
        time.sleep(0.01)
    if mode != "wal":
        raise StoreUnavailableError(
            url, why="its file system has no shared memory for a write-ahead log", do="Choose a local disk."
        )


def _journal_mode(connection: sqlite3.Connection, *, is_last_try: bool) -> str | None:
    """Ask for a write-ahead log and give the mode that the file then has; None if it is locked just now."""
    try:
        (mode,) = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    except sqlite3.OperationalError:
        if is_last_try:
            raise
        return None
    return str(mode)


def _number(connection: sqlite3.Connection, query: str) -> int:
    (number,) = connection.execute(query).fetchone()
    return int(number)


def _understood(statement: str) -> str:
    """Leave out what an old SQLite does not know; a table is then less strict and no different otherwise."""
    if sqlite3.sqlite_version_info >= _STRICT_SINCE:
        return statement
    return statement.replace(") STRICT, WITHOUT ROWID", ") WITHOUT ROWID").replace(") STRICT", ")")
