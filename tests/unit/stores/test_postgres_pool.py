"""The connections of a PostgreSQL store, and what happens when they fail."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from polaris.errors import StoreUnavailableError
from polaris.stores import postgres_pool
from polaris.stores.address import parse
from polaris.stores.postgres_address import target
from polaris.stores.postgres_pool import CONNECTIONS, Pool
from polaris.stores.postgres_rows import Connected
from tests.helpers.postgres_server import PASSWORD, PostgresServer, fresh_url

COUNT = b"INSERT INTO plan VALUES (md5(random()::TEXT), '')"


@pytest.fixture
def url() -> Iterator[str]:
    with fresh_url() as new:
        yield new


@pytest.fixture
def pool(url: str) -> Iterator[Pool]:
    with closing(Pool(parse(url), must_exist=False)) as opened:
        yield opened


@pytest.fixture(scope="module")
def own_server() -> Iterator[PostgresServer]:
    """A server that may be stopped: nobody else uses it."""
    with closing(PostgresServer()) as server:
        yield server


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    return lambda seconds: monkeypatch.setattr(postgres_pool, "PATIENCE", seconds)


def count(connection: Connected) -> None:
    connection.execute(COUNT)


def counted(pool: Pool) -> int:
    return pool.run(lambda connection: connection.execute("SELECT count(*) FROM plan").fetchone() or (0,))[0]


def backend(connection: Connected) -> int:
    connection.execute("SELECT")
    return connection.info.backend_pid


def end_backends(url: str, *pids: int) -> None:
    with Connected.connect(target(parse(url)).conninfo, autocommit=True) as connection:
        for pid in pids:
            connection.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])


class TestATryThatFails:
    def test_a_connection_that_was_lost_is_replaced_and_the_operation_done_again(self, pool: Pool, url: str) -> None:
        first = pool.run(backend)
        end_backends(url, first)
        pool.run(count)
        assert pool.run(backend) != first
        assert counted(pool) == 1

    def test_an_operation_during_which_it_is_lost_is_done_again(self, pool: Pool, url: str) -> None:
        tries: list[int] = []

        def operation(connection: Connected) -> None:
            connection.execute("BEGIN")
            connection.execute(COUNT)
            tries.append(backend(connection))
            if len(tries) < 3:
                end_backends(url, tries[-1])
            connection.execute("COMMIT")

        pool.run(operation)
        assert len(set(tries)) == 3
        assert counted(pool) == 1

    def test_its_siblings_are_not_trusted_either(self, pool: Pool, url: str) -> None:
        start = threading.Barrier(4)

        def operation(connection: Connected) -> int:
            start.wait(10)
            return backend(connection)

        with ThreadPoolExecutor(4) as threads:
            pids = list(threads.map(lambda _: pool.run(operation), range(4)))
        end_backends(url, *pids)
        tries = 0

        def again(connection: Connected) -> None:
            nonlocal tries
            tries += 1
            count(connection)

        pool.run(again)
        assert tries == 2

    @pytest.mark.parametrize("state", ["40001", "40P01", "57P03", "53300"])
    def test_a_conflict_or_a_server_that_is_busy_passes(self, pool: Pool, state: str) -> None:
        tries = 0

        def operation(connection: Connected) -> int:
            nonlocal tries
            tries += 1
            connection.execute("BEGIN")
            connection.execute(COUNT)
            if tries < 3:
                connection.execute(f"DO $$ BEGIN RAISE 'conflict' USING ERRCODE = '{state}'; END $$".encode())
            connection.execute("COMMIT")
            return tries

        assert pool.run(operation) == 3
        assert counted(pool) == 1

    def test_what_does_not_pass_is_not_tried_again(self, pool: Pool) -> None:
        tries = 0

        def operation(connection: Connected) -> None:
            nonlocal tries
            tries += 1
            connection.execute("SELECT 1 / 0")

        with pytest.raises(StoreUnavailableError, match="division by zero"):
            pool.run(operation)
        assert tries == 1

    def test_what_is_left_open_is_committed_and_what_fails_is_taken_back(self, pool: Pool) -> None:
        def left(connection: Connected) -> int:
            connection.execute("BEGIN")
            connection.execute(COUNT)
            return backend(connection)

        def fails(connection: Connected) -> None:
            left(connection)
            raise LookupError

        pid = pool.run(left)
        with pytest.raises(LookupError):
            pool.run(fails)
        assert counted(pool) == 1
        assert pool.run(backend) == pid

    def test_a_client_that_falls_silent_in_a_transaction_loses_it(self, url: str) -> None:
        conninfo = target(parse(url)).conninfo
        with Connected.connect(conninfo) as connection:
            found = connection.execute("SHOW idle_in_transaction_session_timeout").fetchone()
        assert found == ("10s",)

    @pytest.mark.parametrize(
        ("state", "why"),
        [("53100", "the disk of the server is full"), ("25006", "the server only reads"), ("22012", "as it said")],
    )
    def test_an_error_says_what_to_do(self, pool: Pool, url: str, state: str, why: str) -> None:
        def operation(connection: Connected) -> None:
            connection.execute(f"DO $$ BEGIN RAISE 'as it said.' USING ERRCODE = '{state}'; END $$".encode())

        with pytest.raises(StoreUnavailableError) as caught:
            pool.run(operation)
        assert (caught.value.url, caught.value.why) == (parse(url).url, why)
        assert caught.value.do


class TestAServerThatIsGone:
    def test_a_restart_goes_unnoticed(self, own_server: PostgresServer) -> None:
        with closing(Pool(parse(own_server.url), must_exist=False)) as pool, ThreadPoolExecutor(5) as threads:
            is_over = threading.Event()

            def work() -> int:
                done = 0
                while not is_over.is_set():
                    pool.run(count)
                    done += 1
                return done

            workers = [threads.submit(work) for _ in range(4)]
            for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                time.sleep(0.2)
                own_server.stop(how)
                own_server.start()
            time.sleep(0.2)
            is_over.set()
            done = sum(worker.result() for worker in workers)
            assert done > 0
            assert counted(pool) >= done

    def test_it_is_waited_for(self, own_server: PostgresServer) -> None:
        with closing(Pool(parse(own_server.url), must_exist=False)) as pool, ThreadPoolExecutor(1) as threads:
            own_server.stop()
            waiting = threads.submit(pool.run, backend)
            time.sleep(0.5)
            assert not waiting.done()
            own_server.start()
            assert waiting.result(30) > 0

    def test_but_not_for_ever(self, own_server: PostgresServer, patience: Callable[[float], None]) -> None:
        with closing(Pool(parse(own_server.url), must_exist=False)) as pool:
            pool.run(backend)
            own_server.stop()
            patience(0.3)
            begun = time.monotonic()
            try:
                with pytest.raises(StoreUnavailableError) as caught:
                    pool.run(backend)
            finally:
                own_server.start()
        assert time.monotonic() - begun < 5
        assert "refused" in caught.value.why
        assert caught.value.do == "Check the address, and whether the server is running."

    def test_nor_when_it_is_opened(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            url = f"postgresql://me:s3cret@127.0.0.1:{free.getsockname()[1]}/rides"
            with pytest.raises(StoreUnavailableError, match="refused") as caught:
                Pool(parse(url), must_exist=False)
        assert caught.value.url == url.replace("s3cret", "***")


class TestPasswords:
    @pytest.mark.parametrize("wrong", ["wr0ng", f"{PASSWORD}wr0ng"])
    def test_a_wrong_one_is_refused_and_not_told(
        self, own_server: PostgresServer, wrong: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        caplog.set_level(logging.DEBUG)
        url = f"postgresql://polaris:{wrong}@127.0.0.1:{own_server.port}/postgres"
        with pytest.raises(StoreUnavailableError, match="password authentication failed") as caught:
            Pool(parse(url), must_exist=False)
        told = f"{caught.value} {vars(caught.value)} {caught.value.__cause__} {caplog.text}"
        assert "wr0ng" not in told

    def test_an_odd_one_need_not_be_encoded(self, own_server: PostgresServer, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        url = f"postgresql://polaris:{PASSWORD}@127.0.0.1:{own_server.port}/postgres?sslmode=disable"
        with closing(Pool(parse(url), must_exist=False)) as pool:
            assert pool.run(backend) > 0
            assert "ff[]22" not in f"{pool!r} {vars(pool)} {caplog.text}"


class TestManyThreads:
    def test_there_are_no_more_connections_than_allowed_and_everybody_gets_one(self, pool: Pool) -> None:
        def operation(connection: Connected) -> int:
            connection.execute("SELECT pg_sleep(0.02)")
            return backend(connection)

        with ThreadPoolExecutor(3 * CONNECTIONS) as threads:
            pids = list(threads.map(lambda _: pool.run(operation), range(6 * CONNECTIONS)))
        assert 1 < len(set(pids)) <= CONNECTIONS

    def test_who_gets_none_for_too_long_is_told(
        self, url: str, patience: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(postgres_pool, "CONNECTIONS", 1)
        patience(0.2)
        is_over = threading.Event()
        with closing(Pool(parse(url), must_exist=False)) as pool, ThreadPoolExecutor(1) as threads:
            is_begun = threading.Event()

            def hold(connection: Connected) -> None:
                is_begun.set()
                is_over.wait(30)

            held = threads.submit(pool.run, hold)
            is_begun.wait(30)
            with pytest.raises(StoreUnavailableError, match="all 1 connections of this process were in use"):
                pool.run(backend)
            is_over.set()
            held.result()


class TestClosing:
    def test_what_is_in_use_is_closed_when_it_comes_back(self, pool: Pool) -> None:
        def operation(connection: Connected) -> Connected:
            pool.close()
            count(connection)
            return connection

        assert pool.run(operation).closed

    def test_afterwards_it_says_so(self, pool: Pool) -> None:
        pool.run(backend)
        pool.close()
        pool.close()
        with pytest.raises(StoreUnavailableError, match="it was closed"):
            pool.run(backend)


def tell(pool: Pool, path: Path) -> None:
    pids = {pool.run(backend) for _ in range(3)}
    pool.run(count)
    path.write_text(" ".join(map(str, pids)))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
class TestForks:
    def test_parent_and_child_have_connections_of_their_own(self, pool: Pool, tmp_path: Path) -> None:
        before = pool.run(backend)
        context = multiprocessing.get_context("fork")
        paths = [tmp_path / str(number) for number in range(3)]
        children = [context.Process(target=tell, args=(pool, path)) for path in paths]
        for child in children:
            child.start()
        after = pool.run(backend)
        for child in children:
            child.join(60)
        assert [child.exitcode for child in children] == [0, 0, 0]
        pids = [path.read_text() for path in paths] + [str(before), str(after)]
        assert len(set(pids)) == 5
        assert pool.run(backend) == after
        assert counted(pool) == 3

    @pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
    def test_an_operation_of_another_thread_is_not_disturbed(self, pool: Pool, tmp_path: Path) -> None:
        is_begun, is_over = threading.Event(), threading.Event()

        def operation(connection: Connected) -> None:
            connection.execute("BEGIN")
            is_begun.set()
            is_over.wait(30)
            count(connection)
            connection.execute("COMMIT")

        with ThreadPoolExecutor(1) as threads:
            done = threads.submit(pool.run, operation)
            is_begun.wait(30)
            child = multiprocessing.get_context("fork").Process(target=tell, args=(pool, tmp_path / "child"))
            child.start()
            child.join(60)
            is_over.set()
            done.result(30)
        assert child.exitcode == 0
        assert counted(pool) == 2

    def test_a_child_does_not_wait_for_what_its_parent_has_lent(
        self, url: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(postgres_pool, "CONNECTIONS", 1)

        def fork_meanwhile(connection: Connected) -> int:
            only.pause()
            only.resume(in_child=True)
            return only.run(backend)

        with closing(Pool(parse(url), must_exist=False)) as only:
            assert only.run(fork_meanwhile) > 0
            assert only.run(backend) > 0
