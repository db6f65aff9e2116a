"""What is transient is in no file, table, log or picture after a run; and values are told to nobody who did not ask."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
import redis

import polaris
from polaris import BuilderFailedError, Engine, Status, Workflow, builder, compile_plan
from polaris.export import dot, mermaid
from polaris.stores import open_store
from polaris.stores.address import parse
from polaris.stores.postgres_address import target
from polaris.testing import Fault, Faults, Killed, kill
from tests.conformance.addresses import EMPTY

DELIVERED, MADE, KEPT = "hunter2-delivered", "hunter2-made", "kept-and-stored"


@dataclass(frozen=True)
class Login:
    password: str


@dataclass(frozen=True)
class Order:
    number: str


@dataclass(frozen=True)
class Token:
    text: str


@dataclass(frozen=True)
class Checked:
    number: str


@dataclass(frozen=True)
class Paid:
    number: str


@builder
def sign_in(login: Login) -> Token:
    return Token(MADE)


@builder
def check(order: Order, token: Token) -> Checked:
    assert token.text == MADE
    return Checked(order.number)


@builder
def pay(checked: Checked, login: Login) -> Paid:
    if checked.number == "bad":
        raise ValueError(login.password, checked.number)
    return Paid(checked.number)


shop = Workflow("shop", target=Paid, builders=[sign_in, check, pay], transients=[Login, Token])

Read = Callable[[], bytes]
"""Gives everything that a store has written, as it lies there."""


@pytest.fixture(params=sorted(EMPTY.keys() - {"memory"}))
def written(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, Read]]:
    """The URL of an empty store, and what reads all of it."""
    readers = {"sqlite": of_folder, "postgres": of_postgres, "redis": of_redis}
    with EMPTY[request.param](tmp_path) as url:
        yield url, lambda: readers[request.param](url, tmp_path)


def of_folder(_url: str, folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def of_postgres(url: str, _folder: Path) -> bytes:
    with psycopg.connect(target(parse(url)).conninfo) as connection:
        names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()").fetchall()
        rows = [connection.execute(f'SELECT t::text FROM "{name}" AS t').fetchall() for (name,) in names]
    assert len(names) > 5
    return repr(rows).encode()


def of_redis(url: str, _folder: Path) -> bytes:
    with redis.Redis.from_url(url.partition("?")[0]) as client:
        return b"".join(key + (client.dump(key) or b"") for key in client.scan_iter("*"))


def go_wrong(engine: Engine) -> list[str]:
    """Let a run fail, and give all that is said about it."""
    with pytest.raises(BuilderFailedError) as caught:
        engine.run(shop, "bad", {Order: Order("bad")}, {Login: Login(DELIVERED)})
    return [str(caught.value), repr(caught.value), str(engine.get("bad").error)]


def test_what_is_transient_is_written_nowhere(
    written: tuple[str, Read], caplog: pytest.LogCaptureFixture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLARIS_CACHE_DIR", str(tmp_path / "cache"))
    url, read = written
    caplog.set_level(logging.DEBUG)
    with polaris.open_engine(url, shop) as engine:
        done = engine.run(shop, "good", {Order: Order(KEPT)}, {Login: Login(DELIVERED)})
        assert done.status is Status.COMPLETED
        told = [*go_wrong(engine), *map(repr, engine.history("good")), str(engine.why("bad")), str(engine.why("good"))]
        plan = compile_plan(shop)
        told += [dot(plan, engine.get("good")), dot(plan, done), mermaid(plan), caplog.text]
    with closing(open_store(url)) as store:  # a worker that dies leaves nothing either
        faults = Faults(Fault(at=5, when="after", do=kill))
        with pytest.raises(Killed), polaris.open_engine(faults.around(store), shop) as engine:
            engine.run(shop, "killed", {Order: Order(KEPT)}, {Login: Login(DELIVERED)})
    content = read()
    assert KEPT.encode() in content
    for secret in (DELIVERED, MADE):
        assert secret.encode() not in content
        assert secret not in "\n".join(told)


def test_values_are_told_to_nobody_who_did_not_ask(written: tuple[str, Read], caplog: pytest.LogCaptureFixture) -> None:
    url, _ = written
    caplog.set_level(logging.DEBUG)
    with polaris.open_engine(url, shop) as engine:
        engine.run(shop, "good", {Order: Order(KEPT)}, {Login: Login(DELIVERED)})
        told = [*map(repr, engine.history("good")), str(engine.why("good"))]
        told += [dot(compile_plan(shop), engine.get("good")), caplog.text]
    assert KEPT not in "\n".join(told)
