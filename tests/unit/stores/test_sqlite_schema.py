"""The schema of a SQLite file: made, brought forward, or refused."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from polaris.errors import StoreUnavailableError
from polaris.stores import sqlite_schema
from polaris.stores.queries import migrations
from polaris.stores.sqlite_schema import APPLICATION_ID, migrate, use_wal

URL = "sqlite:///runs.db"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(path)) as opened:
        yield opened


def connect(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path, isolation_level=None, timeout=0, check_same_thread=False)


def version(connection: sqlite3.Connection) -> tuple[int, int]:
    owner = connection.execute("PRAGMA application_id").fetchone()[0]
    return owner, connection.execute("PRAGMA user_version").fetchone()[0]


def tables(connection: sqlite3.Connection) -> dict[str, str]:
    return dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'").fetchall())


def test_a_new_file_gets_the_newest_schema_and_our_mark(connection: sqlite3.Connection) -> None:
    migrate(connection, URL)
    assert tables(connection).keys() == {"run", "cell", "mark", "delivery", "delivered", "plan", "waiting", "event"}
    assert version(connection) == (APPLICATION_ID, len(migrations("sqlite")))
    assert not connection.in_transaction


def test_a_file_that_is_up_to_date_stays_as_it_is(connection: sqlite3.Connection) -> None:
    migrate(connection, URL)
    connection.execute("INSERT INTO plan VALUES ('f', x'00')")
    migrate(connection, URL)
    assert connection.execute("SELECT count(*) FROM plan").fetchone() == (1,)


def test_an_older_file_gets_the_migrations_that_it_lacks(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(connection, URL)
    connection.execute("INSERT INTO plan VALUES ('f', x'00')")
    steps = (*migrations("sqlite"), ("ALTER TABLE plan ADD COLUMN size INTEGER", "UPDATE plan SET size = 1"))
    monkeypatch.setattr(sqlite_schema, "migrations", {"sqlite": steps}.__getitem__)
    migrate(connection, URL)
    assert connection.execute("SELECT fingerprint, size FROM plan").fetchall() == [("f", 1)]
    assert version(connection) == (APPLICATION_ID, len(steps))


def test_a_migration_that_fails_leaves_the_file_as_it_was(
    path: Path, connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    migrate(connection, URL)
    before = tables(connection)
    steps = (*migrations("sqlite"), ("CREATE TABLE extra (x)", "CREATE TABLE run (x)"))
    monkeypatch.setattr(sqlite_schema, "migrations", {"sqlite": steps}.__getitem__)
    with closing(connect(path)) as other, pytest.raises(sqlite3.OperationalError):
        migrate(other, URL)
    assert tables(connection) == before
    assert version(connection) == (APPLICATION_ID, len(steps) - 1)


def test_a_file_of_a_newer_version_is_refused_and_says_what_to_do(connection: sqlite3.Connection) -> None:
    migrate(connection, URL)
    connection.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreUnavailableError, match="it has schema 99, of a newer polaris-workflows") as caught:
        migrate(connection, URL)
    assert (caught.value.url, caught.value.do) == (URL, "Upgrade polaris-workflows.")


@pytest.mark.parametrize("statement", ["CREATE TABLE users (name)", "PRAGMA application_id = 7"])
def test_a_file_of_another_program_is_refused_and_stays_as_it_is(
    connection: sqlite3.Connection, statement: str
) -> None:
    connection.execute(statement)
    with pytest.raises(StoreUnavailableError, match="belongs to another program"):
        migrate(connection, URL)
    connection.execute("ROLLBACK")
    assert "run" not in tables(connection)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_an_old_sqlite_gets_tables_that_are_less_strict(
    connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 36, 0))
    migrate(connection, URL)
    texts = tables(connection)
    assert not any("STRICT" in text for text in texts.values())
    assert texts["run"].endswith(") WITHOUT ROWID")


def test_tables_are_strict_where_they_can_be(connection: sqlite3.Connection) -> None:
    migrate(connection, URL)
    assert all(text.endswith((") STRICT", ") STRICT, WITHOUT ROWID")) for text in tables(connection).values())


class TestTheLog:
    def test_a_file_is_switched_to_a_write_ahead_log(self, connection: sqlite3.Connection) -> None:
        use_wal(connection, URL, patience=0)
        use_wal(connection, URL, patience=0)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)

    def test_a_file_that_is_locked_just_now_is_tried_again(self, path: Path, connection: sqlite3.Connection) -> None:
        with closing(connect(path)) as other:
            other.execute("BEGIN EXCLUSIVE")
            timer = threading.Timer(0.1, other.execute, ["ROLLBACK"])
            timer.start()
            use_wal(connection, URL, patience=30)
            timer.join()
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)

    def test_a_file_that_stays_locked_is_given_up(self, path: Path, connection: sqlite3.Connection) -> None:
        with closing(connect(path)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                use_wal(connection, URL, patience=0.05)

    def test_a_place_that_cannot_have_one_is_refused(self) -> None:
        with closing(sqlite3.connect(":memory:")) as memory, pytest.raises(StoreUnavailableError) as caught:
            use_wal(memory, URL, patience=0)
        assert caught.value.do == "Choose a local disk."


def test_what_runs_of_an_older_file_wait_for_can_be_found(
    path: Path, connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(sqlite_schema, "migrations", {"sqlite": migrations("sqlite")[:1]}.__getitem__)
        migrate(connection, URL)
    connection.execute(
        "INSERT INTO run VALUES ('r1', 'u1', 'rides', 'f1', 'waiting', 1, 1, 1, 0, 1, '[\"Fare\", \"Ü\", \"Fare\"]',"
        " NULL, 1, NULL, 0, NULL, NULL, 0, 0, 0)"
    )
    migrate(connection, URL)
    assert connection.execute("SELECT * FROM waiting").fetchall() == [("r1", "Fare"), ("r1", "Ü")]
