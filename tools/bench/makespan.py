"""How long a call takes, as a multiple of its critical path: the longest chain of builders that wait for each other.

A plan of eight branches, each a chain of three builders that sleep for unequal times, and one builder that joins them.
With a worker for every branch a call can be as quick as its slowest branch. An engine that waits at the end of every
level of the graph takes the sum of the slowest of each level instead; that figure is shown beside the measured ones.
"""

import argparse
import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, make_dataclass
from types import GenericAlias
from typing import Any

import polaris
from polaris import Workflow
from tools.bench.rows import Row, report, row

BRANCHES, STEPS, UNIT = 8, 3, 0.04
"""Seconds of a unit; builders sleep for one to five of them."""


@dataclass(frozen=True)
class Begin:
    """What every branch begins with."""


def pause(branch: int, step: int) -> float:
    """Give the seconds that a builder sleeps: every branch is slow at another step."""
    return UNIT * (5 if step == branch % STEPS else 1 + (branch + step) % 2)


def critical_path() -> float:
    """Give the seconds of the slowest branch."""
    return max(sum(pause(branch, step) for step in range(STEPS)) for branch in range(BRANCHES))


def level_by_level() -> float:
    """Give the seconds of an engine that starts a level when the one before has ended."""
    return sum(max(pause(branch, step) for branch in range(BRANCHES)) for step in range(STEPS))


def make(*, awaited: bool) -> Workflow[Any]:
    """Make the workflow, of plain functions or of coroutine functions."""
    builders: list[Callable[..., object]] = []
    ends: list[type] = []
    for branch in range(BRANCHES):
        before: type = Begin
        for step in range(STEPS):
            made = make_dataclass(f"B{branch}S{step}", [], frozen=True, namespace={"__module__": __name__})
            builders.append(sleeper(f"b{branch}s{step}", before, made, pause(branch, step), awaited=awaited))
            before = made
        ends.append(before)
    all_of_them: Any = GenericAlias(tuple, tuple(ends))
    return Workflow("makespan", target=all_of_them, builders=builders)


def sleeper(name: str, reads: type, made: type, seconds: float, *, awaited: bool) -> Callable[..., object]:
    """Make a builder that sleeps."""

    def plain(_given: object) -> object:
        time.sleep(seconds)
        return made()

    async def coroutine(_given: object) -> object:
        await asyncio.sleep(seconds)
        return made()

    function = coroutine if awaited else plain
    function.__name__ = function.__qualname__ = name
    function.__annotations__ = {"_given": reads, "return": made}
    return function


def timed(call: Callable[[], object]) -> float:
    """Time a call, in seconds."""
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def measure(options: argparse.Namespace) -> dict[str, Row]:
    """Take turns; give multiples of the critical path."""
    plain, awaited = make(awaited=False), make(awaited=True)
    path, unit = critical_path(), "x critical path"
    with ThreadPoolExecutor(BRANCHES) as pool, asyncio.Runner() as runner:
        ways: dict[str, Callable[[], object]] = {
            "threads": lambda: polaris.run(plain, Begin(), executor=pool),
            "asyncio": lambda: runner.run(polaris.arun(awaited, Begin())),
        }
        for call in ways.values():
            call()  # compiles
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(3 if options.quick else 15):
            for name, call in ways.items():
                times[name].append(timed(call) / path)
    rows = {name: row(taken, unit) for name, taken in times.items()}
    return rows | {"if levels waited for each other": row([level_by_level() / path], unit)}


if __name__ == "__main__":
    report(measure, __doc__)
