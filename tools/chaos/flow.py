"""The workflow that chaos is done to: it adds up what is delivered, so that whatever is lost or doubled shows.

Every builder writes a line about itself into the log that `POLARIS_CHAOS_LOG` names.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from polaris import Access, Context, Take, Workflow, builder

LONGEST = 0.01
"""Seconds that a builder takes at most, if nobody stops it."""


@dataclass(frozen=True)
class Open:
    """Begins a run, or comes later; says how many items there are."""

    number: int


@dataclass(frozen=True)
class Greeted:
    """Somebody was there to begin it."""

    number: int


@dataclass(frozen=True)
class Ready:
    """It can come to its end."""

    number: int


@dataclass(frozen=True)
class Item:
    """One thing to count: each must count once."""

    amount: int


@dataclass(frozen=True)
class Close:
    """What all items of a run come to."""

    amount: int
    count: int


@dataclass(frozen=True)
class Total:
    """What the items that were taken so far come to."""

    amount: int
    count: int


@dataclass(frozen=True)
class Done:
    """The total is what it should be."""

    amount: int


@dataclass(frozen=True)
class Thanks:
    """The end of a run."""

    amount: int


@contextmanager
def _logged(ctx: Context) -> Generator[None]:
    begun = time.monotonic_ns()
    time.sleep(random.uniform(0, LONGEST))  # noqa: S311 - any number will do
    yield
    line = f"{ctx.builder}\t{ctx.run_id}\t{os.getpid()}\t{begun}\t{time.monotonic_ns()}\n"
    log = os.open(os.environ["POLARIS_CHAOS_LOG"], os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    try:
        os.write(log, line.encode())
    finally:
        os.close(log)


@builder
def greet(opened: Open, ctx: Context) -> Greeted:
    """Begin a run."""
    with _logged(ctx):
        return Greeted(opened.number)


@builder
def prepare(greeted: Greeted, ctx: Context) -> Ready:
    """Go on with the beginning."""
    with _logged(ctx):
        return Ready(greeted.number)


@builder
def add(item: Take[Item], so_far: Access[Total], ctx: Context) -> Total:
    """Add an item to the total."""
    with _logged(ctx):
        return Total(item.amount + (so_far.amount if so_far else 0), 1 + (so_far.count if so_far else 0))


@builder
def finish(total: Total, close: Close, ready: Ready, ctx: Context) -> Done | None:
    """Compare the total with what it should be."""
    with _logged(ctx):
        is_all = (total.amount, total.count, ready.number) == (close.amount, close.count, close.count)
        return Done(total.amount) if is_all else None


@builder(once=True)
def thank(done: Done, ctx: Context) -> Thanks:
    """End the run; this must be saved once."""
    with _logged(ctx):
        return Thanks(done.amount)


chaos = Workflow("chaos", target=Thanks, builders=[greet, prepare, add, finish, thank])
