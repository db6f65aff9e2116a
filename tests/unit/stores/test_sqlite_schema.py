"""The schema of a SQLite file: made, brought forward, or refused."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from polaris._model.events import Event, EventKind
from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.records import Cell, Delivery, Header
from polaris._model.snapshot import Mark
from polaris.errors import StoreUnavailableError
from polaris.stores import sqlite_rows as rows
from polaris.stores import sqlite_schema
from polaris.stores.queries import migrations
from polaris.stores.rules import Row
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
    assert tables(connection).keys() == {"run", "part", "plan", "waiting"}
    assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
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


class TestPartsSideBySide:
    """An older file kept what belongs to a run in tables of their own."""

    OLD = """
        INSERT INTO run VALUES
        ('r1', 'u1', 'rides', 'f1', 'waiting', 7, 6, 5, 1, 3, '["Fare"]', 'ValueError', 9, 'A', 30.5, 'A', 'o9', 2,
         10.25, 20.75),
        ('r0', 'u0', 'rides', 'f1', 'queued', 0, 0, 0, 0, 0, '[]', NULL, 0, NULL, 0, NULL, NULL, 0, 11, 11);
        INSERT INTO waiting VALUES ('r1', 'Fare');
        INSERT INTO cell VALUES ('r1', 'Größe', 1, '{"cm":3}', 4, 3, 'measure'), ('r1', 'B', 0, NULL, 2, 2, NULL);
        INSERT INTO mark VALUES ('r1', 'measure', 4, 2, 1);
        INSERT INTO delivery VALUES ('r1', 1, 'd1', 'A', 0), ('r1', 2, 'd2', '', 1), ('r0', 1, 'd1', '', 1);
        INSERT INTO delivered VALUES ('r1', 2, 0, 'C', '3'), ('r1', 2, 1, 'B', '2'), ('r0', 1, 0, 'B', '1');
        INSERT INTO event VALUES
        ('r1', 9437184, 20.5, '{"kind":"call_started","round":6,"keys":["Größe","B"]}'),
        ('r1', 9437185, 20.75, '{"kind":"builder_failed","round":7,"builder":"m","error":"E","seconds":0.1}'),
        ('r1', 9437186, 20.75, '{"kind":"call_finished","round":7,"status":"failed","seconds":2.0}');
        """

    @pytest.fixture
    def old(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        with closing(connect(path)) as connection, monkeypatch.context() as patch:
            patch.setattr(sqlite_schema, "migrations", {"sqlite": migrations("sqlite")[:2]}.__getitem__)
            migrate(connection, URL)
            connection.executescript(self.OLD)
        return path

    def test_a_run_is_the_same(self, old: Path) -> None:
        with closing(connect(old)) as connection:
            migrate(connection, URL)
            found = rows.find(connection, "r1")
            assert found is not None
            header = Header(
                workflow="rides",
                fingerprint="f1",
                status=Status.WAITING,
                round=7,
                began_at=6,
                clean_at=5,
                is_open=True,
                first_pass=3,
                waiting_for=(Key("Fare"),),
                error="ValueError",
            )
            assert found.row == Row(
                run_id="r1",
                uid="u1",
                header=header,
                created=10.25,
                updated=20.75,
                revision=9,
                holder="A",
                lease_until=30.5,
                last_claim="A",
                last_op="o9",
                takeovers=2,
            )
            stored = rows.read_stored(connection, found)
            assert stored.cells == (
                Cell(key=Key("B"), present=False, text=None, changed=2, different=2, by=None),
                Cell(key=Key("Größe"), present=True, text='{"cm":3}', changed=4, different=3, by="measure"),
            )
            assert stored.marks == (("measure", Mark(ran_at=4, asked_at=2, once_done=True)),)
            assert connection.execute("SELECT * FROM waiting").fetchall() == [("r1", "Fare")]

    def test_its_history_is_the_same(self, old: Path) -> None:
        with closing(connect(old)) as connection:
            migrate(connection, URL)
            found = rows.find(connection, "r1")
            assert found is not None
            plain = Event(kind=EventKind.CALL_STARTED, workflow="rides", run_id="r1", round=7)
            plain = plain._replace(at=datetime.fromtimestamp(20.75, UTC))
            assert rows.read_events(connection, found) == (
                plain._replace(round=6, keys=(Key("Größe"), Key("B")), at=datetime.fromtimestamp(20.5, UTC)),
                plain._replace(kind=EventKind.BUILDER_FAILED, builder="m", error="E", seconds=0.1),
                plain._replace(kind=EventKind.CALL_FINISHED, status=Status.FAILED, seconds=2.0),
            )

    def test_its_inbox_is_the_same_and_goes_on(self, old: Path) -> None:
        with closing(connect(old)) as connection:
            migrate(connection, URL)
            second = Delivery(seq=2, delivery_id="d2", values=((Key("C"), "3"), (Key("B"), "2")))
            found = rows.find(connection, "r1")
            assert found is not None
            number = found.number
            assert rows.read_inbox(connection, number) == [second]
            assert [rows.accepted_by(connection, number, name) for name in ("d1", "d2", "d3")] == ["A", "", None]
            third = Delivery(seq=0, delivery_id="d3", values=())
            found = rows.write(connection, found.row, found, delivery=third)
            rows.write(connection, found.row, found, takes=2)
            assert rows.read_inbox(connection, number) == [third._replace(seq=3)]
            assert connection.execute("SELECT run_id, queued FROM run").fetchall() == [("r0", 1), ("r1", 1)]

    def test_many_may_open_it_at_the_same_moment(self, old: Path) -> None:
        def opened(_: int) -> tuple[int, int]:
            with closing(sqlite3.connect(old, isolation_level=None, timeout=30)) as connection:
                migrate(connection, URL)
                (runs,) = connection.execute("SELECT count(*) FROM run").fetchone()
                (parts,) = connection.execute("SELECT count(*) FROM part").fetchone()
                return runs, parts

        with ThreadPoolExecutor(4) as pool:
            assert set(pool.map(opened, range(8))) == {(2, 2 + 2 + 1 + 3 + 3 + 2 + 3)}
