"""How quick an engine steps in each store, as a share of the raw driver that commits the same bytes as many times.

A chain of twenty builders that make small dataclasses runs from its beginning to its end, each time as a new run. The
raw driver does one upsert per commit of the engine, each with the bytes that the engine commits there. Both take turns.
Then 32 threads share an engine on SQLite that waits for the disk, and their steps are compared with those of one.
"""

import argparse
import itertools
import os
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Generator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, make_dataclass
from pathlib import Path
from typing import Any

import msgspec
import psycopg
import redis

import polaris
from polaris import Workflow
from polaris._model.records import Changes
from polaris.stores.memory import MemoryStore
from tests.helpers import postgres_server, redis_server
from tools.bench.rows import Row, ratios, report, row

STEPS, CALLERS = 20, 32
CHECKPOINTS = ("builder", "call")

Upsert = Callable[[str, bytes], object]
Work = Callable[[], object]


@dataclass(frozen=True)
class Begin:
    """What the chain begins with."""

    number: int
    name: str


def chain() -> Workflow[Any]:
    """Make the workflow."""
    builders: list[Callable[..., object]] = []
    before: type = Begin
    for step in range(STEPS):
        fields = [("number", int), ("name", str)]
        made = make_dataclass(f"S{step}", fields, frozen=True, namespace={"__module__": __name__})
        builders.append(link(f"s{step}", before, made))
        before = made
    return Workflow("chain", target=before, builders=builders)


def link(name: str, reads: type, made: type) -> Callable[..., object]:
    """Make a builder that does next to nothing."""

    def build(given: Any) -> object:  # noqa: ANN401 - its annotations are set below
        return made(given.number + 1, given.name)

    build.__name__ = build.__qualname__ = name
    build.__annotations__ = {"given": reads, "return": made}
    return build


class Recorder(MemoryStore):
    """Notes what is committed."""

    def __init__(self) -> None:
        super().__init__()
        self.commits: list[bytes] = []

    def accept(self, run_id: str, *, changes: Changes | None, **more: Any) -> Any:  # noqa: ANN401 - as it comes
        """Note the delivery and the changes."""
        self.commits.append(msgspec.json.encode((more["delivery"], changes)))
        return super().accept(run_id, changes=changes, **more)

    def save(self, run_id: str, *, changes: Changes, **more: Any) -> Any:  # noqa: ANN401 - as it comes
        """Note the changes."""
        self.commits.append(msgspec.json.encode(changes))
        return super().save(run_id, changes=changes, **more)

    def end(self, run_id: str, *, changes: Changes, **more: Any) -> Any:  # noqa: ANN401 - as it comes
        """Note the changes."""
        self.commits.append(msgspec.json.encode(changes))
        return super().end(run_id, changes=changes, **more)


def commits(flow: Workflow[Any], checkpoint: Any) -> list[bytes]:  # noqa: ANN401 - a literal
    """Give the bytes of each commit of one call."""
    store = Recorder()
    with polaris.open_engine(store, flow, checkpoint=checkpoint) as engine:
        engine.run(flow, "run-0", Begin(0, "polaris"))
    return store.commits


# --- raw drivers ---------------------------------------------------------------------------------------------------


@contextmanager
def raw_sqlite(folder: Path, synchronous: str) -> Generator[Upsert]:
    """Write with `sqlite3`."""
    with closing(sqlite3.connect(folder / f"raw-{synchronous}.db", isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("CREATE TABLE raw (id TEXT PRIMARY KEY, content BLOB) WITHOUT ROWID")
        upsert = "INSERT INTO raw VALUES (?, ?) ON CONFLICT DO UPDATE SET content = excluded.content"
        yield lambda key, content: connection.execute(upsert, (key, content))


@contextmanager
def raw_postgres(url: str) -> Generator[Upsert]:
    """Write with `psycopg`."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE raw (id TEXT PRIMARY KEY, content BYTEA)")
        upsert = "INSERT INTO raw VALUES (%s, %s) ON CONFLICT (id) DO UPDATE SET content = excluded.content"
        yield lambda key, content: connection.execute(upsert, (key, content))


@contextmanager
def raw_redis(port: int) -> Generator[Upsert]:
    """Write with `redis`."""
    with redis.Redis(port=port) as client:
        yield client.set


# --- measuring -----------------------------------------------------------------------------------------------------


@contextmanager
def stores(folder: Path) -> Generator[dict[str, tuple[str, Upsert]]]:
    """Give the URL of each store, and the raw driver for it."""
    with ExitStack() as stack:
        found: dict[str, tuple[str, Upsert]] = {}
        for synchronous in ("normal", "full"):
            url = f"sqlite:///{folder}/{synchronous}.db?synchronous={synchronous}"
            found[f"sqlite {synchronous}"] = url, stack.enter_context(raw_sqlite(folder, synchronous))
        for name, settings in {"postgres": {}, "postgres no fsync": {"fsync": "off"}}.items():
            server = postgres_server.PostgresServer(settings)
            stack.callback(server.close)
            found[name] = server.url, stack.enter_context(raw_postgres(server.url))
        for name, options in {"redis": (), "redis appendonly": ("--appendonly", "yes")}.items():
            running = stack.enter_context(redis_server.running(*options))
            found[name] = running.url, stack.enter_context(raw_redis(running.port))
        yield found


def timed(work: Work, clock: Callable[[], float] = time.perf_counter) -> float:
    """Time some work, in seconds."""
    began = clock()
    work()
    return clock() - began


def compare(url: str, upsert: Upsert, checkpoint: Any, samples: int) -> dict[str, Row]:  # noqa: ANN401 - a literal
    """Take turns with the raw driver; give steps a second, and how many times as long the raw driver takes.

    On a machine that is busy with other things, the ratio of this process's CPU time tells more, if nothing waits.
    """
    flow, numbers = chain(), itertools.count()
    contents = commits(flow, checkpoint)
    with polaris.open_engine(url, flow, checkpoint=checkpoint) as engine:

        def call() -> None:
            engine.run(flow, f"{checkpoint}-{next(numbers)}", Begin(0, "polaris"))

        def raw() -> None:
            key = f"{checkpoint}-{next(numbers)}"
            for content in contents:
                upsert(key, content)

        for work in (call, raw) * 5:
            work()
        pairs = [(timed(call), timed(raw)) for _ in range(samples)]
        busy = [(timed(call, time.process_time), timed(raw, time.process_time)) for _ in range(samples)]
    unit = "x raw driver"
    return {
        "share": ratios(pairs, unit),
        "share of processor time": ratios(busy, unit),
        "steps": row((STEPS / ours for ours, _ in pairs), "steps/s"),
        "raw": row((len(contents) / theirs for _, theirs in pairs), "commits/s"),
    }


def together(folder: Path, runs: int) -> dict[str, Row]:
    """Give what one fsync costs, and how many times the steps of one caller 32 callers do."""
    flow = chain()
    with polaris.open_engine(f"sqlite:///{folder}/together.db", flow) as engine:
        numbers = itertools.count()

        def calls() -> None:
            for _ in range(runs):
                engine.run(flow, f"run-{next(numbers)}", Begin(0, "polaris"))

        def all_at_once() -> None:
            threads = [threading.Thread(target=calls) for _ in range(CALLERS)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()

        calls()
        pairs = [(timed(calls), timed(all_at_once)) for _ in range(5)]
    return {
        "ratio": row((CALLERS * one / many for one, many in pairs), "x steps of one caller"),
        "one": row((STEPS * runs / one for one, _ in pairs), "steps/s"),
        "fsync": row(fsync(folder), "ms"),
    }


def fsync(folder: Path) -> list[float]:
    """Measure what it costs to write a page to the end of a file and wait for the disk, in milliseconds."""
    with (folder / "probe").open("wb", buffering=0) as probe:

        def write() -> None:
            probe.write(bytes(4096))
            os.fdatasync(probe.fileno())

        return [1000 * timed(write) for _ in range(100)]


def measure(options: argparse.Namespace) -> dict[str, Row]:
    """Measure every store with each kind of checkpoint, and many callers of one engine."""
    rows: dict[str, dict[str, Row]] = {}
    with tempfile.TemporaryDirectory(prefix="polaris-", dir=options.folder) as name, stores(Path(name)) as found:
        for store, (url, upsert) in found.items():
            if store.startswith(options.only):
                for checkpoint in CHECKPOINTS:
                    rows[f"{store}, {checkpoint}"] = compare(url, upsert, checkpoint, 15 if options.quick else 101)
        if not options.only:
            rows[f"{CALLERS} callers"] = together(Path(name), 2 if options.quick else 5)
    return {f"{of}, {key}": one for of, some in rows.items() for key, one in some.items()}


def prepare(parser: argparse.ArgumentParser) -> None:
    """Add what to measure, and where."""
    parser.add_argument("--only", default="", help="measure only stores whose names begin so")
    parser.add_argument("--folder", type=Path, help="where the files of SQLite are made")


if __name__ == "__main__":
    report(measure, __doc__, prepare)
