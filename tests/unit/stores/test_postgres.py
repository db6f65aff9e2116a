"""What only the PostgreSQL store does; what it does as every store is told by the conformance suite."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from polaris._model.keys import Key
from polaris._model.records import Cell, Changes, Delivery, Receipt, Verdict
from polaris._model.snapshot import Mark
from polaris.errors import MissingExtraError, StoreUnavailableError
from polaris.stores import open_store, postgres
from polaris.stores import postgres_writes as writes
from polaris.stores.address import parse
from polaris.stores.postgres import PostgresStore, open_address
from polaris.stores.postgres_address import target
from polaris.stores.postgres_rows import Connected
from polaris.stores.queries import queries
from polaris.stores.rules import Row
from polaris.testing.conformance.moves import CLOSED, LEASE, OPEN, Worker, cell, delivery, ids, opens
from polaris.testing.fakes import SetClock
from tests.helpers.postgres_server import fresh_url

MANY_RUNS = """
    INSERT INTO run
    SELECT
        'r' || number, 'u', 'rides', 'f1', 'waiting', 1, 1, 1, FALSE, 0, '{Fare}', NULL,
        1, NULL, 0, NULL, NULL, 0, 1, 0, 0, 0
    FROM generate_series(1, 20000) AS number
"""


@pytest.fixture
def url() -> Iterator[str]:
    with fresh_url() as new:
        yield new


@pytest.fixture
def store(url: str) -> Iterator[PostgresStore]:
    with closing(open_address(parse(url), None)) as opened:
        yield opened


@pytest.fixture
def people(store: PostgresStore, url: str) -> Iterator[Connected]:
    """A connection of somebody who looks into the tables, or holds a lock on them."""
    with Connected.connect(target(parse(url)).conninfo, autocommit=True) as connection:
        yield connection


def begun(store: PostgresStore, *cells: Cell) -> Worker:
    worker = Worker(store)
    worker.accept(delivery("d1"))
    worker.begin("o1", changes=opens(*cells))
    return worker


def test_without_its_library_it_says_which_extra_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("polaris.stores.postgres")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'polaris-workflows\[postgres\]'") as caught:
        open_store("postgresql://host/rides")
    assert caught.value.feature == "A store in PostgreSQL"
    monkeypatch.undo()
    assert importlib.import_module("polaris.stores.postgres") is postgres


def test_a_store_is_the_same_store_each_time(url: str, store: PostgresStore) -> None:
    store.put_plan("f", b"x")
    with closing(open_store(url, must_exist=True)) as again:
        assert again.get_plan("f") == b"x"


def test_a_store_that_must_exist_is_not_made(url: str) -> None:
    with pytest.raises(StoreUnavailableError, match="there is no store in its schema test_"):
        open_store(url, must_exist=True)


def test_people_can_query_values_as_json(store: PostgresStore, people: Connected) -> None:
    ride = Cell(key=Key("Ride"), present=True, text='{"dest":"B","seats":2}', changed=1, different=1, by=None)
    begun(store, ride).accept(delivery("d2", Rating='{"stars":5}'))
    values = "SELECT value::json ->> 'seats' FROM cell JOIN run USING (run_id) WHERE status = 'running'"
    assert people.execute(values).fetchall() == [("2",)]
    queued = "SELECT key, text::json ->> 'stars' FROM delivery, unnest(keys, texts) AS each (key, text)"
    assert people.execute(queued).fetchall() == [("Rating", "5")]


def test_values_that_were_taken_are_gone_from_the_inbox(store: PostgresStore, people: Connected) -> None:
    worker = Worker(store)
    worker.accept(delivery("d1", Secret='"s3cret"'))
    worker.begin("o1")
    assert people.execute("SELECT delivery_id, is_queued, keys, texts FROM delivery").fetchall() == [
        ("d1", False, [], [])
    ]


class TestTime:
    def test_it_is_that_of_the_server_whatever_the_host_says(
        self, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(time, "time", lambda: 0.0)
        worker = begun(store)
        worker.end("o2")
        (state,) = store.find(workflows=None, status=None, waiting_for=None, older_than=0.0, limit=9, after=None)
        assert state.created <= state.updated
        assert abs(datetime.now(UTC) - state.updated) < timedelta(minutes=10)
        assert store.purge(older_than=3600.0, status=None) == 0
        assert store.purge(older_than=0.0, status=None) == 1

    @pytest.mark.parametrize("move", ["save", "end", "renew", "claim"])
    def test_it_is_read_when_the_run_has_been_locked(self, store: PostgresStore, people: Connected, move: str) -> None:
        worker = begun(store)
        moves = {"save": lambda: worker.save("o2"), "end": lambda: worker.end("o2")}
        people.execute("BEGIN")
        people.execute("SELECT FROM run FOR UPDATE")
        with ThreadPoolExecutor(1) as pool:
            moved = pool.submit(moves.get(move) or getattr(worker, move))
            wait_for_somebody_who_waits(people)
            (unlocked,) = one(people, "SELECT extract(EPOCH FROM clock_timestamp())::FLOAT8")
            people.execute("COMMIT")
            moved.result()
        (lease_until,) = one(people, "SELECT lease_until FROM run")
        assert lease_until >= unlocked + LEASE

    def test_runs_can_be_taken_over_by_it(self, store: PostgresStore) -> None:
        begun(store).end("o2")
        Worker(store).accept(delivery("d2"), claims=False)
        arguments = {"claim_id": "B", "fingerprints": ["f1"], "after": None, "limit": 9}
        (state,) = store.claim_abandoned(lease=0.0, **arguments)
        (again,) = store.claim_abandoned(lease=LEASE, **arguments | {"claim_id": "C"})
        assert again.revision == state.revision + 1
        assert store.claim_abandoned(lease=LEASE, **arguments | {"claim_id": "D"}) == ()

    def test_a_run_is_not_taken_over_if_its_lease_is_not_over_by_the_time_it_is_locked(self, url: str) -> None:
        clock = SetClock()
        with closing(open_address(parse(url), clock)) as store:
            begun(store)
            times = iter([clock.now + LEASE + 1, clock.now])
            clock.time = lambda: next(times)  # type: ignore[method-assign]
            taken = store.claim_abandoned(claim_id="B", lease=LEASE, limit=9, fingerprints=["f1"], after=None)
            assert taken == ()


class TestWhatCommitsMeanwhile:
    """Each statement sees what was committed before it began, not before it got its lock."""

    def test_an_end_that_waited_sees_the_delivery_that_it_waited_for(
        self, store: PostgresStore, people: Connected
    ) -> None:
        worker = begun(store)
        people.execute("BEGIN")
        people.execute("UPDATE run SET accepted = 2, queued = 1")
        people.execute("INSERT INTO delivery VALUES ('r1', 2, 'd2', '', TRUE, '{}', '{}')")
        with ThreadPoolExecutor(1) as pool:
            ended = pool.submit(worker.end, "o2")
            wait_for_somebody_who_waits(people)
            people.execute("COMMIT")
            saved = ended.result()
        assert saved.delivery is not None
        assert (saved.receipt, saved.delivery.delivery_id) == (Receipt.NEXT, "d2")
        assert store.load("r1").header == CLOSED

    @pytest.mark.parametrize("write", ["begin", "save", "end"])
    def test_a_write_that_waited_for_another_claim_is_lost(
        self, store: PostgresStore, people: Connected, write: str
    ) -> None:
        worker = begun(store)
        people.execute("BEGIN")
        people.execute("UPDATE run SET revision = revision + 1, holder = 'B'")
        with ThreadPoolExecutor(1) as pool:
            written = pool.submit(getattr(worker, write), "o2")
            wait_for_somebody_who_waits(people)
            people.execute("COMMIT")
            assert written.result().receipt is Receipt.LOST

    def test_a_write_that_waited_for_a_renewal_is_done_once(self, store: PostgresStore, people: Connected) -> None:
        cell = Cell(key=Key("K"), present=True, text="1", changed=1, different=1, by=None)
        worker = begun(store)
        people.execute("BEGIN")
        people.execute("UPDATE run SET lease_until = lease_until + 1")
        with ThreadPoolExecutor(1) as pool:
            written = pool.submit(worker.save, "o2", opens(cell))
            wait_for_somebody_who_waits(people)
            people.execute("COMMIT")
            assert (written.result().receipt, written.result().revision) == (Receipt.OK, 3)
        state = store.load("r1")
        assert (state.revision, state.cells) == (3, (cell,))

    def test_who_makes_a_run_that_is_made_meanwhile_uses_that(self, store: PostgresStore, people: Connected) -> None:
        worker = Worker(store)
        people.execute("BEGIN")
        people.execute(MANY_RUNS.replace("20000", "1"))
        with ThreadPoolExecutor(1) as pool:
            accepted = pool.submit(worker.accept, delivery("d1"), changes=opens())
            wait_for_somebody_who_waits(people)
            people.execute("COMMIT")
            assert accepted.result().verdict is Verdict.CLAIMED
        state = worker.load()
        assert (state.uid, ids(state), state.header.is_open) == ("u", ["d1"], False)

    def test_a_run_that_is_purged_meanwhile_is_made_anew(
        self, store: PostgresStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        Worker(store).accept(delivery("d0"), uid="old", changes=opens(cell()))
        make = writes.make

        def meanwhile(connection: Connected, row: Row, **rest: Any) -> float | None:  # noqa: ANN401 - as it comes
            monkeypatch.undo()
            assert make(connection, row, **rest) is None
            connection.execute("DELETE FROM run")
            return None

        monkeypatch.setattr(writes, "make", meanwhile)
        answer = Worker(store).accept(delivery("d1"), uid="new")
        assert answer.state == store.load("r1")
        assert (answer.state.uid, ids(answer.state), answer.state.cells) == ("new", ["d1"], ())


class TestAnswers:
    """What is not read back is what would have been read."""

    @pytest.mark.parametrize("claims", [True, False])
    @pytest.mark.parametrize("given", [None, delivery("d1")])
    @pytest.mark.parametrize("changes", [None, opens(cell("B"), cell("A"), cell("B", "[]"), marks=(("m", Mark(1)),))])
    def test_a_new_run_is_told_as_it_is_stored(
        self, store: PostgresStore, claims: bool, given: Delivery | None, changes: Changes | None
    ) -> None:
        answer = Worker(store).accept(given, new=True, claims=claims, changes=changes)
        assert answer.state == store.load("r1")
        assert answer.state.created == answer.state.updated

    def test_a_save_may_change_what_a_run_waits_for(self, store: PostgresStore, people: Connected) -> None:
        worker = begun(store)
        waits = OPEN._replace(waiting_for=(Key("Ride"),))
        assert worker.save("o2", Changes(header=waits, cells=(cell(),))).receipt is Receipt.OK
        assert worker.save("o3", Changes(header=waits)).receipt is Receipt.OK
        assert store.load("r1").header == waits
        assert people.execute("SELECT key FROM waiting").fetchall() == [("Ride",)]


def test_what_belongs_to_a_run_goes_with_it_whoever_deletes_it(store: PostgresStore, url: str) -> None:
    for run_id in ("r1", "r2"):
        worker = Worker(store, run_id=run_id)
        worker.accept(delivery("d1"), changes=opens(cell(), marks=(("match", Mark()),)))
        worker.accept(delivery("d2"))
    place = target(parse(url))
    with Connected.connect(place.conninfo, autocommit=True) as anybody:
        anybody.execute("INSERT INTO event (run_id, at, content) SELECT run_id, 0, '{}' FROM run")
        anybody.execute("SET search_path = public")
        anybody.execute(f"DELETE FROM {place.schema}.run WHERE run_id = 'r1'".encode())
        for table in ("waiting", "cell", "mark", "delivery", "event"):
            left = anybody.execute(f"SELECT DISTINCT run_id FROM {place.schema}.{table}".encode()).fetchall()
            assert (table, left) == (table, [("r2",)])


class TestIndexes:
    def plan(self, people: Connected, query: str, **values: object) -> str:
        people.execute(f"{MANY_RUNS} ON CONFLICT DO NOTHING")
        people.execute("INSERT INTO waiting SELECT run_id, 'Fare' FROM run")
        people.execute("INSERT INTO waiting SELECT run_id, 'Ride' FROM run")
        people.execute("UPDATE run SET is_open = TRUE, holder = 'dead' WHERE run_id LIKE 'r77%'")
        people.execute("VACUUM ANALYZE")
        explain = f"EXPLAIN {queries('postgres')[query]}".encode()
        usual = {"workflows": None, "status": None, "older_than": None, "after": "r5", "limit": 50, "now": None}
        return "\n".join(line for (line,) in people.execute(explain, usual | values, prepare=False))

    def test_runs_that_wait_for_something_are_paged_through_an_index(self, people: Connected) -> None:
        plan = self.plan(people, "find_waiting", waiting_for="Fare")
        assert "Index Only Scan using waiting_for_key on waiting" in plan
        assert "Index Cond: ((key = 'Fare'::text) AND (run_id > 'r5'::text))" in plan
        assert "Seq Scan on run" not in plan
        assert "Seq Scan on waiting" not in plan

    def test_runs_are_paged_through_an_index(self, people: Connected) -> None:
        plan = self.plan(people, "find")
        assert "Index Scan using run_pkey on run" in plan
        assert "Seq Scan on run" not in plan

    def test_abandoned_runs_are_found_through_an_index_of_the_busy_ones(self, people: Connected) -> None:
        plan = self.plan(people, "lock_abandoned", claim_id="B", fingerprints=["f1"])
        assert "Index Scan on busy" in plan or "Index Scan using busy on run" in plan
        assert "Seq Scan on run" not in plan

    def test_runs_in_a_status_are_paged_through_an_index(self, people: Connected) -> None:
        people.execute(MANY_RUNS)
        people.execute("UPDATE run SET status = 'finished' WHERE run_id LIKE 'r77%'")
        plan = self.plan(people, "find", status="finished", after="r7")
        assert "Index Scan using in_status on run" in plan
        assert "Index Cond: ((status = 'finished'::text) AND (run_id > 'r7'::text))" in plan
        assert "Sort" not in plan.partition("SubPlan")[0]

    def test_a_checkpoint_goes_by_primary_keys(self, people: Connected, monkeypatch: pytest.MonkeyPatch) -> None:
        self.plan(people, "find")  # fills the tables
        statement = writes._statement
        monkeypatch.setattr(writes, "_statement", lambda *shape: b"EXPLAIN " + statement(*shape))
        changes = opens(cell(), cell("Fare"), marks=(("match", Mark()),))
        lines = writes.write(
            people, "r1", claim_id="A", revision=1, op="o", lease=1.0, changes=changes, takes=None, releases=False,
            settles=True, now=None,
        )  # fmt: skip
        plan = [line for (line,) in lines]
        assert [line for line in plan if "Insert on cell" in line or "Insert on mark" in line] != []
        assert [line for line in plan if "Seq Scan on" in line] == []


def test_what_was_prepared_is_kept_when_there_is_nothing_to_do(store: PostgresStore) -> None:
    for number in range(6):
        store.claim(f"nobody-{number}", claim_id="A", lease=LEASE, wanted=True)
        store.claim_abandoned(claim_id="A", lease=LEASE, limit=1, fingerprints=["f1"], after=None)
        store.renew("nobody", claim_id="A", lease=LEASE)
    query = "SELECT statement FROM pg_prepared_statements"
    prepared = store._pool.run(lambda connection: {text for (text,) in connection.execute(query)})
    assert any("FOR UPDATE SKIP LOCKED" in text for text in prepared)
    assert any("LEFT JOIN (SELECT * FROM run" in text for text in prepared)


def test_many_runs_are_purged_some_at_a_time(
    store: PostgresStore, people: Connected, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(postgres, "_PURGED_AT_ONCE", 7)
    people.execute(MANY_RUNS.replace("20000", "21"))
    assert store.purge(older_than=0.0, status=None) == 21
    assert people.execute("SELECT count(*) FROM run").fetchone() == (0,)


def test_an_operation_that_fails_half_way_has_done_nothing(store: PostgresStore) -> None:
    worker = begun(store)
    state = worker.load()
    never: Any = "never"
    bad = Cell(key=Key("K"), present=True, text="1", changed=never, different=1, by=None)
    with pytest.raises(StoreUnavailableError):
        worker.save("o2", opens(bad))
    with pytest.raises(StoreUnavailableError):
        Worker(store, run_id="new").accept(delivery(), changes=opens(bad))
    assert worker.load() == state
    assert store.load("new") is None
    assert worker.save("o2").revision == state.revision + 1


@pytest.mark.parametrize("run_id", ["half a character: \ud800", "a zero byte: \x00"])
def test_a_text_that_is_no_text_is_refused_and_leaves_the_store_usable(store: PostgresStore, run_id: str) -> None:
    with pytest.raises((UnicodeEncodeError, StoreUnavailableError)):
        Worker(store, run_id=run_id).accept(delivery())
    assert Worker(store).accept(delivery()).verdict is Verdict.CLAIMED


def test_an_id_that_is_too_long_is_refused_and_says_what_to_do(store: PostgresStore) -> None:
    run_id = "".join(f"{number}-" for number in range(10_000))
    with pytest.raises(StoreUnavailableError) as caught:
        Worker(store, run_id=run_id).accept(delivery())
    assert caught.value.do == "Choose a shorter id."


def test_of_two_values_of_one_key_the_last_counts(store: PostgresStore) -> None:
    first = Cell(key=Key("K"), present=True, text="1", changed=1, different=1, by=None)
    second = first._replace(text="2")
    assert begun(store, first, second).load().cells == (second,)


def test_a_closed_store_says_so(store: PostgresStore) -> None:
    store.close()
    with pytest.raises(StoreUnavailableError, match="it was closed"):
        store.load("r1")


def one(people: Connected, query: str) -> tuple[Any, ...]:
    return cast("tuple[Any, ...]", people.execute(query.encode()).fetchone())


def wait_for_somebody_who_waits(people: Connected) -> None:
    """Wait until somebody else waits for a lock that this connection holds."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    for _ in range(1000):
        people.execute("SELECT pg_stat_clear_snapshot()")
        if one(people, query) != (0,):
            return
        time.sleep(0.01)
    raise AssertionError("nobody waits")
