"""The rows of a run, written and read."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.records import Delivery, Header
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
        replace(ROW, holder=None, last_claim=None, last_op=None),
        replace(ROW, header=replace(HEADER, waiting_for=(), error=None, is_open=False)),
    ],
)
def test_every_column_of_a_run_comes_back(connection: sqlite3.Connection, row: Row) -> None:
    rows.write_row(connection, row, None)
    assert rows.read_row(connection, "r1") == row


def test_what_a_run_was_made_with_stays(connection: sqlite3.Connection) -> None:
    rows.write_row(connection, ROW, None)
    rows.write_row(connection, replace(ROW, uid="u2", created=0.0, revision=10), ROW)
    assert rows.read_row(connection, "r1") == replace(ROW, revision=10)


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
