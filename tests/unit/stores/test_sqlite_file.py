"""A SQLite file and its connections."""

from __future__ import annotations

import gc
import os
import signal
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from polaris.errors import StoreUnavailableError
from polaris.stores import sqlite_file
from polaris.stores.sqlite_file import SqliteFile, _Job

URL = "sqlite:///runs.db"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


@pytest.fixture
def file(path: Path) -> Iterator[SqliteFile]:
    opened = SqliteFile(URL, path, synchronous="normal")
    yield opened
    opened.close()


def put(file: SqliteFile, name: str) -> None:
    file.write(lambda connection: connection.execute("INSERT INTO plan VALUES (?, x'00')", (name,)))


def put_with(connection: sqlite3.Connection, name: str) -> str:
    connection.execute("INSERT INTO plan VALUES (?, x'00')", (name,))
    return "put"


def names(file: SqliteFile) -> list[str]:
    with file.reading() as connection:
        return [name for (name,) in connection.execute("SELECT fingerprint FROM plan ORDER BY fingerprint")]


def wait_until(is_so: Callable[[], bool], *, seconds: float = 5.0) -> None:
    """Wait until something is so, but not for ever."""
    until = time.monotonic() + seconds
    while not is_so() and time.monotonic() < until:
        time.sleep(0.001)


@pytest.fixture
def interrupts() -> Iterator[None]:
    """Heed interrupts, also where a shell started us in the background and has them ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


class TestOpening:
    def refused(self, path: Path) -> StoreUnavailableError:
        with pytest.raises(StoreUnavailableError) as caught:
            SqliteFile(URL, path, synchronous="full")
        assert caught.value.url == URL
        return caught.value

    def test_a_directory_is_refused(self, tmp_path: Path) -> None:
        assert self.refused(tmp_path).why == "it is a directory"

    def test_a_path_in_a_directory_that_is_not_there_is_refused(self, tmp_path: Path) -> None:
        error = self.refused(tmp_path / "no" / "runs.db")
        assert (error.why, error.do) == (f"there is no directory {tmp_path / 'no'}", "Make it first.")

    def test_a_path_below_a_file_is_refused(self, path: Path) -> None:
        path.touch()
        assert self.refused(path / "runs.db").why == f"there is no directory {path}"

    def test_a_file_that_is_no_database_is_refused_and_stays_as_it_is(self, path: Path) -> None:
        path.write_bytes(b"not a database, and long enough to be none" * 100)
        before = path.read_bytes()
        assert self.refused(path).why == "the file is no SQLite database"
        assert path.read_bytes() == before

    @pytest.mark.skipif(not Path("/proc/self").is_dir(), reason="needs a directory that nobody can write to")
    def test_a_place_that_cannot_be_written_is_refused(self) -> None:
        assert self.refused(Path("/proc/runs.db")).why == "the file cannot be opened or made"

    def test_a_file_of_another_program_is_refused(self, path: Path) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE users (name)")
        assert self.refused(path).why == "the file belongs to another program"

    def test_a_file_that_is_locked_for_too_long_is_refused(self, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sqlite_file, "PATIENCE", 0.05)
        with closing(sqlite3.connect(path, isolation_level=None)) as connection:
            connection.execute("BEGIN EXCLUSIVE")
            assert self.refused(path).why == "another program has kept it locked for too long"

    @pytest.mark.parametrize("name", ["a\x00b.db", "r" * 5000])
    def test_a_path_that_no_file_can_have_is_refused(self, tmp_path: Path, name: str) -> None:
        assert self.refused(tmp_path / name).do == "Check the path and the permissions."

    def test_an_empty_file_is_a_new_one(self, path: Path) -> None:
        path.touch()
        SqliteFile(URL, path, synchronous="full").close()


class TestTransactions:
    def test_what_is_written_is_read(self, file: SqliteFile) -> None:
        put(file, "a")
        assert names(file) == ["a"]

    def test_a_transaction_that_fails_is_taken_back(self, file: SqliteFile) -> None:
        def fail(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT INTO plan VALUES ('a', x'00')")
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            file.write(fail)
        put(file, "b")
        assert names(file) == ["b"]

    def test_an_error_of_sqlite_is_worded_as_ours(self, file: SqliteFile) -> None:
        with pytest.raises(StoreUnavailableError, match="no such table: missing") as caught, file.reading() as reader:
            reader.execute("SELECT * FROM missing")
        assert isinstance(caught.value.__cause__, sqlite3.Error)
        assert names(file) == []

    def test_a_commit_that_fails_is_worded_as_ours_and_taken_back(self, file: SqliteFile) -> None:
        def refused_at_the_end(connection: sqlite3.Connection) -> None:
            put_with(connection, "a")
            connection.execute("PRAGMA defer_foreign_keys = ON")
            connection.execute("INSERT INTO waiting VALUES ('missing', 'Fare')")

        with pytest.raises(StoreUnavailableError, match="FOREIGN KEY") as caught:
            file.write(refused_at_the_end)
        assert isinstance(caught.value.__cause__, sqlite3.IntegrityError)
        put(file, "b")
        assert names(file) == ["b"]

    def test_an_error_of_the_driver_is_worded_as_ours(self, file: SqliteFile) -> None:
        with pytest.raises(StoreUnavailableError, match="bindings"), file.reading() as connection:
            connection.execute("SELECT ?")

    def test_a_reader_that_cannot_begin_or_end_says_so_and_is_not_used_again(self, file: SqliteFile) -> None:
        with closing(sqlite3.connect(":memory:")) as closed:
            pass
        file._idle.append(closed)
        with pytest.raises(StoreUnavailableError, match="closed"):
            names(file)
        with pytest.raises(StoreUnavailableError, match="no transaction is active"), file.reading() as connection:
            connection.execute("COMMIT")
        assert connection not in file._idle
        file.pause()  # which waits for those that are lent
        file.resume()
        assert names(file) == []

    def test_a_connection_is_used_again(self, file: SqliteFile) -> None:
        with file.reading() as first:
            pass
        second = file.write(lambda connection: connection)
        assert first is second

    def test_a_reader_reads_while_somebody_writes_and_sees_the_last_commit(self, file: SqliteFile) -> None:
        put(file, "a")

        def read_while_writing(connection: sqlite3.Connection) -> list[str]:
            connection.execute("INSERT INTO plan VALUES ('b', x'00')")
            return names(file)

        assert file.write(read_while_writing) == ["a"]
        assert names(file) == ["a", "b"]

    def test_a_reader_sees_one_state_of_the_database(self, file: SqliteFile) -> None:
        count = "SELECT count(*) FROM plan"
        with file.reading() as connection:
            assert connection.execute(count).fetchone() == (0,)
            put(file, "a")
            assert connection.execute(count).fetchone() == (0,)

    def test_writers_of_other_processes_are_waited_for(self, file: SqliteFile, path: Path) -> None:
        with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
            other.execute("BEGIN IMMEDIATE")
            timer = threading.Timer(0.1, other.execute, ["COMMIT"])
            timer.start()
            put(file, "a")
            timer.join()
        assert names(file) == ["a"]

    def test_a_connection_that_cannot_be_opened_is_not_counted_as_lent(
        self, file: SqliteFile, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*args: object, **options: object) -> sqlite3.Connection:
            raise sqlite3.OperationalError("no more files")

        file.pause()  # which closes what is open
        file.resume()
        with monkeypatch.context() as patch:
            patch.setattr(sqlite3, "connect", fail)
            with pytest.raises(StoreUnavailableError, match="no more files"):
                names(file)
        file.pause()
        file.resume()
        assert names(file) == []


class TestGroups:
    """What several threads want written at the same time is committed together."""

    def held(self, file: SqliteFile, *operations: Callable[[sqlite3.Connection], object]) -> list[object]:
        """Have a first operation hold the line until the others stand in it; give what each comes to."""
        begun = threading.Event()

        def hold(connection: sqlite3.Connection) -> str:
            connection.execute("INSERT INTO plan VALUES ('held', x'00')")
            begun.set()
            while len(file._waiting) < len(operations):
                time.sleep(0.001)
            return "held"

        with ThreadPoolExecutor() as pool:
            first = pool.submit(file.write, hold)
            begun.wait()
            rest: list[Future[Any]] = [pool.submit(file.write, operation) for operation in operations]
            return [future.exception() or future.result() for future in [first, *rest]]

    def test_those_who_wait_share_one_transaction(self, file: SqliteFile) -> None:
        def insert(name: str) -> Callable[[sqlite3.Connection], object]:
            return lambda connection: connection.execute("INSERT INTO plan VALUES (?, x'00')", (name,)) and connection

        _, *connections = self.held(file, insert("a"), insert("b"), insert("c"))
        assert len(set(connections)) == 1
        assert names(file) == ["a", "b", "c", "held"]

    def test_one_that_fails_takes_nothing_from_the_others(self, file: SqliteFile) -> None:
        tries: list[str] = []

        def insert(connection: sqlite3.Connection) -> str:
            connection.execute("INSERT INTO plan VALUES ('a', x'00')")
            tries.append("insert")
            return "inserted"

        def fail(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT INTO plan VALUES ('b', x'00')")
            raise ZeroDivisionError

        held, inserted, error = self.held(file, insert, fail)
        assert (held, inserted) == ("held", "inserted")
        assert isinstance(error, ZeroDivisionError)
        assert names(file) == ["a", "held"]
        assert len(tries) == 2

    def test_a_thread_that_is_stopped_leaves_the_work_of_the_others(self, file: SqliteFile) -> None:
        def stop(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT INTO plan VALUES ('stopped', x'00')")
            raise KeyboardInterrupt

        held, stopped, inserted = self.held(file, stop, lambda connection: put_with(connection, "a"))
        assert (held, inserted) == ("held", "put")
        assert isinstance(stopped, KeyboardInterrupt)
        assert names(file) == ["a", "held"]
        assert not file._waiting

    @pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="no thread can be sent a signal here")
    def test_one_that_is_stopped_in_the_line_does_not_hold_it_up(self, file: SqliteFile, interrupts: None) -> None:
        begun, caller = threading.Event(), threading.get_ident()

        def hold(connection: sqlite3.Connection) -> str:
            connection.execute("INSERT INTO plan VALUES ('held', x'00')")
            begun.set()
            while not file._waiting:
                time.sleep(0.001)
            while file._waiting:
                time.sleep(0.5)  # a signal that comes just before the caller begins to wait is not seen by it
                signal.pthread_kill(caller, signal.SIGINT)
                wait_until(lambda: not file._waiting)
            return "held"

        with ThreadPoolExecutor() as pool:
            first = pool.submit(file.write, hold)
            begun.wait()
            with pytest.raises(KeyboardInterrupt):
                put(file, "stopped")
            assert first.result() == "held"
        put(file, "a")
        assert names(file) == ["a", "held"]


class TestClosing:
    def test_a_closed_file_says_so(self, file: SqliteFile) -> None:
        file.close()
        with pytest.raises(StoreUnavailableError) as caught:
            names(file)
        assert (caught.value.why, caught.value.do) == ("it was closed", "Open it again.")

    def test_a_connection_in_use_is_closed_when_it_comes_back(self, file: SqliteFile) -> None:
        def close_while_writing(connection: sqlite3.Connection) -> sqlite3.Connection:
            connection.execute("INSERT INTO plan VALUES ('a', x'00')")
            file.close()
            return connection

        connection = file.write(close_while_writing)
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            connection.execute("SELECT 1")

    def test_it_leaves_one_file_behind(self, file: SqliteFile, path: Path) -> None:
        put(file, "a")
        file.close()
        assert [left.name for left in path.parent.iterdir()] == [path.name]

    def test_a_file_that_nobody_uses_any_more_is_forgotten(self, path: Path) -> None:
        file = SqliteFile(URL, path, synchronous="full")
        file.close()
        forgotten = weakref.ref(file)
        del file
        gc.collect()
        assert forgotten() is None


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
class TestForking:
    def test_no_connection_crosses_a_fork(self, file: SqliteFile) -> None:
        put(file, "parent before")
        with file.reading() as before:
            pass
        exit_code = forked(lambda: put(file, "child"))
        put(file, "parent after")
        assert exit_code == 0
        assert names(file) == ["child", "parent after", "parent before"]
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            before.execute("SELECT 1")

    @pytest.mark.parametrize("kind", ["reading", "writing"])
    def test_a_fork_waits_for_the_transactions_of_other_threads(self, file: SqliteFile, kind: str) -> None:
        in_use, done = threading.Event(), threading.Event()

        def use(connection: sqlite3.Connection) -> None:
            connection.execute("SELECT count(*) FROM plan")
            in_use.set()
            time.sleep(0.2)
            done.set()

        def work_slowly() -> None:
            if kind == "writing":
                file.write(use)
                return
            with file.reading() as connection:
                use(connection)

        def go_on() -> None:
            assert done.is_set()
            put(file, "child")

        thread = threading.Thread(target=work_slowly)
        thread.start()
        in_use.wait()
        assert forked(go_on) == 0
        thread.join()
        assert names(file) == ["child"]

    def test_a_child_stands_in_line_for_no_thread_of_its_parent(self, file: SqliteFile) -> None:
        file.pause()
        of_the_parent = _Job(lambda connection: connection.execute("INSERT INTO plan VALUES ('parent', x'00')"))
        file._waiting[of_the_parent], file._head = None, of_the_parent
        file.resume(alone=True)
        put(file, "child")
        assert names(file) == ["child"]

    def test_a_fork_while_many_threads_write_loses_nothing(self, file: SqliteFile) -> None:
        def write_many(number: int) -> None:
            for count in range(20):
                put(file, f"{number}/{count}")

        threads = [threading.Thread(target=write_many, args=[number]) for number in range(4)]
        for thread in threads:
            thread.start()
        assert [forked(lambda place=place: put(file, f"child {place}")) for place in range(3)] == [0, 0, 0]
        for thread in threads:
            thread.join()
        assert len(names(file)) == 4 * 20 + 3


def forked(work: Callable[[], None]) -> int:
    """Do something in a forked child, and give its exit code."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
