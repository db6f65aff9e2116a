from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from polaris.errors import StoreUnavailableError
from polaris.stores import sqlite_schema
from polaris.stores.queries import migrations
from polaris.stores.sqlite_schema import APPLICATION_ID, migrate, use_wal

URL = "sqlite:///rides.db"


def connect(path: Path | str) -> sqlite3.Connection:
    return sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rides.db"


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(path)) as opened:
        yield opened


def schema(connection: sqlite3.Connection) -> list[object]:
    return connection.execute("SELECT name, sql FROM sqlite_master ORDER BY name").fetchall()


def number(connection: sqlite3.Connection, pragma: str) -> int:
    return int(connection.execute(f"PRAGMA {pragma}").fetchone()[0])


class TestMigrate:
    def test_a_new_file_is_marked_as_ours_and_gets_the_newest_schema(self, connection: sqlite3.Connection) -> None:
        migrate(connection, URL)
        assert number(connection, "application_id") == APPLICATION_ID
        assert number(connection, "user_version") == len(migrations("sqlite"))
        assert {"run", "cell", "mark", "delivery", "delivered", "plan"} <= {
            name for (name,) in connection.execute("SELECT name FROM sqlite_master")
        }

    def test_a_file_that_has_it_stays_as_it_is(self, connection: sqlite3.Connection) -> None:
        migrate(connection, URL)
        before = schema(connection)
        migrate(connection, URL)
        assert schema(connection) == before

    def test_an_older_file_gets_the_steps_that_it_lacks(
        self, connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        migrate(connection, URL)
        newer = (*migrations("sqlite"), ("ALTER TABLE plan ADD COLUMN made REAL", "CREATE INDEX made ON plan (made)"))
        monkeypatch.setattr(sqlite_schema, "migrations", lambda database: newer)
        connection.execute("INSERT INTO plan (fingerprint, content) VALUES ('f', x'00')")
        migrate(connection, URL)
        assert number(connection, "user_version") == len(newer)
        assert connection.execute("SELECT * FROM plan").fetchall() == [("f", b"\0", None)]

    def test_a_step_that_fails_leaves_the_file_as_it_was(
        self, path: Path, connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        migrate(connection, URL)
        before = schema(connection)
        newer = (*migrations("sqlite"), ("CREATE TABLE half (n)", "nonsense"))
        monkeypatch.setattr(sqlite_schema, "migrations", lambda database: newer)
        with closing(connect(path)) as other, pytest.raises(sqlite3.OperationalError):
            migrate(other, URL)
        assert schema(connection) == before
        assert number(connection, "user_version") == len(newer) - 1

    def test_a_file_of_a_newer_version_is_refused(self, connection: sqlite3.Connection) -> None:
        migrate(connection, URL)
        known = len(migrations("sqlite"))
        connection.execute(f"PRAGMA user_version = {known + 3}")
        with pytest.raises(StoreUnavailableError) as raised:
            migrate(connection, URL)
        assert raised.value.why == f"it has schema {known + 3}, of a newer polaris-workflows; this one knows {known}"
        assert raised.value.do == "Upgrade polaris-workflows."

    @pytest.mark.parametrize("statement", ["CREATE TABLE theirs (n)", "PRAGMA application_id = 7"])
    def test_a_file_of_another_program_is_refused_and_left_alone(
        self, connection: sqlite3.Connection, statement: str
    ) -> None:
        connection.execute(statement)
        before = (schema(connection), number(connection, "application_id"))
        with pytest.raises(StoreUnavailableError) as raised:
            migrate(connection, URL)
        connection.execute("ROLLBACK")
        assert raised.value.why == "the file belongs to another program"
        assert (schema(connection), number(connection, "application_id")) == before

    def test_an_old_sqlite_makes_the_same_tables_less_strict(
        self, connection: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 31, 0))
        migrate(connection, URL)
        texts = [text for _, text in schema(connection) if text]
        assert any(text.endswith(") WITHOUT ROWID") for text in texts)
        assert not any("STRICT" in text for text in texts)


class TestUseWal:
    def test_the_file_gets_a_write_ahead_log(self, connection: sqlite3.Connection) -> None:
        use_wal(connection, URL, patience=0)
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)

    def test_a_place_that_can_have_none_is_refused(self) -> None:
        with closing(connect(":memory:")) as connection, pytest.raises(StoreUnavailableError) as raised:
            use_wal(connection, URL, patience=0)
        assert raised.value.why == "its file system has no shared memory for a write-ahead log"
        assert raised.value.do == "Choose a local disk."

    def test_a_file_that_stays_locked_is_an_error_when_patience_is_over(
        self, path: Path, connection: sqlite3.Connection
    ) -> None:
        with closing(connect(path)) as other:
            other.execute("BEGIN EXCLUSIVE")
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                use_wal(connection, URL, patience=-1)

    def test_a_file_that_is_locked_for_a_moment_is_waited_for(self, path: Path, connection: sqlite3.Connection) -> None:
        with closing(connect(path)) as other:
            other.execute("BEGIN EXCLUSIVE")

            def unlock() -> None:
                time.sleep(0.1)
                other.execute("ROLLBACK")

            unlocking = threading.Thread(target=unlock)
            unlocking.start()
            use_wal(connection, URL, patience=30)
            unlocking.join()
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
