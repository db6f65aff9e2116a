"""What only the SQLite store does; what it does as every store is told by the conformance suite."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.records import Cell, Receipt
from polaris.errors import StoreUnavailableError
from polaris.stores import SystemClock, sqlite
from polaris.stores.address import parse
from polaris.stores.queries import queries
from polaris.stores.sqlite import SqliteStore, open_address
from polaris.testing.conformance.moves import Worker, delivery, opens


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "runs.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqliteStore]:
    opened = open_address(parse(f"sqlite:///{path}"), SystemClock())
    yield opened
    opened.close()


def refused(url: str) -> StoreUnavailableError:
    with pytest.raises(StoreUnavailableError) as caught:
        open_address(parse(url), SystemClock())
    assert caught.value.url == url
    return caught.value


def test_two_slashes_are_refused_with_the_url_to_write() -> None:
    assert refused("sqlite://rides.db").do == "Write sqlite:///rides.db"
    assert refused("sqlite://data/rides.db").do == "Write sqlite:///data/rides.db"


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///", "sqlite:///:memory:"])
def test_a_url_without_a_file_is_refused(url: str) -> None:
    assert refused(url).why == "it names no file"


@pytest.mark.parametrize(("option", "level"), [("", 2), ("?synchronous=full", 2), ("?synchronous=normal", 1)])
def test_a_commit_reaches_the_disk_unless_that_is_not_wanted(path: Path, option: str, level: int) -> None:
    store = open_address(parse(f"sqlite:///{path}{option}"), SystemClock())
    with store._file.reading() as connection:
        assert connection.execute("PRAGMA synchronous").fetchone() == (level,)
    store.close()


def test_people_can_query_values_as_json(store: SqliteStore, path: Path) -> None:
    worker = Worker(store)
    text = '{"dest":"B","seats":2}'
    ride = Cell(key=Key("RideRequest"), present=True, text=text, changed=1, different=1, by=None)
    worker.accept(delivery("d1"))
    worker.begin("o1", changes=opens(ride))
    worker.accept(delivery("d2", Rating='{"stars":5}'))
    with closing(sqlite3.connect(path)) as connection:
        values = "SELECT json_extract(value, '$.dest') FROM cell JOIN run USING (run_id) WHERE status = 'running'"
        assert connection.execute(values).fetchall() == [("B",)]
        queued = "SELECT json_extract(value, '$.stars') FROM delivered WHERE key = 'Rating'"
        assert connection.execute(queued).fetchall() == [(5,)]
        waiting = "SELECT run_id FROM run, json_each(waiting_for) AS waits WHERE waits.value = 'Fare'"
        assert connection.execute(waiting).fetchall() == [("r1",)]


def test_a_checkpoint_costs_what_changed_and_not_what_is_there(store: SqliteStore) -> None:
    def steps_of_a_save(keys: int) -> int:
        worker = Worker(store, run_id=f"{keys} keys")
        cells = tuple(
            Cell(key=Key(f"K{place}"), present=True, text="1", changed=1, different=1, by=None) for place in range(keys)
        )
        worker.accept(delivery())
        worker.begin("o1", changes=opens(*cells))
        steps = 0

        def count() -> None:
            nonlocal steps
            steps += 1

        with store._file.reading() as connection:
            pass
        connection.set_progress_handler(count, 1)
        worker.save("o2", opens(cells[0]))
        connection.set_progress_handler(None, 1)
        return steps

    few, many = steps_of_a_save(10), steps_of_a_save(3000)
    assert 0 < many < 1.2 * few


class TestRemembering:
    """A store remembers what it wrote last to a run, and then writes on without reading it: as if it had read it."""

    def saves(self, store: SqliteStore, path: Path) -> tuple[Worker, Worker]:
        """Give a worker whose last write is remembered, and one that writes to the same file through another store."""
        worker = Worker(store)
        worker.accept(delivery())
        worker.begin("o1", changes=opens())
        assert store._last["r1"].op == "o1"
        return worker, Worker(open_address(parse(f"sqlite:///{path}"), SystemClock()), claim_id="B")

    def test_a_write_that_is_sent_again_is_done_once(self, store: SqliteStore, path: Path) -> None:
        worker, other = self.saves(store, path)
        saved = worker.save("o2", opens())
        state = other.load()
        assert worker.save("o2", opens(), at=saved.revision - 1) == saved
        assert worker.save("o2", opens(), at=saved.revision) == saved
        assert other.load() == state
        assert worker.save("o3", opens()).receipt is Receipt.OK
        other.store.close()

    def test_what_others_did_meanwhile_is_heeded(self, store: SqliteStore, path: Path) -> None:
        worker, other = self.saves(store, path)
        other.store.cancel("r1", op="o9")
        state = other.load()
        assert worker.save("o2", opens()).receipt is Receipt.LOST
        assert other.load() == state
        assert "r1" not in store._last
        other.store.close()

    def test_a_run_that_was_purged_and_made_again_is_another(self, store: SqliteStore, path: Path) -> None:
        worker, other = self.saves(store, path)
        other.store.cancel("r1", op="o9")
        assert other.store.purge(older_than=-1.0, status=None) == 1
        other.accept(delivery())
        other.begin("p1", changes=opens())
        state = other.load()
        assert worker.save("o2", opens()).receipt is Receipt.LOST
        assert other.load() == state
        other.store.close()

    def test_what_a_run_was_made_with_is_remembered_as_long_as_its_claim_holds(
        self, store: SqliteStore, path: Path
    ) -> None:
        worker, again = Worker(store), Worker(store, run_id="r2")
        for each in (again, worker):  # whose number the run gets that is made instead
            each.accept(delivery(), changes=opens())
            assert store._last[each.run_id].op is None
        assert again.save("o1", opens()).receipt is Receipt.OK
        other = Worker(open_address(parse(f"sqlite:///{path}"), SystemClock()), claim_id="B")
        other.store.cancel("r1", op="o9")
        assert other.store.purge(older_than=-1.0, status=Status.CANCELLED) == 1
        other.accept(delivery(), changes=opens())
        assert other.revision == worker.revision
        state = other.load()
        assert worker.save("o1", opens()).receipt is Receipt.LOST
        assert other.load() == state
        other.store.close()

    def test_a_header_that_says_something_new_is_written(self, store: SqliteStore, path: Path) -> None:
        worker, other = self.saves(store, path)
        changes = opens()
        waits = changes._replace(header=changes.header._replace(waiting_for=(Key("Toll"),)))
        assert worker.save("o2", waits).receipt is Receipt.OK
        assert other.load().header.waiting_for == (Key("Toll"),)
        assert worker.save("o3", waits).receipt is Receipt.OK
        assert other.load().header == waits.header
        other.store.close()

    def test_what_ended_is_forgotten(self, store: SqliteStore, path: Path) -> None:
        worker, other = self.saves(store, path)
        worker.end("o2")
        assert not store._last
        other.store.close()

    def test_not_more_and_more_is_remembered(
        self, store: SqliteStore, path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(sqlite, "_REMEMBERED", 2)
        workers = [Worker(store, run_id=f"r{number}") for number in range(5)]
        for worker in workers:
            worker.accept(delivery())
            worker.begin("o1", changes=opens())
            assert len(store._last) <= 2
        assert [worker.save("o2", opens()).receipt for worker in workers] == [Receipt.OK] * 5


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("find", "run USING PRIMARY KEY (run_id>?)"),
        ("find_in_status", "INDEX in_status (status=? AND run_id>?)"),
        ("find_waiting", "INDEX waiting_for (key=? AND run_id>?)"),
        ("abandoned", "INDEX busy (run_id>?)"),
        ("over", "run USING PRIMARY KEY (run_id>?)"),
    ],
)
def test_runs_are_found_in_an_index_and_in_order(store: SqliteStore, query: str, index: str) -> None:
    text = queries("sqlite")[query]
    asked = dict.fromkeys(re.findall(r":(\w+)", text))
    with store._file.reading() as connection:
        plan = connection.execute("EXPLAIN QUERY PLAN " + text, asked).fetchall()
    first, *others = (detail for *_, detail in plan)
    assert index in first
    assert not [other for other in others if "SCAN run" in other or "TEMP B-TREE" in other]


def test_what_a_run_is_made_of_is_read_in_order_from_where_it_stands(store: SqliteStore) -> None:
    with store._file.reading() as connection:
        for name in ("cells", "marks", "events", "inbox", "delivered"):
            query = queries("sqlite")[name]
            plan = connection.execute("EXPLAIN QUERY PLAN " + query, [None] * query.count("?")).fetchall()
            (only,) = (detail for *_, detail in plan)
            assert "part USING PRIMARY KEY (number=? AND kind=?" in only


def test_values_that_were_taken_are_gone_from_the_inbox(store: SqliteStore, path: Path) -> None:
    worker = Worker(store)
    worker.accept(delivery("d1", Secret='"s3cret"'))
    worker.begin("o1")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM delivered").fetchone() == (0,)
        assert connection.execute("SELECT count(*) FROM inbox").fetchone() == (0,)
        assert connection.execute("SELECT delivery_id, seq FROM delivery").fetchall() == [("d1", 1)]
        assert connection.execute("SELECT count(*) FROM part WHERE content LIKE '%s3cret%'").fetchone() == (0,)


def test_an_operation_that_fails_half_way_has_done_nothing(store: SqliteStore) -> None:
    worker = Worker(store)
    worker.accept(delivery())
    state = worker.load()
    never: Any = "never"
    bad = Cell(key=Key("K"), present=True, text="1", changed=never, different=1, by=None)
    with pytest.raises(StoreUnavailableError):
        worker.save("o1", opens(bad))
    assert worker.load() == state
    assert worker.save("o1").revision == state.revision + 1


def test_a_text_that_is_no_text_is_refused_and_leaves_the_store_usable(store: SqliteStore) -> None:
    with pytest.raises(UnicodeEncodeError):
        Worker(store, run_id="half a character: \ud800").accept(delivery())
    assert Worker(store, run_id=uuid4().hex).accept(delivery()).state is not None


def test_a_closed_store_says_so(store: SqliteStore) -> None:
    store.close()
    with pytest.raises(StoreUnavailableError, match="it was closed"):
        store.load("r1")
