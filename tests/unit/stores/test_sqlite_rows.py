from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polaris._model.keys import Key
from polaris._model.records import Changes, Delivery
from polaris._model.snapshot import Mark
from polaris.stores import sqlite_rows as rows
from polaris.stores.rules import Row
from polaris.stores.sqlite_schema import migrate
from tests.conformance.moves import CLOSED, OPEN, cell

ROW = Row(
    run_id="r1",
    uid="u1",
    header=OPEN,
    revision=7,
    holder="A",
    lease_until=12.5,
    last_claim="A",
    last_op="o1",
    takeovers=2,
    created=1.25,
    updated=2.5,
)
BARE = Row(run_id="r2", uid="u2", header=replace(CLOSED, waiting_for=()), created=0.0, updated=0.0)


def fresh() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    migrate(connection, "sqlite:///rows.db")
    return connection


@pytest.fixture
def connection() -> Iterator[sqlite3.Connection]:
    with closing(fresh()) as opened:
        yield opened


@pytest.mark.parametrize("row", [ROW, BARE, replace(ROW, header=replace(OPEN, error="it broke"))])
def test_a_row_is_read_as_it_was_written(connection: sqlite3.Connection, row: Row) -> None:
    rows.write_row(connection, row)
    assert rows.read_row(connection, row.run_id) == row
    assert type(rows.read_row(connection, row.run_id).header.is_open) is bool


def test_a_row_that_is_written_again_keeps_its_identity_and_age(connection: sqlite3.Connection) -> None:
    rows.write_row(connection, ROW)
    rows.write_row(connection, replace(BARE, run_id="r1", uid="other", created=99.0, updated=3.0))
    assert rows.read_row(connection, "r1") == replace(BARE, run_id="r1", uid="u1", created=1.25, updated=3.0)


def test_there_is_no_row_of_a_run_that_is_not_there(connection: sqlite3.Connection) -> None:
    assert rows.read_row(connection, "r1") is None


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), max_size=4))
def test_any_keys_may_be_waited_for(keys: list[str]) -> None:
    with closing(fresh()) as connection:
        row = replace(ROW, header=replace(OPEN, waiting_for=tuple(map(Key, keys))))
        rows.write_row(connection, row)
        assert rows.read_row(connection, "r1") == row


def test_cells_and_marks_are_written_over_and_read_in_order(connection: sqlite3.Connection) -> None:
    first = Changes(header=OPEN, cells=(cell("b"), cell("a")), marks=(("y", Mark(ran_at=1)), ("x", Mark(asked_at=2))))
    second = Changes(header=OPEN, cells=(cell("b", None, by=None),), marks=(("y", Mark(ran_at=3, once_done=True)),))
    rows.write(connection, ROW, first)
    rows.write(connection, ROW, second)
    state = rows.read_stored(connection, ROW)
    assert state.cells == (cell("a"), cell("b", None, by=None))
    assert state.marks == (("x", Mark(asked_at=2)), ("y", Mark(ran_at=3, once_done=True)))
    assert type(state.cells[0].present) is type(state.marks[0][1].once_done) is bool


def test_deliveries_are_numbered_and_taken_and_stay_known(connection: sqlite3.Connection) -> None:
    rows.write_row(connection, ROW)
    values = ((Key("b"), "1"), (Key("a"), "2"))
    assert rows.oldest(connection, "r1") is None
    rows.append(connection, "r1", Delivery(seq=0, delivery_id="d1", values=values), "A")
    rows.append(connection, "r1", Delivery(seq=0, delivery_id="d2", values=()), None)
    assert rows.oldest(connection, "r1") == Delivery(seq=1, delivery_id="d1", values=values)
    assert [queued.seq for queued in rows.read_inbox(connection, "r1")] == [1, 2]
    rows.take(connection, "r1", rows.FIRST)
    assert rows.oldest(connection, "r1") == Delivery(seq=2, delivery_id="d2", values=())
    assert [rows.accepted_by(connection, "r1", name) for name in ("d1", "d2", "d3")] == ["A", "", None]
