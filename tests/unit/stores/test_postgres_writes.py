"""What is written of a run in PostgreSQL, one statement at a time."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from polaris._model.events import Event, EventKind
from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.records import Changes, Delivery, Header, Stored
from polaris._model.snapshot import Mark
from polaris.stores import postgres_rows as rows
from polaris.stores import postgres_writes as writes
from polaris.stores.address import parse
from polaris.stores.postgres_address import target
from polaris.stores.postgres_rows import Connected
from polaris.stores.postgres_schema import migrate
from polaris.stores.rules import Row
from polaris.testing.conformance.moves import CLOSED, OPEN, cell, delivery, ids
from tests.helpers.postgres_server import fresh_url

HEADER = Header(workflow="rides", fingerprint="", status=Status.QUEUED, round=0, began_at=0, clean_at=0, is_open=False)
ROW = Row(run_id="r1", uid="u1", header=HEADER, created=5.25, updated=5.25)
HELD = ROW._replace(revision=1, holder="A", last_claim="A", lease_until=20.125)
SIZES = (0, 1, 2, 4, 5, 40)
"""How many lines of a table; more than four are written in another way."""


@pytest.fixture
def connection() -> Iterator[Connected]:
    with fresh_url() as url:
        place = target(parse(url))
        with rows.connect(place.conninfo) as opened:
            migrate(opened, url, schema=place.schema, must_exist=False)
            yield opened


def make(connection: Connected, row: Row = HELD, **rest: object) -> float | None:
    arguments = {"lease": 14.875, "changes": None, "delivery": None, "claim_id": None, "now": 5.25}
    return writes.make(connection, row, **arguments | rest)


def write(connection: Connected, changes: Changes, *, revision: int = 1, op: str = "o1", **rest: object) -> int:
    arguments = {"claim_id": "A", "lease": 10.0, "takes": None, "releases": False, "settles": True, "now": 7.0}
    written = writes.write(connection, "r1", revision=revision, op=op, changes=changes, **arguments | rest)
    return (written.fetchone() or (0,))[0]


def append(connection: Connected, name: str) -> None:
    found = rows.lock(connection, "r1", name)
    assert found.row is not None
    with rows.committing(connection):
        rows.append(connection, found, "r1", delivery(name), None)
        rows.put(connection, found, found.row, appended=True)


def row_of(connection: Connected) -> Row | None:
    found = rows.lock(connection, "r1")
    connection.rollback()
    return found.row


def queued(connection: Connected) -> tuple[int, int]:
    found = rows.lock(connection, "r1")
    connection.rollback()
    return found.queued, found.accepted


def read(connection: Connected) -> Stored:
    state = rows.read_stored(rows.ask(connection, "r1"))
    assert state is not None
    return state


def texts(connection: Connected, query: str) -> list[str]:
    return [text for (text,) in connection.execute(query.encode())]


def events(count: int) -> tuple[Event, ...]:
    return tuple(
        Event(kind=EventKind.BUILDER_FINISHED, workflow="rides", run_id="r1", round=1, builder=f"b{place}")
        for place in range(count)
    )


class TestMake:
    @pytest.mark.parametrize("row", [ROW, HELD])
    def test_a_run_is_made_once_and_read_as_it_was_made(self, connection: Connected, row: Row) -> None:
        assert make(connection, row) == 5.25
        assert make(connection, row._replace(uid="u2"), now=6.0) is None
        assert row_of(connection) == row
        assert queued(connection) == (0, 0)

    def test_the_time_is_that_of_the_server(self, connection: Connected) -> None:
        (before,) = rows.one(connection.execute("SELECT extract(EPOCH FROM clock_timestamp())::FLOAT8"))
        made = make(connection, now=None)
        row = row_of(connection)
        assert made is not None
        assert row is not None
        assert before <= made <= before + 600
        assert (row.created, row.updated, row.lease_until) == (made, made, pytest.approx(made + 14.875))

    def test_a_delivery_is_queued_with_it(self, connection: Connected) -> None:
        given = Delivery(seq=0, delivery_id="d1", values=((Key("Ride"), '"\\u0000"'), (Key("Fare"), "{}")))
        make(connection, delivery=given, claim_id="A")
        assert queued(connection) == (1, 1)
        assert read(connection).inbox == (given._replace(seq=1),)
        assert rows.lock(connection, "r1", "d1").by == "A"
        connection.rollback()

    def test_a_delivery_that_no_claim_came_with_is_known_as_such(self, connection: Connected) -> None:
        make(connection, ROW, delivery=delivery("d1"))
        assert rows.lock(connection, "r1", "d1").by == ""
        connection.rollback()

    @pytest.mark.parametrize("count", SIZES)
    def test_a_run_that_is_opened_at_once_has_all_that_it_opens_with(self, connection: Connected, count: int) -> None:
        cells = tuple(cell(f"K{place:02}") for place in range(count))
        marks = tuple((f"b{place:02}", Mark(ran_at=1)) for place in range(count))
        opening = Changes(header=OPEN, cells=cells, marks=marks, events=events(count))
        make(connection, HELD._replace(revision=2, header=OPEN), changes=opening, delivery=delivery(), claim_id="A")
        state = read(connection)
        assert (state.header, state.revision, state.cells, state.marks) == (OPEN, 2, cells, marks)
        assert (queued(connection), ids(state)) == ((0, 1), [])
        assert texts(connection, "SELECT text FROM delivery, unnest(texts) AS text") == []
        assert len(texts(connection, "SELECT content FROM event")) == count
        assert texts(connection, "SELECT key FROM waiting ORDER BY key") == ["Fare", "list[Item]"]

    def test_what_it_waits_for_twice_is_found_once(self, connection: Connected) -> None:
        header = OPEN._replace(waiting_for=(Key("B"), Key("A"), Key("B")))
        make(connection, HELD._replace(header=header), changes=Changes(header=header))
        assert read(connection).header == header
        assert texts(connection, "SELECT key FROM waiting ORDER BY key") == ["A", "B"]


class TestWrite:
    def test_changes_and_row_are_written_in_one_statement(self, connection: Connected) -> None:
        make(connection)
        mark = Mark(ran_at=1, asked_at=2, once_done=True)
        cells = (cell("Ride"), cell("Code", None))
        assert write(connection, Changes(header=OPEN, cells=cells, marks=(("match", mark),))) == 2
        state = read(connection)
        assert (state.header, state.cells, state.marks) == (OPEN, cells[::-1], (("match", mark),))
        row = row_of(connection)
        assert row is not None
        assert (row.last_op, row.holder, row.lease_until, row.updated, row.created) == ("o1", "A", 17.0, 7.0, 5.25)

    @pytest.mark.parametrize("count", SIZES)
    def test_any_number_of_lines_is_put_and_put_again(self, connection: Connected, count: int) -> None:
        make(connection)
        for revision, by in enumerate(("first", None), start=1):
            cells = tuple(cell(f"K{place:02}", f"[{revision}]", by=by) for place in range(count))
            marks = tuple((f"b{place:02}", Mark(ran_at=revision, once_done=bool(place % 2))) for place in range(count))
            changes = Changes(header=OPEN, cells=cells, marks=marks, events=events(count))
            assert write(connection, changes, revision=revision, op=f"o{revision}") == revision + 1
            state = read(connection)
            assert (state.cells, state.marks) == (cells, marks)
        happened = texts(connection, "SELECT content::JSON ->> 'builder' FROM event ORDER BY position")
        assert happened == [f"b{place}" for place in range(count)] * 2

    @pytest.mark.parametrize("wrong", [{"claim_id": "B"}, {"revision": 0}, {"revision": 2}])
    def test_who_does_not_hold_the_run_at_that_revision_writes_nothing(
        self, connection: Connected, wrong: dict[str, object]
    ) -> None:
        make(connection)
        assert write(connection, Changes(header=OPEN, cells=(cell(),)), **wrong) == 0
        assert row_of(connection) == HELD
        assert read(connection).cells == ()

    def test_a_write_that_was_done_is_not_done_again(self, connection: Connected) -> None:
        make(connection)
        assert write(connection, Changes(header=OPEN), revision=1, op="o1") == 2
        assert write(connection, Changes(header=OPEN), revision=2, op="o1") == 0
        assert write(connection, Changes(header=OPEN), revision=2, op="o2") == 3

    def test_a_delivery_that_is_taken_is_counted_once(self, connection: Connected) -> None:
        make(connection)
        append(connection, "d1")
        assert write(connection, Changes(header=OPEN), revision=1, op="o1", takes=9) == 2
        assert queued(connection) == (1, 1)
        assert write(connection, Changes(header=OPEN), revision=2, op="o2", takes=1) == 3
        assert write(connection, Changes(header=OPEN), revision=3, op="o3", takes=1) == 4
        assert queued(connection) == (0, 1)

    def test_the_lease_is_released_only_if_nothing_is_queued(self, connection: Connected) -> None:
        make(connection)
        append(connection, "d1")
        assert write(connection, Changes(header=CLOSED), releases=True) == 0
        assert write(connection, Changes(header=OPEN), takes=1) == 2
        assert write(connection, Changes(header=CLOSED), revision=2, op="o2", releases=True) == 3
        row = row_of(connection)
        assert row is not None
        assert row.holder is None

    def test_what_a_run_waits_for_is_written_when_it_changes(self, connection: Connected) -> None:
        make(connection)
        changed: list[list[str]] = []
        for revision, keys in enumerate([("B", "A"), ("B", "A"), ("A", "C"), ()], start=1):
            header = OPEN._replace(waiting_for=tuple(map(Key, keys)))
            assert write(connection, Changes(header=header), revision=revision, op=f"o{revision}") == revision + 1
            changed.append(texts(connection, "SELECT key FROM waiting ORDER BY key"))
        assert changed == [["A", "B"], ["A", "B"], ["A", "C"], []]

    def test_nothing_is_written_if_that_would_change_without_being_said(self, connection: Connected) -> None:
        make(connection)
        assert write(connection, Changes(header=OPEN, cells=(cell(),)), settles=False) == 0
        assert row_of(connection) == HELD
        assert write(connection, Changes(header=OPEN)) == 2
        assert write(connection, Changes(header=OPEN, cells=(cell(),)), revision=2, op="o2", settles=False) == 3
        assert read(connection).cells == (cell(),)


@pytest.mark.parametrize("count", [1, 5])
def test_texts_of_any_kind_go_there_and_come_back(connection: Connected, count: int) -> None:
    make(connection)
    kinds = [
        json.dumps({"a": ["\u0000", '"', "\\", "\n", "🚕", "\ud7ff"]}, ensure_ascii=flag) for flag in (True, False)
    ]
    cells = tuple(cell(f"K{place}{number}", text) for place, text in enumerate(kinds) for number in range(count))
    write(connection, Changes(header=OPEN, cells=cells))
    assert read(connection).cells == cells


def test_a_statement_is_prepared_once_whatever_the_numbers_are(connection: Connected) -> None:
    make(connection)
    for revision in range(1, 21):
        changes = Changes(
            header=OPEN._replace(round=10**revision % 10**15), cells=(cell(changed=100**revision % 10**15),)
        )
        assert write(connection, changes, revision=revision, op=f"o{revision}") == revision + 1
    prepared = connection.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement ~ 'put_cells'")
    assert prepared.fetchone() == (1,)
