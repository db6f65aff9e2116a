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
from polaris._model.records import Changes, Delivery, Header
from polaris.stores import rules
from polaris.stores import sqlite_rows as rows
from polaris.stores.rules import Row
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
    rows.write_row(connection, row, None)
    assert rows.read_row(connection, "r1") == row


def test_what_a_run_was_made_with_stays(connection: sqlite3.Connection) -> None:
    rows.write_row(connection, ROW, None)
    rows.write_row(connection, ROW._replace(uid="u2", created=0.0, revision=10), ROW)
    assert rows.read_row(connection, "r1") == ROW._replace(revision=10)


def test_a_delivery_is_known_by_the_claim_that_it_came_with(connection: sqlite3.Connection) -> None:
    rows.write_row(connection, ROW, None)
    rows.append(connection, "r1", Delivery(seq=0, delivery_id="d1", values=()), "A")
    rows.append(connection, "r1", Delivery(seq=0, delivery_id="d2", values=()), None)
    rows.take(connection, "r1", rows.FIRST)
    known = [rows.accepted_by(connection, "r1", name) for name in ("d1", "d2", "d3")]
    assert known == ["A", "", None]
    assert rows.oldest(connection, "r1") == Delivery(seq=2, delivery_id="d2", values=())


def test_what_belongs_to_a_run_goes_with_it(connection: sqlite3.Connection) -> None:
    rows.write_row(connection, ROW, None)
    rows.append(connection, "r1", Delivery(seq=0, delivery_id="d1", values=((Key("K"), "1"),)), None)
    connection.execute("DELETE FROM run")
    counts = [connection.execute(f"SELECT count(*) FROM {table}").fetchone() for table in ("delivery", "delivered")]
    assert counts == [(0,), (0,)]


class TestAdvance:
    """A checkpoint that leaves a run as it was but for its rounds is written without reading the run."""

    NEXT = HEADER._replace(round=8, began_at=7, clean_at=6, first_pass=3)

    def advance(
        self,
        connection: sqlite3.Connection,
        header: Header = NEXT,
        *,
        claim_id: str = "A",
        revision: int = 9,
        op: str = "o2",
        events: tuple[Event, ...] = (),
    ) -> bool:
        changes = Changes(header=header, events=events)
        return rows.advance(connection, "r1", claim_id, revision, op, now=ROW.updated + 5, lease=10.0, changes=changes)

    @pytest.mark.parametrize("before", [ROW, ROW._replace(last_op=None)])
    def test_it_writes_what_the_rules_say(self, connection: sqlite3.Connection, before: Row) -> None:
        rows.write_row(connection, before, None)
        assert self.advance(connection)
        assert rows.read_row(connection, "r1") == rules.written(
            before, self.NEXT, op="o2", now=ROW.updated + 5, lease=10.0
        )

    @pytest.mark.parametrize(
        "header",
        [
            NEXT._replace(workflow="shop"),
            NEXT._replace(fingerprint="f2"),
            NEXT._replace(status=Status.RUNNING),
            NEXT._replace(is_open=False),
            NEXT._replace(waiting_for=()),
            NEXT._replace(error=None),
        ],
    )
    def test_it_leaves_a_run_alone_of_which_more_changes(self, connection: sqlite3.Connection, header: Header) -> None:
        rows.write_row(connection, ROW, None)
        assert not self.advance(connection, header)
        assert rows.read_row(connection, "r1") == ROW

    def test_it_leaves_a_run_alone_that_somebody_else_writes(self, connection: sqlite3.Connection) -> None:
        rows.write_row(connection, ROW, None)
        assert not self.advance(connection, claim_id="B")
        assert not self.advance(connection, revision=8)
        assert not self.advance(connection, op="o1")
        rows.write_row(connection, ROW._replace(holder=None), ROW)
        assert not self.advance(connection)

    def test_events_are_read_in_the_order_of_the_writes_and_of_their_places(
        self, connection: sqlite3.Connection
    ) -> None:
        rows.write_row(connection, ROW, None)
        events = [
            Event(kind=EventKind.BUILDER_FINISHED, workflow="rides", run_id="r1", round=7, builder=name)
            for name in ("a", "b", "c")
        ]
        assert self.advance(connection, events=tuple(events[:2]))
        assert self.advance(connection, revision=10, op="o3", events=tuple(events[2:]))
        assert [event.builder for event in rows.read_events(connection, ROW)] == ["a", "b", "c"]
