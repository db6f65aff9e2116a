"""The rows of a run in PostgreSQL, one step at a time."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.pq import TransactionStatus

from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.records import Changes, Header
from polaris._model.snapshot import Mark
from polaris.stores import postgres_rows as rows
from polaris.stores.address import parse
from polaris.stores.postgres_address import target
from polaris.stores.postgres_rows import Connected, Found
from polaris.stores.postgres_schema import migrate
from polaris.stores.rules import Row
from polaris.testing.conformance.moves import CLOSED, OPEN, cell, delivery, ids
from tests.helpers.postgres_server import fresh_url

HEADER = Header(workflow="rides", fingerprint="", status=Status.QUEUED, round=0, began_at=0, clean_at=0, is_open=False)
ROW = Row(run_id="r1", uid="u1", header=HEADER, created=5.25, updated=6.5)
HELD = ROW._replace(revision=1, holder="A", last_claim="A", lease_until=20.125)


@pytest.fixture
def connection() -> Iterator[Connected]:
    with fresh_url() as url:
        place = target(parse(url))
        with psycopg.connect(place.conninfo, autocommit=True) as opened:
            migrate(opened, url, schema=place.schema, must_exist=False)
            yield opened


def locked(connection: Connected, delivery_id: str | None = None) -> Found:
    found = rows.lock(connection, "r1", delivery_id)
    assert connection.info.transaction_status is TransactionStatus.INTRANS
    connection.rollback()
    return found


def held(connection: Connected) -> None:
    rows.make(connection, ROW)
    rows.put(connection, locked(connection), HELD)


def write(connection: Connected, changes: Changes, *, revision: int = 1, op: str | None = "o1", **rest: object) -> int:
    arguments = {"claim_id": "A", "lease": 10.0, "takes": None, "releases": False, "now": 7.0}
    written = rows.write(connection, "r1", revision=revision, op=op, changes=changes, **arguments | rest)
    return (written.fetchone() or (0,))[0]


def test_without_a_run_there_is_still_the_time(connection: Connected) -> None:
    found = locked(connection, "d1")
    assert (found.row, found.accepted, found.queued, found.by) == (None, 0, 0, None)
    assert abs(found.now - time.time()) < 600


def test_a_run_is_made_once_and_read_as_it_was_made(connection: Connected) -> None:
    assert rows.make(connection, ROW)
    assert not rows.make(connection, ROW._replace(uid="u2"))
    assert locked(connection).row == ROW


def test_a_row_is_written_only_if_it_has_changed(connection: Connected) -> None:
    def version() -> tuple[object, ...]:
        return rows.one(connection.execute("SELECT xmin::TEXT FROM run"))

    rows.make(connection, ROW)
    found, before = locked(connection), version()
    assert found.row is not None
    rows.put(connection, found, found.row)
    assert version() == before
    rows.put(connection, found, found.row._replace(uid="never changes", revision=7))
    assert version() != before
    assert locked(connection).row == ROW._replace(revision=7)


def test_a_delivery_is_counted_and_known_by_its_id(connection: Connected) -> None:
    rows.make(connection, ROW)
    for name, claim_id in (("d1", None), ("d2", "A")):
        found = locked(connection, name)
        with rows.committing(connection):
            rows.append(connection, found, "r1", delivery(name), claim_id)
            rows.put(connection, found, ROW, appended=True)
    assert [(found.accepted, found.queued, found.by) for found in map_ids(connection, "d1", "d2", "d3")] == [
        (2, 2, ""),
        (2, 2, "A"),
        (2, 2, None),
    ]
    assert rows.oldest(connection, "r1") == delivery("d1")._replace(seq=1)


def map_ids(connection: Connected, *delivery_ids: str) -> list[Found]:
    return [locked(connection, delivery_id) for delivery_id in delivery_ids]


def test_what_is_asked_inside_a_commit_is_there_afterwards(connection: Connected) -> None:
    rows.make(connection, ROW)
    found = rows.lock(connection, "r1")
    with rows.committing(connection):
        rows.put(connection, found, HELD)
        asked = rows.ask(connection, "r1")
        nobody = rows.ask(connection, "nobody")
    assert connection.info.transaction_status is TransactionStatus.IDLE
    state = rows.read_stored(asked)
    assert state is not None
    assert (state.revision, state.cells, state.marks, state.inbox) == (1, (), (), ())
    assert rows.read_stored(nobody) is None


class TestWrite:
    def test_changes_and_row_are_written_in_one_statement(self, connection: Connected) -> None:
        held(connection)
        mark = Mark(ran_at=1, asked_at=2, once_done=True)
        cells = (cell("Ride"), cell("Code", None))
        assert write(connection, Changes(header=OPEN, cells=cells, marks=(("match", mark),))) == 2
        state = rows.read_stored(rows.ask(connection, "r1"))
        assert state is not None
        assert (state.header, state.cells, state.marks) == (OPEN, cells[::-1], (("match", mark),))
        row = locked(connection).row
        assert row is not None
        assert (row.last_op, row.holder, row.lease_until, row.updated, row.created) == ("o1", "A", 17.0, 7.0, 5.25)

    @pytest.mark.parametrize("wrong", [{"claim_id": "B"}, {"revision": 0}, {"revision": 2}])
    def test_who_does_not_hold_the_run_at_that_revision_writes_nothing(
        self, connection: Connected, wrong: dict[str, object]
    ) -> None:
        held(connection)
        assert write(connection, Changes(header=OPEN, cells=(cell(),)), **wrong) == 0
        assert locked(connection).row == HELD
        assert rows.one(connection.execute("SELECT count(*) FROM cell")) == (0,)

    def test_a_write_that_was_done_is_not_done_again_unless_it_has_no_id(self, connection: Connected) -> None:
        held(connection)
        assert write(connection, Changes(header=OPEN), revision=1, op=None) == 2
        assert write(connection, Changes(header=OPEN), revision=2, op=None) == 3
        assert write(connection, Changes(header=OPEN), revision=3, op="o1") == 4
        assert write(connection, Changes(header=OPEN), revision=4, op="o1") == 0

    def test_a_delivery_that_is_taken_is_counted_once(self, connection: Connected) -> None:
        held(connection)
        found = locked(connection)
        rows.append(connection, found, "r1", delivery("d1"), None)
        rows.put(connection, found, HELD, appended=True)
        assert write(connection, Changes(header=OPEN), revision=1, op=None, takes=9) == 2
        assert locked(connection).queued == 1
        assert write(connection, Changes(header=OPEN), revision=2, op=None, takes=1) == 3
        assert write(connection, Changes(header=OPEN), revision=3, op=None, takes=1) == 4
        assert (locked(connection).queued, locked(connection).accepted) == (0, 1)

    def test_the_lease_is_released_only_if_nothing_is_queued(self, connection: Connected) -> None:
        held(connection)
        found = locked(connection)
        rows.append(connection, found, "r1", delivery("d1"), None)
        rows.put(connection, found, HELD, appended=True)
        assert write(connection, Changes(header=CLOSED), releases=True) == 0
        assert write(connection, Changes(header=OPEN), op=None, takes=1) == 2
        assert write(connection, Changes(header=CLOSED), revision=2, releases=True) == 3
        row = locked(connection).row
        assert row is not None
        assert row.holder is None

    def test_what_a_run_waits_for_is_written_when_it_changes(self, connection: Connected) -> None:
        held(connection)
        changed: list[list[str]] = []
        for revision, keys in enumerate([("B", "A"), ("B", "A"), ("A", "C"), ()], start=1):
            header = OPEN._replace(waiting_for=tuple(map(Key, keys)))
            assert write(connection, Changes(header=header), revision=revision, op=None) == revision + 1
            changed.append([key for (key,) in connection.execute("SELECT key FROM waiting ORDER BY key")])
        assert changed == [["A", "B"], ["A", "B"], ["A", "C"], []]


def test_texts_of_any_kind_go_through_json_and_come_back(connection: Connected) -> None:
    held(connection)
    texts = [
        json.dumps({"a": ["\u0000", '"', "\\", "\n", "🚕", "\ud7ff"]}, ensure_ascii=flag) for flag in (True, False)
    ]
    cells = tuple(cell(f"K{place}", text) for place, text in enumerate(texts))
    write(connection, Changes(header=OPEN, cells=cells))
    state = rows.read_stored(rows.ask(connection, "r1"))
    assert state is not None
    assert state.cells == cells
    assert ids(state) == []


def test_the_first_that_a_claim_can_take_is_locked_and_others_are_passed_over(connection: Connected) -> None:
    for run_id in ("a", "b"):
        rows.make(connection, ROW._replace(run_id=run_id, header=OPEN))
    arguments = {"claim_id": "B", "fingerprints": ["f1"], "after": None, "now": 30.0}
    assert rows.lock_abandoned(connection, **arguments | {"after": "b"}) is None
    connection.rollback()
    first = rows.lock_abandoned(connection, **arguments)
    assert first is not None
    assert first.row is not None
    assert first.row.run_id == "a"
    (path,) = rows.one(connection.execute("SHOW search_path"))
    with psycopg.connect(connection.info.dsn, password=connection.info.password, autocommit=True) as other:
        other.execute(f"SET search_path = {path}".encode())
        second = rows.lock_abandoned(other, **arguments)
        assert second is not None
        assert second.row is not None
        assert second.row.run_id == "b"
        other.rollback()
    connection.rollback()
