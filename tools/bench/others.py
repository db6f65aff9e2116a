#!/usr/bin/env python3
"""How many steps a second others do on SQLite with the same settings, as a share of ours; all take turns.

Each runs a chain of twenty steps that do next to nothing and are checkpointed one by one, as a new run each time. The
others are no dependencies of ours: install `langgraph`, `langgraph-checkpoint-sqlite` and `dbos` somewhere else, with
`msgspec`, and run this with that Python and `PYTHONPATH=src`.
"""

import argparse
import itertools
import json
import logging
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, make_dataclass
from pathlib import Path
from typing import Any, TypedDict

import polaris
from polaris import Workflow

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


def langgraph(folder: Path, synchronous: str) -> Callable[[str], object]:
    """Give what makes a run of langgraph; `durability="sync"` saves a step before the next begins."""
    from langgraph.checkpoint.sqlite import SqliteSaver
    from langgraph.graph import END, START, StateGraph

    connection = sqlite3.connect(folder / "langgraph.db", check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    graph: Any = StateGraph(Counted)
    names = [f"s{step}" for step in range(STEPS)]
    for name in names:
        graph.add_node(name, lambda state: {"number": state["number"] + 1})
    for one, other in itertools.pairwise([START, *names, END]):
        graph.add_edge(one, other)
    compiled = graph.compile(checkpointer=SqliteSaver(connection))

    def call(run: str) -> object:
        config = {"configurable": {"thread_id": run}, "recursion_limit": 100}
        return compiled.invoke({"number": 0, "name": "polaris"}, config, durability="sync")

    return call


def dbos(folder: Path, synchronous: str) -> Callable[[str], object]:
    """Give what makes a run of dbos."""
    import sqlalchemy
    from dbos import DBOS, SetWorkflowID

    @sqlalchemy.event.listens_for(sqlalchemy.Engine, "connect")
    def settle(connection: Any, _record: object) -> None:  # noqa: ANN401 - a connection of any driver
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute(f"PRAGMA synchronous = {synchronous}")

    logging.disable()
    DBOS(config={"name": "bench", "system_database_url": f"sqlite:///{folder}/dbos.db", "run_admin_server": False})

    @DBOS.step()
    def step(number: int, name: str) -> tuple[int, str]:
        return number + 1, name

    @DBOS.workflow()
    def chain() -> tuple[int, str]:
        state = 0, "polaris"
        for _ in range(STEPS):
            state = step(*state)
        return state

    DBOS.launch()

    def call(run: str) -> object:
        with SetWorkflowID(run):
            return chain()

    return call


def measure(synchronous: str, samples: int) -> dict[str, float]:
    """Take turns; give the medians of the steps per second, and how many times theirs ours are."""
    with tempfile.TemporaryDirectory(prefix="polaris-", ignore_cleanup_errors=True) as name:
        ways = {make.__name__: make(Path(name), synchronous) for make in (ours, langgraph, dbos)}
        times: dict[str, list[float]] = {way: [] for way in ways}
        for number in range(samples + 2):
            for way, call in ways.items():
                began = time.perf_counter()
                call(f"run-{number}")
                times[way].append(time.perf_counter() - began)
    found = {f"{way} steps/s": STEPS / statistics.median(taken[2:]) for way, taken in times.items()}
    for way in ("langgraph", "dbos"):
        found[f"times {way}"] = found["ours steps/s"] / found[f"{way} steps/s"]
    return found


def main() -> None:
    """Measure, and print for people or for programs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="10 samples instead of 50")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--synchronous", choices=("normal", "full"), default="normal", help="when to wait for the disk")
    options = parser.parse_args()
    found = measure(options.synchronous, 10 if options.quick else 50)
    if options.json:
        print(json.dumps({of: round(value, 3) for of, value in found.items()}))
        return
    for of, value in found.items():
        print(f"{of:<20}{value:10,.1f}")


if __name__ == "__main__":
    main()
