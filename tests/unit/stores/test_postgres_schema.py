"""The schema of a PostgreSQL store: made, brought forward, or refused."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql

from polaris._model.records import Changes
from polaris._model.snapshot import Mark
from polaris.errors import StoreUnavailableError
from polaris.stores import postgres_rows, postgres_schema, postgres_writes
from polaris.stores.address import parse
from polaris.stores.postgres_address import Target, target
from polaris.stores.postgres_rows import Connected
from polaris.stores.postgres_schema import migrate
from polaris.stores.queries import migrations
from polaris.testing.conformance.moves import OPEN, cell, delivery
from tests.helpers.postgres_server import fresh_url

URL = "postgresql://host/rides"
TABLES = {"run", "waiting", "cell", "mark", "delivery", "event", "plan", "polaris_schema", "stored"}


@pytest.fixture
def place() -> Iterator[Target]:
    with fresh_url() as url:
        yield target(parse(url))


@pytest.fixture
def connection(place: Target) -> Iterator[Connected]:
    with Connected.connect(place.conninfo, autocommit=True) as opened:
        yield opened


def bring_forward(connection: Connected, place: Target, *, must_exist: bool = False) -> None:
    migrate(connection, URL, schema=place.schema, must_exist=must_exist)


def tables(connection: Connected, place: Target) -> set[str]:
    query = "SELECT table_name FROM information_schema.tables WHERE table_schema = %s"
    return {name for (name,) in connection.execute(query, [place.schema])}


def versions(connection: Connected) -> list[tuple[int]]:
    return connection.execute("SELECT version FROM polaris_schema").fetchall()


def test_a_new_schema_gets_the_newest_tables(connection: Connected, place: Target) -> None:
    bring_forward(connection, place)
    assert tables(connection, place) == TABLES
    assert versions(connection) == [(len(migrations("postgres")),)]


def test_a_schema_that_is_there_and_empty_is_used(connection: Connected, place: Target) -> None:
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(place.schema)))
    bring_forward(connection, place)
    assert tables(connection, place) == TABLES


def test_a_schema_that_is_up_to_date_stays_as_it_is(connection: Connected, place: Target) -> None:
    bring_forward(connection, place)
    connection.execute("INSERT INTO plan VALUES ('f', '')")
    bring_forward(connection, place)
    bring_forward(connection, place, must_exist=True)
    assert connection.execute("SELECT count(*) FROM plan").fetchone() == (1,)
    assert len(versions(connection)) == 1


def test_an_older_schema_gets_the_migrations_that_it_lacks(
    connection: Connected, place: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_forward(connection, place)
    connection.execute("INSERT INTO plan VALUES ('f', '')")
    steps = (*migrations("postgres"), ("ALTER TABLE plan ADD COLUMN size INTEGER", "UPDATE plan SET size = 1"))
    monkeypatch.setattr(postgres_schema, "migrations", {"postgres": steps}.__getitem__)
    bring_forward(connection, place)
    assert connection.execute("SELECT fingerprint, size FROM plan").fetchall() == [("f", 1)]
    assert versions(connection) == [(len(steps),)]


def make_oldest(connection: Connected, place: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a store as the first version did, with a run in it."""
    with monkeypatch.context() as patch:
        patch.setattr(postgres_schema, "migrations", {"postgres": migrations("postgres")[:1]}.__getitem__)
        bring_forward(connection, place)
    connection.execute("""
        INSERT INTO run VALUES (
            'r1', 'u', 'rides', 'f1', 'running', 1, 1, 0, TRUE, 0, '{Fare}', NULL, 2, 'A', 9e9, 'A', 'o1', 0, 1, 0, 0, 0
        )
    """)
    connection.execute("INSERT INTO cell VALUES ('r1', 'Ride', TRUE, '{}', 1, 1, NULL)")
    connection.execute("INSERT INTO delivery VALUES ('r1', 1, 'd1', 'A', FALSE, '{}', '{}')")
    connection.execute("INSERT INTO waiting VALUES ('r1', 'Fare')")


def test_a_run_of_the_oldest_schema_goes_on_in_the_newest(
    connection: Connected, place: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_oldest(connection, place, monkeypatch)
    bring_forward(connection, place)
    changes = Changes(header=OPEN, cells=(cell("Ride", "[]"), cell("Fare")), marks=(("match", Mark()),))
    written = postgres_writes.write(
        connection, "r1", claim_id="A", revision=2, op="o2", lease=1.0, changes=changes, takes=None, releases=False,
        settles=True, now=None,
    )  # fmt: skip
    assert written.fetchone() == (3,)
    state = postgres_rows.read_stored(postgres_rows.ask(connection, "r1"))
    assert state is not None
    assert {each.key: each.text for each in state.cells} == {"Ride": "[]", "Fare": '{"seats":2}'}
    connection.execute("DELETE FROM run")
    for table in ("cell", "mark", "delivery", "waiting"):
        assert connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() == (0,)


def test_many_may_open_an_old_store_at_the_same_moment_while_somebody_writes(
    connection: Connected, place: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_oldest(connection, place, monkeypatch)
    start = Barrier(6)

    def open_it() -> None:
        with Connected.connect(place.conninfo, autocommit=True) as other:
            start.wait()
            bring_forward(other, place)

    def write() -> None:
        with Connected.connect(place.conninfo, autocommit=True) as other:
            start.wait()
            for _ in range(50):
                found = postgres_rows.lock(other, "r1")
                with postgres_rows.committing(other):
                    postgres_rows.append(other, found, "r1", delivery(f"d{found.accepted + 1}"), None)
                    postgres_rows.put(other, found, found.row, appended=True)

    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(write), *(pool.submit(open_it) for _ in range(5))]:
            done.result()
    assert versions(connection) == [(len(migrations("postgres")),)]
    assert connection.execute("SELECT count(*) FROM delivery").fetchone() == (51,)


def test_a_migration_that_fails_leaves_the_schema_as_it_was(
    connection: Connected, place: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    bring_forward(connection, place)
    steps = (*migrations("postgres"), ("CREATE TABLE extra (x INTEGER)", "CREATE TABLE run (x INTEGER)"))
    monkeypatch.setattr(postgres_schema, "migrations", {"postgres": steps}.__getitem__)
    with pytest.raises(psycopg.errors.DuplicateTable):
        bring_forward(connection, place)
    assert tables(connection, place) == TABLES
    assert versions(connection) == [(len(steps) - 1,)]


def test_a_schema_of_a_newer_version_is_refused_and_says_what_to_do(connection: Connected, place: Target) -> None:
    bring_forward(connection, place)
    connection.execute("UPDATE polaris_schema SET version = 99")
    with pytest.raises(StoreUnavailableError, match="it has schema 99, of a newer polaris-workflows") as caught:
        bring_forward(connection, place)
    assert (caught.value.url, caught.value.do) == (URL, "Upgrade polaris-workflows.")


def test_a_schema_of_another_program_is_refused_and_stays_as_it_is(connection: Connected, place: Target) -> None:
    connection.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(place.schema)))
    connection.execute("CREATE TABLE users (name TEXT)")
    with pytest.raises(StoreUnavailableError, match="belongs to another program") as caught:
        bring_forward(connection, place)
    assert caught.value.do == "Name another one: ?schema=..."
    assert tables(connection, place) == {"users"}


def test_a_store_that_must_exist_is_not_made(connection: Connected, place: Target) -> None:
    with pytest.raises(StoreUnavailableError, match=f"there is no store in its schema {place.schema}"):
        bring_forward(connection, place, must_exist=True)
    found = connection.execute("SELECT count(*) FROM pg_namespace WHERE nspname = %s", [place.schema])
    assert found.fetchone() == (0,)


def test_a_database_that_cannot_keep_every_text_is_refused(connection: Connected, place: Target) -> None:
    name = f"latin_{uuid4().hex}"
    connection.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING LATIN1 LOCALE 'C'".encode())
    try:
        with Connected.connect(place.conninfo, dbname=name) as other, pytest.raises(StoreUnavailableError) as caught:
            bring_forward(other, place)
    finally:
        connection.execute(f"DROP DATABASE {name}".encode())
    assert caught.value.why == "its database is encoded as LATIN1"
    assert caught.value.do == "Create one with ENCODING 'UTF8'."


def test_who_may_use_a_store_need_not_be_able_to_make_one(connection: Connected, place: Target) -> None:
    bring_forward(connection, place)
    role, schema = sql.Identifier(f"user_{uuid4().hex}"), sql.Identifier(place.schema)
    connection.execute(sql.SQL("CREATE ROLE {}").format(role))
    connection.execute(sql.SQL("GRANT USAGE ON SCHEMA {} TO {}").format(schema, role))
    connection.execute(sql.SQL("GRANT ALL ON ALL TABLES IN SCHEMA {} TO {}").format(schema, role))
    connection.execute(sql.SQL("SET ROLE {}").format(role))
    bring_forward(connection, place)
    connection.execute("RESET ROLE")
    connection.execute(sql.SQL("DROP OWNED BY {}").format(role))
    connection.execute(sql.SQL("DROP ROLE {}").format(role))


def test_many_may_open_a_new_store_at_the_same_moment(place: Target) -> None:
    start = Barrier(6)

    def open_it(_: int) -> None:
        with Connected.connect(place.conninfo, autocommit=True) as connection:
            start.wait()
            bring_forward(connection, place)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(open_it, range(6)))
    with Connected.connect(place.conninfo) as connection:
        assert versions(connection) == [(len(migrations("postgres")),)]


def test_what_is_put_in_order_is_ordered_by_its_bytes_whatever_the_language(
    connection: Connected, place: Target
) -> None:
    bring_forward(connection, place)
    query = """
        SELECT table_name, column_name FROM information_schema.columns
        WHERE table_schema = %s AND column_name IN ('run_id', 'key', 'builder') AND collation_name IS DISTINCT FROM 'C'
    """
    assert connection.execute(query, [place.schema]).fetchall() == []
