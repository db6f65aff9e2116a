"""Our stores pass the suite that is published for every store."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from polaris.protocols import Store
from polaris.stores import open_store
from polaris.testing.conformance import Opener, SetClock, StoreConformance, same_as_memory
from tests.conformance.addresses import EMPTY


class OfKind(StoreConformance):
    kind: str

    @pytest.fixture
    def store(self, tmp_path: Path, clock: SetClock) -> Iterator[Store]:
        with EMPTY[self.kind](tmp_path) as url, closing(open_store(url, clock=clock)) as opened:
            yield opened


class TestMemory(OfKind):
    kind = "memory"


class TestSqlite(OfKind):
    kind = "sqlite"


class TestPostgres(OfKind):
    kind = "postgres"


class TestRedis(OfKind):
    kind = "redis"


def opener(kind: str) -> Opener:
    @contextmanager
    def opened(clock: SetClock) -> Iterator[Store]:
        with (
            tempfile.TemporaryDirectory() as folder,
            EMPTY[kind](Path(folder)) as url,
            closing(open_store(url, clock=clock)) as store,
        ):
            yield store

    return opened


TestSqliteAnswers = same_as_memory(opener("sqlite"))
TestPostgresAnswers = same_as_memory(opener("postgres"), examples=30, steps=50)
TestRedisAnswers = same_as_memory(opener("redis"))
