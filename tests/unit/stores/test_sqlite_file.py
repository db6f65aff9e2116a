from __future__ import annotations

import gc
import os
import sqlite3
import sys
import threading
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from weakref import ref

import pytest

from polaris.errors import StoreUnavailableError
from polaris.stores import sqlite_file
from polaris.stores.sqlite_file import SqliteFile

URL = "sqlite:///rides.db"
PUT = "INSERT INTO plan (fingerprint, content) VALUES (?, x'00')"


def opened(path: Path, synchronous: str = "normal") -> SqliteFile:
    return SqliteFile(URL, path, synchronous=synchronous)


def refusal(path: Path) -> StoreUnavailableError:
    with pytest.raises(StoreUnavailableError) as raised:
        opened(path)
    assert raised.value.url == URL
    return raised.value


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "rides.db"


@pytest.fixture
def file(path: Path) -> Iterator[SqliteFile]:
    made = opened(path)
    yield made
    made.close()


def put(file: SqliteFile, fingerprint: str) -> None:
    with file.writing() as connection:
        connection.execute(PUT, (fingerprint,))


def plans(file: SqliteFile) -> list[str]:
    with file.reading() as connection:
        return [name for (name,) in connection.execute("SELECT fingerprint FROM plan ORDER BY fingerprint")]


class TestTransactions:
    def test_what_is_left_well_is_committed(self, file: SqliteFile, path: Path) -> None:
        put(file, "f1")
        other = opened(path)
        assert plans(other) == ["f1"]
        other.close()

    @pytest.mark.parametrize("failure", [ZeroDivisionError, KeyboardInterrupt])
    def test_what_is_left_by_an_exception_is_taken_back(self, file: SqliteFile, failure: type[BaseException]) -> None:
        def fail() -> None:
            with file.writing() as connection:
                connection.execute(PUT, ("f1",))
                raise failure

        with pytest.raises(failure):
            fail()
        put(file, "f2")
        assert plans(file) == ["f2"]

    def test_a_connection_is_used_again(self, file: SqliteFile) -> None:
        with file.reading() as first:
            pass
        with file.writing() as second:
            pass
        assert first is second

    def test_a_reader_sees_the_last_commit_while_somebody_writes(self, file: SqliteFile) -> None:
        put(file, "f1")
        with file.writing() as connection:
            connection.execute(PUT, ("f2",))
            assert plans(file) == ["f1"]
        assert plans(file) == ["f1", "f2"]

    def test_a_reader_sees_one_state_however_long_it_reads(self, file: SqliteFile) -> None:
        with file.reading() as connection:
            count = "SELECT count(*) FROM plan"
            before = connection.execute(count).fetchone()
            put(file, "f1")
            assert connection.execute(count).fetchone() == before

    @pytest.mark.parametrize(("synchronous", "level"), [("full", 2), ("normal", 1)])
    def test_a_commit_waits_for_the_disk_if_it_should(self, path: Path, synchronous: str, level: int) -> None:
        file = opened(path, synchronous)
        with file.reading() as connection:
            assert connection.execute("PRAGMA synchronous").fetchone() == (level,)
            assert connection.execute("PRAGMA foreign_keys").fetchone() == (1,)
        file.close()


class TestClosing:
    def test_a_closed_file_says_so(self, file: SqliteFile) -> None:
        file.close()
        file.close()
        with pytest.raises(StoreUnavailableError) as raised:
            plans(file)
        assert (raised.value.why, raised.value.do) == ("it was closed", "Open it again.")

    def test_who_is_in_the_middle_of_it_may_finish(self, file: SqliteFile, path: Path) -> None:
        with file.writing() as connection:
            connection.execute(PUT, ("f1",))
            file.close()
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")
        again = opened(path)
        assert plans(again) == ["f1"]
        again.close()


class TestFaults:
    def test_a_directory_is_refused(self, tmp_path: Path) -> None:
        error = refusal(tmp_path)
        assert (error.why, error.do) == ("it is a directory", "Name a file in it.")

    def test_a_missing_directory_is_named(self, tmp_path: Path) -> None:
        error = refusal(tmp_path / "missing" / "rides.db")
        assert (error.why, error.do) == (f"there is no directory {tmp_path / 'missing'}", "Make it first.")

    def test_a_file_that_is_no_database_is_refused_and_left_alone(self, path: Path) -> None:
        path.write_text("hello " * 1000)
        error = refusal(path)
        assert (error.why, error.do) == ("the file is no SQLite database", "Choose another file.")
        assert path.read_text() == "hello " * 1000

    def test_a_file_that_cannot_be_made_is_refused(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        connect = sqlite3.connect

        def refuse(*_: object, **__: object) -> sqlite3.Connection:
            return connect(f"file:{path}?mode=ro", uri=True)

        monkeypatch.setattr(sqlite3, "connect", refuse)
        assert refusal(path).why == "the file cannot be opened or made"

    def test_a_file_that_cannot_be_written_is_refused(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        opened(path).close()
        connect = sqlite3.connect

        def only_read(*_: object, **__: object) -> sqlite3.Connection:
            return connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)

        monkeypatch.setattr(sqlite3, "connect", only_read)
        error = refusal(path)
        assert error.why == "the file cannot be written"
        assert error.do == "Check the permissions of the file and its folder."

    def test_a_file_that_stays_locked_is_refused(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sqlite_file, "PATIENCE", 0.01)
        file = opened(path)
        other = opened(path)
        with file.writing(), pytest.raises(StoreUnavailableError) as raised:
            put(other, "f1")
        assert raised.value.why == "another program has kept it locked for too long"
        file.close()
        other.close()

    @pytest.mark.parametrize(
        ("code", "why"),
        [
            (sqlite3.SQLITE_CORRUPT, "the file is damaged"),
            (sqlite3.SQLITE_CORRUPT_INDEX, "the file is damaged"),
            (sqlite3.SQLITE_FULL, "the disk is full"),
            (sqlite3.SQLITE_IOERR, "as SQLite says"),
        ],
    )
    def test_a_fault_is_told_in_our_words_wherever_sqlite_met_it(self, file: SqliteFile, code: int, why: str) -> None:
        error = sqlite3.DatabaseError("as SQLite says")
        error.sqlite_errorcode = code
        with pytest.raises(StoreUnavailableError) as raised, file.reading():
            raise error
        assert raised.value.why == why
        assert raised.value.__cause__ is error

    @pytest.mark.parametrize("name", ["x" * 5000, "a\0b"])
    def test_a_path_that_no_file_can_have_is_refused(self, tmp_path: Path, name: str) -> None:
        error = refusal(tmp_path / name)
        assert error.why.startswith(("its path cannot be used", "the file cannot be opened"))

    def test_a_path_that_may_not_be_looked_at_is_refused(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(_: Path) -> bool:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "is_dir", refuse)
        error = refusal(path)
        assert error.why == "its path cannot be used ([Errno 13] Permission denied)"
        assert error.do == "Check the path and the permissions."

    def test_a_connection_that_cannot_be_set_up_is_closed(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        file = opened(path)
        path.write_text("hello " * 1000)
        for suffix in ("-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        with pytest.raises(StoreUnavailableError) as raised:
            plans(file)
        assert raised.value.why == "the file is no SQLite database"
        file.close()

    def test_a_fault_that_is_not_foreseen_is_told_in_the_words_of_sqlite(self, file: SqliteFile) -> None:
        def ask() -> None:
            with file.reading() as connection:
                connection.execute("SELECT * FROM elsewhere")

        with pytest.raises(StoreUnavailableError) as raised:
            ask()
        assert (raised.value.why, raised.value.do) == ("no such table: elsewhere", "Check the file and the disk.")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
class TestForking:
    def test_parent_and_child_both_go_on(self, file: SqliteFile) -> None:
        put(file, "parent-1")
        child = os.fork()
        if child == 0:
            status = 1
            try:
                put(file, "child")
                status = 0
            finally:
                os._exit(status)
        put(file, "parent-2")
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        assert plans(file) == ["child", "parent-1", "parent-2"]

    def test_a_fork_waits_until_no_connection_is_in_use(self, file: SqliteFile) -> None:
        is_written, may_go_on, has_forked = threading.Event(), threading.Event(), threading.Event()
        seen: list[bool] = []

        def write() -> None:
            with file.writing() as connection:
                connection.execute(PUT, ("slow",))
                is_written.set()
                may_go_on.wait(30)
                seen.append(has_forked.is_set())

        def fork() -> None:
            child = os.fork()
            if child == 0:
                os._exit(0)
            has_forked.set()
            os.waitpid(child, 0)

        writing, forking = threading.Thread(target=write), threading.Thread(target=fork)
        writing.start()
        is_written.wait(30)
        forking.start()
        assert not has_forked.wait(0.1)
        may_go_on.set()
        writing.join()
        forking.join()
        assert seen == [False]
        assert plans(file) == ["slow"]

    def test_a_file_that_nobody_uses_any_more_is_not_waited_for(self, path: Path) -> None:
        file = opened(path)
        file.close()
        known = ref(file)
        assert file in sqlite_file._files
        del file
        gc.collect()
        assert known() is None


def test_where_there_is_no_fork_none_is_prepared_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "register_at_fork", raising=False)
    spec = spec_from_file_location("without_fork", sqlite_file.__file__)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.SqliteFile is not SqliteFile
