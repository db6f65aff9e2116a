"""What only the Redis store does; what it does as every store is told by the conformance suite."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
import redis

from polaris._model.keys import Key
from polaris._model.records import Receipt, Saved, Verdict
from polaris.errors import StoreUnavailableError
from polaris.stores import open_store
from polaris.stores import redis as module
from polaris.stores.address import parse
from polaris.stores.redis import RedisStore, open_address
from polaris.testing.conformance.moves import LEASE, OPEN, Worker, cell, closes, delivery, ids, opens
from polaris.testing.fakes import SetClock
from tests.helpers.redis_server import Server, free_port, fresh_redis_url, redis_url, running


@pytest.fixture
def url() -> str:
    return fresh_redis_url()


@pytest.fixture
def store(url: str) -> Iterator[RedisStore]:
    opened = open_address(parse(url), None)
    yield opened
    opened.close()


@pytest.fixture
def other() -> Iterator[redis.Redis]:
    """Somebody else on the same server."""
    with redis.Redis.from_url(redis_url(), protocol=2) as client:
        yield client


def base_of(url: str) -> str:
    return f"{{{url.rpartition('prefix=')[2]}}}"


def refused(url: str, *, must_exist: bool = False) -> StoreUnavailableError:
    with pytest.raises(StoreUnavailableError) as caught:
        open_address(parse(url), None, must_exist=must_exist)
    return caught.value


class TestOpening:
    def test_a_store_is_made_where_there_is_none(self, url: str, other: redis.Redis) -> None:
        open_store(url).close()
        assert other.get(f"{base_of(url)}:schema") == str(module.SCHEMA).encode()
        open_store(url, must_exist=True).close()

    def test_nothing_is_made_if_it_must_be_there(self, url: str, other: redis.Redis) -> None:
        assert refused(url, must_exist=True).why == "there is no store"
        assert not other.exists(f"{base_of(url)}:schema")

    def test_a_newer_store_is_refused_with_what_to_do(self, url: str, other: redis.Redis) -> None:
        other.set(f"{base_of(url)}:schema", module.SCHEMA + 1)
        error = refused(url)
        assert error.why == "it has schema 2, of a newer polaris-workflows; this one knows 1"
        assert error.do == "Upgrade polaris-workflows."

    @pytest.mark.parametrize(("key", "kind"), [("schema", "text"), ("schema", "list"), ("runs", "list")])
    def test_keys_of_another_program_are_refused_and_left_alone(
        self, url: str, other: redis.Redis, key: str, kind: str
    ) -> None:
        name = f"{base_of(url)}:{key}"
        _ = other.set(name, "theirs") if kind == "text" else other.lpush(name, "theirs")
        assert refused(url).why == f"keys that begin with {base_of(url)} belong to another program"
        assert other.keys(f"{base_of(url)}:*") == [name.encode()]

    def test_a_server_that_is_not_there_is_waited_for_a_little(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "_OPENING", 0.1)
        error = refused(f"redis://me:s3cret@127.0.0.1:{free_port()}")
        assert error.why.startswith("the server cannot be reached")
        assert "s3cret" not in str(error)

    @pytest.mark.parametrize(
        ("memory", "policy", "warns"),
        [("0", "allkeys-lru", False), ("100mb", "allkeys-lru", True), ("100mb", "volatile-lru", False)],
    )
    def test_a_server_that_would_forget_runs_is_warned_of(
        self, memory: str, policy: str, warns: bool, caplog: pytest.LogCaptureFixture
    ) -> None:
        with running("--maxmemory", memory, "--maxmemory-policy", policy) as own:
            open_store(own.url).close()
        messages = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
        assert len(messages) == warns
        assert all("maxmemory-policy allkeys-lru" in message for message in messages)

    @pytest.mark.parametrize("scheme", ["redis", "valkey"])
    def test_both_names_open_the_same(self, scheme: str) -> None:
        with running() as own:
            url = own.url.replace("redis", scheme)
            store = open_store(url)
            store.put_plan("f", b"x")
            with_socket = open_store(own.socket_url)
            assert with_socket.get_plan("f") == b"x"
            store.close()
            with_socket.close()


def test_without_a_clock_it_goes_by_that_of_the_server(store: RedisStore) -> None:
    worker = Worker(store)
    state = worker.accept(delivery()).state
    assert state is not None
    assert abs(datetime.now(UTC) - state.created) < timedelta(minutes=1)
    assert worker.renew().receipt is Receipt.OK
    assert store.find(workflows=None, status=None, waiting_for=None, older_than=60.0, limit=1, after=None) == ()


def test_stores_with_other_prefixes_are_other_stores(store: RedisStore) -> None:
    second = open_store(fresh_redis_url())
    Worker(store).accept(delivery())
    assert second.load("r1") is None
    second.close()


def test_people_can_read_values(store: RedisStore, url: str, other: redis.Redis) -> None:
    worker = Worker(store)
    worker.accept(delivery())
    worker.begin("o1", changes=opens(cell("Ride", '{"seats":2}')))
    row = f"{base_of(url)}:run:r1"
    assert other.hmget(row, "workflow", "status") == [b"rides", b"running"]
    assert other.hget(row, "c:Ride") == b'1 1 1 1 "match"\n{"seats":2}'


def test_all_of_a_run_goes_and_nothing_else(store: RedisStore, url: str, other: redis.Redis) -> None:
    before = other.keys(f"{base_of(url)}:*")
    worker = Worker(store)
    worker.accept(delivery("d1"))
    worker.begin("o1", changes=opens(cell()))
    worker.accept(delivery("d2"), claims=False)
    worker.cancel("o2")
    assert store.purge(older_than=0, status=None) == 1
    assert other.keys(f"{base_of(url)}:*") == before == [f"{base_of(url)}:schema".encode()]


def test_more_runs_than_a_script_looks_at_are_found_taken_and_purged(store: RedisStore) -> None:
    names = [f"r{number:05}" for number in range(2500)]
    for name in names:
        Worker(store, run_id=name).accept(delivery(), claims=False)
    filters = {"status": None, "waiting_for": None, "older_than": None}
    none = store.find(**filters, workflows=["meals"], limit=10, after=None)
    some = store.find(**filters, workflows=["rides"], limit=1200, after=names[1199])
    assert (none, [state.run_id for state in some]) == ((), names[1200:2400])
    claim = {"claim_id": "A", "lease": LEASE, "after": None}
    assert store.claim_abandoned(**claim, fingerprints=[], limit=9) == ()
    assert store.claim_abandoned(**claim, fingerprints=["f1"], limit=9) == ()
    taken = store.claim_abandoned(**claim, fingerprints=["f1", ""], limit=9)
    assert [state.run_id for state in taken] == names[:9]
    for name in names:
        store.cancel(name, op="over")
    assert store.purge(older_than=0, status=None) == 2500


def test_a_run_that_another_took_meanwhile_is_left_out(store: RedisStore, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("r1", "r2", "r3"):
        Worker(store, run_id=name).accept(delivery(), claims=False)
    look = RedisStore._walk

    def look_and_wait(self: RedisStore, name: str, *arguments: object) -> tuple[list[object], str]:
        found = look(self, name, *arguments)
        Worker(store, "B", "r1").claim()
        return found

    monkeypatch.setattr(RedisStore, "_walk", look_and_wait)
    taken = store.claim_abandoned(claim_id="A", lease=LEASE, limit=2, fingerprints=[""], after=None)
    assert [state.run_id for state in taken] == ["r2", "r3"]


def test_a_text_that_is_no_text_is_refused_and_leaves_the_store_usable(store: RedisStore) -> None:
    with pytest.raises(UnicodeEncodeError):
        Worker(store, run_id="half a character: \ud800").accept(delivery())
    assert Worker(store, run_id=uuid4().hex).accept(delivery()).state is not None


def test_a_closed_store_says_so(store: RedisStore) -> None:
    store.close()
    with pytest.raises(StoreUnavailableError, match="it was closed"):
        store.load("r1")


def test_a_full_server_writes_nothing_and_can_be_purged() -> None:
    with running() as own, redis.Redis(port=own.port, protocol=2) as operator:
        store = open_store(own.url)
        full, over = Worker(store), Worker(store, run_id="r2")
        full.accept(delivery("d1"))
        full.accept(delivery("d2"), claims=False)
        over.accept(delivery())
        over.cancel("o1")
        state, keys = full.load(), sorted(operator.keys())
        operator.config_set("maxmemory", 1)
        for write in (
            lambda: full.begin("o1", 1, opens(cell())),
            lambda: full.accept(delivery("d3")),
            lambda: Worker(store, run_id="r3").accept(delivery()),
        ):
            with pytest.raises(StoreUnavailableError, match="the server is full"):
                write()
        assert (full.load(), sorted(operator.keys())) == (state, keys)
        assert store.purge(older_than=0, status=None) == 1
        operator.config_set("maxmemory", 0)
        assert full.begin("o1", 1, opens(cell())).receipt is Receipt.OK
        store.close()


class TestALostAnswer:
    """The operation is done, its answer is lost, and it is sent again: nobody notices."""

    @pytest.fixture
    def worker(self, store: RedisStore, monkeypatch: pytest.MonkeyPatch) -> Worker:
        send = store._server._client.execute_command
        is_lost: list[bool] = []

        def lose_the_first(*arguments: object) -> object:
            answer = send(*arguments)
            is_lost.append(not is_lost or not is_lost[-1])
            if is_lost[-1]:
                raise redis.ConnectionError("the connection is gone")
            return answer

        monkeypatch.setattr(store._server._client, "execute_command", lose_the_first)
        return Worker(store)

    def test_a_whole_call_goes_well(self, worker: Worker) -> None:
        answer = worker.accept(delivery("d1"))
        assert (answer.verdict, answer.repeated, worker.revision) == (Verdict.CLAIMED, False, 1)
        worker.accept(delivery("d2"), claims=False)
        assert worker.begin("o1", 1, opens(cell())) == Saved(receipt=Receipt.OK, revision=2)
        assert worker.save("o2", opens(cell(changed=2))) == Saved(receipt=Receipt.OK, revision=3)
        assert worker.end("o3").receipt is Receipt.NEXT
        assert worker.begin("o4", 2).revision == 5
        assert worker.end("o5") == Saved(receipt=Receipt.RELEASED, revision=6)
        assert worker.cancel("o6") == Saved(receipt=Receipt.OK, revision=7)
        assert ids(worker.load()) == []


class TestAServerThatStops:
    @pytest.fixture
    def durable(self) -> Iterator[Server]:
        with running("--appendonly", "yes", "--appendfsync", "always") as server:
            yield server

    def test_what_was_acknowledged_is_there_again(self, durable: Server) -> None:
        store = open_store(durable.url)
        worker = Worker(store)
        worker.accept(delivery("d1"))
        worker.begin("o1", changes=opens(cell()))
        worker.accept(delivery("d2"), claims=False)
        state = worker.load()
        durable.kill()
        durable.start()
        assert worker.load() == state
        assert worker.save("o2").receipt is Receipt.OK
        store.close()

    def test_operations_wait_until_it_is_back(self, durable: Server) -> None:
        store = open_store(durable.url)
        worker = Worker(store)
        worker.accept(delivery())
        worker.begin("o0")
        is_done = threading.Event()

        def stop_and_start() -> None:
            for _ in range(3):
                durable.kill()
                durable.start()
                is_done.wait(0.1)
            is_done.set()

        operator = threading.Thread(target=stop_and_start)
        operator.start()
        saves = 0
        while not is_done.is_set():
            saves += 1
            text = str(worker.revision + 1)
            assert worker.save(f"o{saves}", opens(cell(text=text))).receipt is Receipt.OK
            assert worker.load().cells[0].text == text
        operator.join()
        assert worker.end("last", closes()).receipt is Receipt.RELEASED
        store.close()


class TestACluster:
    """All keys of a store lie in one slot, so that a script may use them."""

    @pytest.fixture
    def cluster(self) -> Iterator[Server]:
        with running("--cluster-enabled", "yes", "--cluster-port", str(free_port())) as server:
            with redis.Redis(port=server.port, protocol=2) as client:
                client.execute_command("CLUSTER ADDSLOTSRANGE", 0, 16383)
                while client.execute_command("CLUSTER INFO")["cluster_state"] != "ok":
                    pass
            yield server

    def test_it_does_what_a_server_does(self, cluster: Server) -> None:
        store = open_store(f"{cluster.url}?prefix=rides", clock=SetClock())
        worker = Worker(store)
        worker.accept(delivery("d1"))
        worker.begin("o1", changes=opens(cell()))
        worker.end("o2")
        worker.accept(delivery("d2"), claims=False)
        filters = {"workflows": None, "status": None, "older_than": None, "limit": 9, "after": None}
        assert store.find(**filters, waiting_for=Key("Fare")) == (worker.load(),)
        claim = {"claim_id": "B", "lease": LEASE, "limit": 9, "after": None}
        (taken,) = store.claim_abandoned(**claim, fingerprints=[OPEN.fingerprint])
        assert ids(taken) == ["d2"]
        store.put_plan("f", b"x")
        assert store.get_plan("f") == b"x"
        store.cancel("r1", op="o3")
        assert (store.history("r1"), store.purge(older_than=0, status=None)) == ((), 1)
        store.close()
