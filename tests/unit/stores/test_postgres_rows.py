"""The rows of a run in PostgreSQL, one step at a time."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from psycopg.pq import TransactionStatus

from polaris._model.outcome import Status
from polaris._model.records import Header
from polaris.stores import postgres_rows as rows
from polaris.stores import postgres_writes as writes
from polaris.stores.address import parse
from polaris.stores.postgres_address import target
from polaris.stores.postgres_rows import Connected, Found
from polaris.stores.postgres_schema import migrate
from polaris.stores.rules import Row
from polaris.testing.conformance.moves import OPEN, delivery
from tests.helpers.postgres_server import fresh_url

HEADER = Header(workflow="rides", fingerprint="", status=Status.QUEUED, round=0, began_at=0, clean_at=0, is_open=False)
ROW = Row(run_id="r1", uid="u1", header=HEADER, created=5.25, updated=5.25)
HELD = ROW._replace(revision=1, holder="A", last_claim="A", lease_until=20.125)


@pytest.fixture
def connection() -> Iterator[Connected]:
    with fresh_url() as url:
        place = target(parse(url))
        with rows.connect(place.conninfo) as opened:
            migrate(opened, url, schema=place.schema, must_exist=False)
            yield opened


def locked(connection: Connected, delivery_id: str | None = None) -> Found:
    found = rows.lock(connection, "r1", delivery_id)
    assert connection.info.transaction_status is TransactionStatus.INTRANS
    connection.rollback()
    return found


def make(connection: Connected, row: Row = ROW) -> None:
    writes.make(connection, row, lease=1.0, changes=None, delivery=None, claim_id=None, now=row.created)


def test_without_a_run_there_is_still_the_time(connection: Connected) -> None:
    found = locked(connection, "d1")
    assert (found.row, found.accepted, found.queued, found.by) == (None, 0, 0, None)
    assert abs(found.now - time.time()) < 600


def test_a_row_is_written_only_if_it_has_changed(connection: Connected) -> None:
    def version() -> tuple[object, ...]:
        return rows.one(connection.execute("SELECT xmin::TEXT FROM run"))

    make(connection)
    found, before = locked(connection), version()
    assert found.row is not None
    rows.put(connection, found, found.row)
    assert version() == before
    rows.put(connection, found, found.row._replace(uid="never changes", revision=7))
    assert version() != before
    assert locked(connection).row == ROW._replace(revision=7)


def test_a_delivery_is_counted_and_known_by_its_id(connection: Connected) -> None:
    make(connection)
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
    make(connection)
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


def test_the_first_that_a_claim_can_take_is_locked_and_others_are_passed_over(connection: Connected) -> None:
    for run_id in ("a", "b"):
        make(connection, ROW._replace(run_id=run_id, header=OPEN))
    arguments = {"claim_id": "B", "fingerprints": ["f1"], "after": None, "now": 30.0}
    assert rows.lock_abandoned(connection, **arguments | {"after": "b"}) is None
    connection.rollback()
    first = rows.lock_abandoned(connection, **arguments)
    assert first is not None
    assert first.row is not None
    assert first.row.run_id == "a"
    (path,) = rows.one(connection.execute("SHOW search_path"))
    with Connected.connect(connection.info.dsn, password=connection.info.password, autocommit=True) as other:
        other.execute(f"SET search_path = {path}".encode())
        second = rows.lock_abandoned(other, **arguments)
        assert second is not None
        assert second.row is not None
        assert second.row.run_id == "b"
        other.rollback()
    connection.rollback()
