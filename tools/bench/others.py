"""How many times the durable steps of others we do in a second, on SQLite with the same settings; all take turns.

Each runs a chain of twenty steps that do next to nothing and are checkpointed one by one, as a new run each time. The
others are no dependencies of ours, and are left out where they are not installed: `python3 tools/dev.py bench --peers`
makes an environment for each.
"""

import argparse
import itertools
import logging
import sqlite3
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, make_dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, TypedDict, cast

import polaris
from polaris import Workflow
from tools.bench.rows import Row, ratios, report, row

STEPS = 20


@dataclass(frozen=True)
class Begin:
    """What the chain begins with."""

    number: int
    name: str


class Counted(TypedDict):
    """The state of a graph."""

    number: int
    name: str


def ours(folder: Path, synchronous: str) -> Callable[[str], object]:
    """Give what makes a run of ours."""
    builders: list[Callable[..., object]] = []
    before: type = Begin
    for step in range(STEPS):
        fields = [("number", int), ("name", str)]
        made = make_dataclass(f"S{step}", fields, frozen=True, namespace={"__module__": __name__})
        builders.append(link(f"s{step}", before, made))
        before = made
    flow: Workflow[Any] = Workflow("chain", target=before, builders=builders)
    engine = polaris.open_engine(f"sqlite:///{folder}/ours.db?synchronous={synchronous}", flow)
    return lambda run: engine.run(flow, run, Begin(0, "polaris"))


def link(name: str, reads: type, made: type) -> Callable[..., object]:
    """Make a builder that does next to nothing."""

    def build(given: Any) -> object:  # noqa: ANN401 - its annotations are set below
        return made(given.number + 1, given.name)

    build.__name__ = build.__qualname__ = name
    build.__annotations__ = {"given": reads, "return": made}
    return build


def count(state: Counted) -> dict[str, int]:
    """Do next to nothing."""
    return {"number": state["number"] + 1}


def langgraph(folder: Path, synchronous: str) -> Callable[[str], object]:
    """Give what makes a run of langgraph; `durability="sync"` saves a step before the next begins."""
    graphs: Any = import_module("langgraph.graph")
    savers: Any = import_module("langgraph.checkpoint.sqlite")
    connection = sqlite3.connect(folder / "langgraph.db", check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    graph = graphs.StateGraph(Counted)
    names = [f"s{step}" for step in range(STEPS)]
    for name in names:
        graph.add_node(name, count)
    for one, other in itertools.pairwise([graphs.START, *names, graphs.END]):
        graph.add_edge(one, other)
    compiled = graph.compile(checkpointer=savers.SqliteSaver(connection))

    def call(run: str) -> object:
        config = {"configurable": {"thread_id": run}, "recursion_limit": 100}
        return cast("object", compiled.invoke({"number": 0, "name": "polaris"}, config, durability="sync"))

    return call


def dbos(folder: Path, synchronous: str) -> Callable[[str], object]:
    """Give what makes a run of dbos."""
    sqlalchemy: Any = import_module("sqlalchemy")
    them: Any = import_module("dbos")

    def settle(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")

    def step(number: int, name: str) -> tuple[int, str]:
        return number + 1, name

    def chain() -> tuple[int, str]:
        state = 0, "polaris"
        for _ in range(STEPS):
            state = a_step(*state)
        return state

    sqlalchemy.event.listen(sqlalchemy.Engine, "connect", settle)
    logging.disable()
    them.DBOS(config={"name": "bench", "system_database_url": f"sqlite:///{folder}/dbos.db", "run_admin_server": False})

    a_step, a_chain = them.DBOS.step()(step), them.DBOS.workflow()(chain)
    them.DBOS.launch()

    def call(run: str) -> object:
        with them.SetWorkflowID(run):
            return cast("object", a_chain())

    return call


def compare(synchronous: str, samples: int) -> dict[str, list[float]]:
    """Take turns; give the seconds of each run."""
    with tempfile.TemporaryDirectory(prefix="polaris-", ignore_cleanup_errors=True) as name:
        ways = {make.__name__: make(Path(name), synchronous) for make in (ours, *(t for t in THEIRS if installed(t)))}
        times: dict[str, list[float]] = {way: [] for way in ways}
        for number in range(samples + 2):
            for way, call in ways.items():
                began = time.perf_counter()
                call(f"run-{number}")
                times[way].append(time.perf_counter() - began)
    return {way: taken[2:] for way, taken in times.items()}


def installed(theirs: Callable[[Path, str], object]) -> bool:
    """Say whether this one can be measured here."""
    return find_spec(theirs.__name__) is not None


def measure(options: argparse.Namespace) -> dict[str, Row | str]:
    """Measure who is there, and say who is not."""
    rows: dict[str, Row | str] = {theirs.__name__: "not installed here" for theirs in THEIRS if not installed(theirs)}
    if len(rows) == len(THEIRS):
        return rows
    synchronous = options.synchronous
    times = compare(synchronous, 10 if options.quick else 50)
    for way, taken in times.items():
        rows[f"{way}, {synchronous}"] = row((STEPS / one for one in taken), "steps/s")
        if way != "ours":
            pairs = zip(times["ours"], taken, strict=True)
            rows[f"times {way}, {synchronous}"] = ratios(pairs, f"x steps of {way}")
    return rows


def prepare(parser: argparse.ArgumentParser) -> None:
    """Add a setting; it is that of the process, because dbos has one database for a process."""
    parser.add_argument("--synchronous", choices=("normal", "full"), default="normal", help="when to wait for the disk")


THEIRS = (langgraph, dbos)

if __name__ == "__main__":
    report(measure, __doc__, prepare)
