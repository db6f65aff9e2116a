"""How a Redis server is reached, and what is done when it is not: on servers that fail in every way."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
import redis

import polaris
from polaris.errors import StoreUnavailableError
from polaris.stores.address import parse
from polaris.stores.redis_address import place_of
from polaris.stores.redis_server import RedisServer
from tests.helpers.redis_server import Server, free_port, redis_url, running

ODD = "a!b@c$d()e*_,/:;=?@ff[]22"


def server_at(url: str, *, patience: float = 30.0, **more: object) -> RedisServer:
    address = parse(url)
    return RedisServer(address.url, {**place_of(address).server, **more}, patience=patience)


def refused(server: RedisServer, *command: object) -> StoreUnavailableError:
    with pytest.raises(StoreUnavailableError) as caught:
        server.do(*(command or ("PING",)))
    server.close()
    return caught.value


@pytest.fixture
def own() -> Iterator[Server]:
    with running() as server:
        yield server


@pytest.fixture
def other(own: Server) -> Iterator[redis.Redis]:
    """Somebody else on the same server."""
    with redis.Redis(port=own.port, protocol=2) as client:
        yield client


def test_a_command_is_sent_as_it_is() -> None:
    server = server_at(redis_url())
    for value in ("", "ü", b"\x00\r\n\xff", 10**18, -1.5, "x" * 100_000, b"y" * 100_000):
        echoed = server.do("ECHO", value)
        assert echoed == (value if isinstance(value, bytes) else str(value).encode())
    server.close()


class TestPasswords:
    @pytest.fixture
    def locked(self) -> Iterator[Server]:
        with running("--requirepass", ODD) as server:
            yield server

    @pytest.mark.parametrize("written", [ODD, quote(ODD, safe=""), quote(ODD)])
    @pytest.mark.parametrize("user", ["", "default"])
    def test_an_odd_password_opens_the_server(self, locked: Server, user: str, written: str) -> None:
        server = server_at(locked.url.replace("://", f"://{user}:{written}@"))
        assert server.do("PING")
        server.close()
        server = server_at(locked.socket_url.replace("://", f"://{user}:{written}@"))
        assert server.do("PING")
        server.close()

    @pytest.mark.parametrize("given", ["", ":wrong-s3cret@", "me:wrong-s3cret@"])
    def test_a_wrong_one_is_refused_at_once_and_not_shown(self, locked: Server, given: str) -> None:
        before = time.monotonic()
        server = server_at(locked.url.replace("://", f"://{given}"))
        error = refused(server)
        assert time.monotonic() - before < 5
        assert error.why.startswith("the server does not know this user and password")
        assert "s3cret" not in f"{error} {error.url} {server!r} {error.__cause__!r}"


class TestTryingAgain:
    def test_a_server_that_is_not_there_is_waited_for(self) -> None:
        with running() as first:
            first.stop()
            server = server_at(first.url)
            starting = threading.Timer(0.5, first.start)
            starting.start()
            assert server.do("PING")
            starting.join()
            server.close()

    @pytest.mark.parametrize("url", ["redis://me:s3cret@127.0.0.1:{port}", "unix://:s3cret@/nowhere/redis.sock"])
    def test_and_in_the_end_it_is_said_that_it_cannot_be_reached(self, url: str) -> None:
        error = refused(server_at(url.format(port=free_port()), patience=0.2))
        assert error.why.startswith("the server cannot be reached")
        assert "s3cret" not in f"{error} {error.url}"

    def test_connections_that_a_restart_broke_are_made_again(self, own: Server) -> None:
        server = server_at(own.url)
        for _ in range(3):
            assert server.do("PING")
            own.stop()
            own.start()
        assert server.do("PING")
        server.close()

    def test_a_server_that_does_not_answer_is_not_waited_for_without_end(self, own: Server) -> None:
        server = server_at(own.url, patience=0.3, socket_timeout=0.1)
        assert own.process is not None
        assert server.do("PING")
        subprocess.run(["kill", "-STOP", str(own.process.pid)], check=True)
        error = refused(server)
        subprocess.run(["kill", "-CONT", str(own.process.pid)], check=True)
        assert error.why.startswith("the server did not answer in time")

    def test_a_server_that_is_busy_with_a_script_is_waited_for(self, own: Server, other: redis.Redis) -> None:
        other.config_set("busy-reply-threshold", 10)
        slow = "local t = redis.call('TIME') local e = t[1] + t[2] / 1e6 + 0.5 repeat t = redis.call('TIME') until "
        busy = threading.Thread(target=lambda: other.eval(f"{slow} t[1] + t[2] / 1e6 > e return 1", 0))
        server = server_at(own.url)
        server.do("PING")
        busy.start()
        while busy.is_alive():
            assert server.do("SET", "a", "b")
        server.close()

    def test_a_replica_is_not_written_to(self) -> None:
        with running("--replicaof", "127.0.0.1", str(free_port()), "--replica-serve-stale-data", "yes") as replica:
            error = refused(server_at(replica.url, patience=0.2), "SET", "a", "b")
        assert error.why.startswith("the server refused (You can't write against a read only replica")

    def test_a_cluster_that_falls_apart_is_said_to(self, own: Server) -> None:
        server = server_at(own.url, patience=0.2)

        class Fallen:
            def execute_command(self, *command: object) -> object:
                raise redis.exceptions.RedisClusterException("no node is reached")

            def close(self) -> None: ...

        server._client.close()
        server._client = Fallen()
        assert refused(server).why == "the cluster cannot be reached (no node is reached)"


class TestWhatLasts:
    def test_a_full_server_is_refused_at_once(self, own: Server, other: redis.Redis) -> None:
        other.config_set("maxmemory", 1)
        error = refused(server_at(own.url), "SET", "a", "b")
        assert error.why.startswith("the server is full")

    def test_a_user_who_may_not_is_told_so(self, own: Server, other: redis.Redis) -> None:
        other.acl_setuser("me", enabled=True, nopass=True, keys=["mine*"], commands=["+@all"])
        error = refused(server_at(own.url.replace("://", "://me:any@")), "SET", "yours", "b")
        assert error.why.startswith("this user may not do it")

    def test_what_the_server_says_is_passed_on(self) -> None:
        error = refused(server_at(redis_url()), "NONSENSE")
        assert error.why.startswith("the server refused (unknown command 'NONSENSE'")


class TestAsking:
    def test_a_server_says_how_it_is_set(self, own: Server) -> None:
        server = server_at(own.url)
        assert server.ask()["maxmemory_policy"] == "noeviction"
        server.close()

    def test_a_user_who_may_not_ask_gets_nothing(self, own: Server, other: redis.Redis) -> None:
        other.acl_setuser("me", enabled=True, nopass=True, keys="*", commands=["+@all", "-info"])
        server = server_at(own.url.replace("://", "://me:any@"))
        assert server.ask() == {}
        server.close()

    def test_a_server_that_is_not_there_says_nothing(self) -> None:
        server = server_at(f"redis://127.0.0.1:{free_port()}", patience=0.1)
        with pytest.raises(StoreUnavailableError, match="cannot be reached"):
            server.ask()
        server.close()


def test_a_script_that_the_server_forgot_is_sent_again(own: Server, other: redis.Redis) -> None:
    server = server_at(own.url)
    keys = [f"{{p}}:{name}" for name in ("schema", "plans", "runs", "work", "waiting")]
    assert server.run("open", keys, (1, 0)) == b""
    other.script_flush()
    assert server.run("open", keys, (1, 0)) == b"1"
    server.close()


def test_a_closed_server_is_not_used_again() -> None:
    server = server_at(redis_url())
    server.close()
    assert refused(server).why == "it was closed"


def test_without_the_library_the_extra_is_named() -> None:
    program = (
        "import sys; sys.modules['redis'] = None\n"
        "from polaris.errors import MissingExtraError\n"
        "from polaris.stores import open_store\n"
        "try: open_store('redis://localhost')\n"
        "except MissingExtraError as error: print(error)\n"
    )
    source = str(Path(polaris.__file__).parents[1])
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {source!r})\n{program}"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "pip install 'polaris-workflows[redis]'" in answer.stdout
