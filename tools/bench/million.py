"""What a delivery to one paused run costs in SQLite when a million others wait, as a multiple of with a thousand.

A run is paused by an engine, and its rows are copied as often as need be. Then engines deliver, each time to another
run, and take turns; so do readers of a page of the runs that wait for a type. Nothing waits for the disk but what must
with `synchronous=normal`: a slow disk would hide the difference. Memory is what the process grew by since the file
was opened.
"""

import argparse
import random
import resource
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import polaris
from polaris import Engine, Status, Workflow
from tools.bench.rows import Row, report, row

FEW = 1_000
PAGE = 100

TABLES = {"run": "run_id", "part": "number", "waiting": "run_id"}
"""What belongs to a run, and the column that says to which."""


@dataclass(frozen=True)
class Order:
    """What is bought."""

    item: str


@dataclass(frozen=True)
class Bill:
    """What it costs."""

    cents: int


@dataclass(frozen=True)
class Payment:
    """What every run waits for."""

    cents: int


@dataclass(frozen=True)
class Receipt:
    """What a delivery leads to."""

    item: str


def price(order: Order) -> Bill:
    """Make the bill."""
    return Bill(len(order.item))


def pay(order: Order, bill: Bill, payment: Payment) -> Receipt:
    """Take the money."""
    return Receipt(order.item * (payment.cents == bill.cents))


FLOW: Workflow[Any] = Workflow("million", target=Receipt, builders=[price, pay])


def fill(path: Path, count: int) -> None:
    """Make a file with so many paused runs."""
    with polaris.open_engine(url(path), FLOW) as engine:
        engine.run(FLOW, name(0), Order("book"))
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -200000")
        for table, of in TABLES.items():
            columns = [column for _, column, *_ in connection.execute(f"PRAGMA table_info({table})")]
            made = {"run_id": "printf('run-%07d', n)", "number": "1 + n"}  # the run that is copied has number 1
            values = ", ".join(made.get(column) or column for column in columns)
            into = f"INSERT INTO {table} ({', '.join(columns)})"
            connection.execute(
                f"WITH RECURSIVE counted (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {count - 1}) "  # noqa: S608 - names of ours
                f"{into} SELECT {values} FROM counted CROSS JOIN {table} WHERE {of} = ?",
                (name(0) if of == "run_id" else 1,),
            )
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def url(path: Path) -> str:
    """Give the address of a file."""
    return f"sqlite:///{path}?synchronous=normal"


def name(number: int) -> str:
    """Give the id of a run."""
    return f"run-{number:07}"


def memory() -> float:
    """Give the memory that this process has now, in MB; Linux tells."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20


def timed(work: Callable[[], object]) -> float:
    """Time some work, in seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def deliver(engine: Engine, run: str) -> None:
    """Let a run go on to its end."""
    assert engine.run(FLOW, run, Payment(4)).status is Status.COMPLETED  # noqa: S101


def page(engine: Engine, run: str) -> None:
    """Read a page of what waits, from a run on."""
    assert engine.runs(waiting_for=Payment, after=run, limit=PAGE)  # noqa: S101


def compare(folder: Path, many: int, samples: int) -> dict[str, Row]:
    """Take turns; give what each way takes, what it grows by, and the memory that the many runs cost."""
    counts = {"few": FEW, "many": many}
    for which, count in counts.items():  # in other processes, whose memory is not ours
        command = [
            sys.executable,
            "-m",
            "tools.bench.million",
            "--fill",
            str(folder / f"{which}.db"),
            "--count",
            str(count),
        ]
        subprocess.run(command, check=True)
    chosen = random.Random(1)  # noqa: S311 - the same runs each time
    before = memory()
    with ExitStack() as stack:
        engines = {
            which: stack.enter_context(polaris.open_engine(url(folder / f"{which}.db"), FLOW)) for which in counts
        }
        runs = {
            which: [name(n) for n in chosen.sample(range(count - PAGE), samples)] for which, count in counts.items()
        }
        times: dict[str, list[float]] = {f"{what} {which}": [] for what in ("deliver", "page") for which in counts}
        for number in range(samples):
            for which, engine in sorted(engines.items(), reverse=bool(number % 2)):
                run = runs[which][number]
                times[f"page {which}"].append(timed(partial(page, engine, run)))
                times[f"deliver {which}"].append(timed(partial(deliver, engine, run)))
    rows = {
        f"{what}, {count:,} runs": row((1000 * one for one in times[f"{what} {which}"]), "ms")
        for what in ("deliver", "page")
        for which, count in counts.items()
    }
    for what in ("deliver", "page"):
        grown = statistics.median(times[f"{what} many"]) / statistics.median(times[f"{what} few"])
        rows[f"{what}, ratio"] = row([grown], f"x with {FEW:,} runs")
    return {**rows, "memory": row([memory() - before], "MB")}


def measure(options: argparse.Namespace) -> dict[str, Row]:
    """Fill two files, and compare."""
    many, samples = (50_000, 300) if options.quick else (1_000_000, 800)
    with tempfile.TemporaryDirectory(prefix="polaris-", dir=options.folder) as folder:
        return compare(Path(folder), many, samples)


def prepare(parser: argparse.ArgumentParser) -> None:
    """Add where files are, and what the process that fills one is told."""
    parser.add_argument("--folder", type=Path, help="where the files are made; a million runs take 2 GB")
    parser.add_argument("--fill", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--count", type=int, default=0, help=argparse.SUPPRESS)


def main() -> None:
    """Measure, or fill a file."""
    parser = argparse.ArgumentParser(add_help=False)
    prepare(parser)
    options, _ = parser.parse_known_args()
    if options.fill:
        fill(options.fill, options.count)
    else:
        report(measure, __doc__, prepare)


if __name__ == "__main__":
    main()
