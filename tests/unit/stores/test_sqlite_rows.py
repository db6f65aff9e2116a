"""The rows of a run, written and read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from polaris._model.events import Event, EventKind
from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.records import Cell, Changes, Delivery, Header
from polaris._model.snapshot import Mark
from polaris.stores import rules
from polaris.stores import sqlite_rows as rows
from polaris.stores.rules import Row
from polaris.stores.sqlite_rows import Found, Last
from polaris.stores.sqlite_schema import migrate

HEADER = Header(
    workflow="rides",
    fingerprint="f1",
    status=Status.WAITING,
    round=7,
    began_at=6,
    clean_at=5,
    is_open=True,
    waiting_for=(Key("Fare"), Key('dict[str, "Ü"]')),
    error="match: ValueError",
)
ROW = Row(
    run_id="r1",
    uid="u1",
    header=HEADER,
    revision=9,
    holder="A",
    lease_until=1234.5678,
    last_claim="A",
    last_op="o1",
    takeovers=2,
    created=1_700_000_000.123456,
    updated=1_700_000_001.654321,
)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(tmp_path / "runs.db", isolation_level=None)) as opened:
        opened.execute("PRAGMA foreign_keys = ON")
        migrate(opened, "sqlite:///runs.db")
        yield opened


@pytest.mark.parametrize(
    "row",
    [
        ROW,
        ROW._replace(holder=None, last_claim=None, last_op=None),
        ROW._replace(header=HEADER._replace(waiting_for=(), error=None, is_open=False)),
    ],
)
def test_every_column_of_a_run_comes_back(connection: sqlite3.Connection, row: Row) -> None:
    assert rows.write(connection, row, None) == Found(row, 1)
    assert rows.find(connection, "r1") == Found(row, 1)
    assert rows.find(connection, "r2") is None


@pytest.mark.parametrize("row", [ROW, ROW._replace(header=HEADER._replace(error=None))])
def test_what_a_run_was_made_with_stays(connection: sqlite3.Connection, row: Row) -> None:
    made = rows.write(connection, ROW, None)
    rows.write(connection, row._replace(uid="u2", created=0.0, revision=10, holder="B"), made)
    assert rows.find(connection, "r1") == Found(row._replace(revision=10, holder="B"), 1)


def test_a_delivery_is_known_by_the_claim_that_it_came_with(connection: sqlite3.Connection) -> None:
    found = rows.write(connection, ROW, None)
    found = rows.write(connection, ROW, found, delivery=Delivery(seq=0, delivery_id="d1", values=()), claim_id="A")
    found = rows.write(connection, ROW, found, delivery=Delivery(seq=0, delivery_id="d2", values=()))
    assert found == rows.find(connection, "r1") == Found(ROW, 1, accepted=2, queued=2)
    found = rows.write(connection, ROW, found, takes=1)
    assert found == rows.find(connection, "r1") == Found(ROW, 1, accepted=2, queued=1)
    assert rows.write(connection, ROW, found, takes=1) == found
    known = [rows.accepted_by(connection, 1, name) for name in ("d1", "d2", "d3")]
    assert known == ["A", "", None]
    assert rows.oldest(connection, found) == Delivery(seq=2, delivery_id="d2", values=())


def test_a_delivery_that_is_begun_at_once_is_only_remembered(connection: sqlite3.Connection) -> None:
    delivery = Delivery(seq=0, delivery_id="d1", values=((Key("K"), "1"),))
    found = rows.write(connection, ROW, None, changes=Changes(header=HEADER), delivery=delivery, claim_id="A")
    assert rows.accepted_by(connection, 1, "d1") == "A"
    assert rows.read_inbox(connection, 1) == []
    assert found == rows.find(connection, "r1") == Found(ROW, 1, accepted=1, queued=0)
    assert rows.oldest(connection, found) is None
    assert connection.execute("SELECT count(*) FROM delivered").fetchone() == (0,)


@pytest.mark.parametrize("count", [0, 1, 15, 16, 17, 50])
def test_any_number_of_parts_is_written(connection: sqlite3.Connection, count: int) -> None:
    cells = tuple(
        Cell(key=Key(f"K{place:02}"), present=True, text=str(place), changed=1, different=1, by=None)
        for place in range(count)
    )
    marks = tuple((cell.key, Mark(ran_at=1, asked_at=0, once_done=True)) for cell in cells)
    found = rows.write(connection, ROW, None, changes=Changes(HEADER, cells, marks))
    assert rows.read_stored(connection, found)[4:6] == (cells, marks)


def test_what_belongs_to_a_run_goes_with_it(connection: sqlite3.Connection) -> None:
    found = rows.write(connection, ROW, None)
    rows.write(connection, ROW, found, delivery=Delivery(seq=0, delivery_id="d1", values=((Key("K"), "1"),)))
    rows.write(connection, ROW._replace(run_id="r2"), None)
    (number,) = connection.execute("SELECT number FROM run WHERE run_id = 'r2'").fetchone()
    connection.execute("DELETE FROM run WHERE run_id = 'r1'")
    assert connection.execute("SELECT DISTINCT number FROM part").fetchall() == [(number,)]
    assert connection.execute("SELECT DISTINCT run_id FROM waiting").fetchall() == [("r2",)]


class TestAdvance:
    """A checkpoint that leaves a run as it was but for its rounds is written without reading the run."""

    BEFORE = ROW._replace(takeovers=0)
    LAST = Last(run_id="r1", number=1, claim_id="A", revision=9, op="o1", header=HEADER)
    NEXT = HEADER._replace(round=8)

    def advance(
        self, connection: sqlite3.Connection, last: Last = LAST, op: str = "o2", events: tuple[Event, ...] = ()
    ) -> bool:
        changes = Changes(header=self.NEXT, events=events)
        return rows.advance(connection, last, op, changes, now=ROW.updated + 5, lease=10.0)

    def test_it_writes_what_the_rules_say(self, connection: sqlite3.Connection) -> None:
        rows.write(connection, self.BEFORE, None)
        assert self.advance(connection)
        after = rules.written(self.BEFORE, self.NEXT, op="o2", now=ROW.updated + 5, lease=10.0)
        assert rows.find(connection, "r1") == Found(after, 1)

    @pytest.mark.parametrize(
        "header",
        [
            NEXT._replace(workflow="shop"),
            NEXT._replace(fingerprint="f2"),
            NEXT._replace(status=Status.RUNNING),
            NEXT._replace(began_at=7),
            NEXT._replace(clean_at=6),
            NEXT._replace(first_pass=3),
            NEXT._replace(is_open=False),
            NEXT._replace(waiting_for=()),
            NEXT._replace(error=None),
        ],
    )
    def test_a_header_of_which_more_changes_than_the_round_says_something_else(self, header: Header) -> None:
        assert self.LAST.precedes("A", 9, "o2", self.NEXT)
        assert self.LAST.precedes("A", 9, "o2", HEADER)
        assert not self.LAST.precedes("A", 9, "o2", header)

    def test_only_another_write_by_the_same_claim_upon_the_same_revision_comes_next(self) -> None:
        assert not self.LAST.precedes("B", 9, "o2", self.NEXT)
        assert not self.LAST.precedes("A", 8, "o2", self.NEXT)
        assert not self.LAST.precedes("A", 9, "o1", self.NEXT)

    @pytest.mark.parametrize(
        "row",
        [BEFORE._replace(revision=10), BEFORE._replace(last_op="o0"), BEFORE._replace(last_op=None)],
    )
    def test_it_leaves_a_run_alone_that_was_written_to_or_claimed(
        self, connection: sqlite3.Connection, row: Row
    ) -> None:
        found = rows.write(connection, row, None)
        assert not self.advance(connection)
        assert rows.find(connection, "r1") == found

    def test_what_a_run_was_made_with_has_no_id_and_is_known_by_its_claim(self, connection: sqlite3.Connection) -> None:
        made = self.LAST._replace(op=None)
        found = rows.write(connection, self.BEFORE._replace(last_op=None), None)
        for other in (made._replace(claim_id="B"), made._replace(run_id="r2"), made._replace(number=2)):
            assert not self.advance(connection, other)
        assert rows.find(connection, "r1") == found
        assert self.advance(connection, made)
        assert not self.advance(connection, made)

    def test_it_leaves_everything_alone_if_the_run_is_gone(self, connection: sqlite3.Connection) -> None:
        assert not self.advance(connection)
        assert connection.execute("SELECT count(*) FROM part").fetchone() == (0,)

    def test_events_are_read_in_the_order_of_the_writes_and_of_their_places(
        self, connection: sqlite3.Connection
    ) -> None:
        found = rows.write(connection, self.BEFORE, None)
        events = [
            Event(kind=EventKind.BUILDER_FINISHED, workflow="rides", run_id="r1", round=7, builder=name)
            for name in ("a", "b", "c")
        ]
        assert self.advance(connection, events=tuple(events[:2]))
        last = self.LAST._replace(revision=10, op="o2")
        assert self.advance(connection, last, "o3", events=tuple(events[2:]))
        assert [event.builder for event in rows.read_events(connection, found)] == ["a", "b", "c"]
