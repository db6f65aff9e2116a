"""The processes that work while chaos is done: some deliver, the others take over what is left behind."""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polaris
from polaris import Engine
from polaris.errors import StoreUnavailableError
from tools.chaos.flow import Close, Item, Open, chaos

LEASE = 2.0
"""Seconds that a worker may be silent before another takes its run over."""

_MOST_ITEMS = 6

Delivery = Mapping[Any, object]


def deliveries(run_id: str) -> list[Delivery]:
    """Give what is delivered to a run: always the same for one id."""
    chance = random.Random(run_id)  # noqa: S311 - any number will do
    amounts = [chance.randrange(1, 1000) for _ in range(chance.randint(1, _MOST_ITEMS))]
    given: list[Delivery] = [{Item: Item(amount)} for amount in amounts]
    given.insert(chance.randint(0, len(given)), {Close: Close(sum(amounts), len(amounts))})
    given.insert(chance.choice([0, 0, len(given)]), {Open: Open(len(amounts))})
    return given


def deliver_all(engine: Engine, run_id: str) -> None:
    """Make every delivery of a run until it is accepted; it may have been accepted before."""
    for number, delivery in enumerate(deliveries(run_id)):
        delivery_id = f"delivery {number}"
        while True:
            try:
                if number and random.random() < 0.5:  # noqa: S311 - any number will do
                    engine.deliver(run_id, dict(delivery), delivery_id=delivery_id)
                else:
                    wait = random.choice([0.0, 0.1])  # noqa: S311 - any number will do
                    engine.run(chaos, run_id, dict(delivery), delivery_id=delivery_id, wait=wait)
                break
            except StoreUnavailableError:
                time.sleep(0.05)


def deliver(engine: Engine, name: str, folder: Path) -> None:
    """Deliver to run after run, until told to stop; a file says how far that came, for the next of that name."""
    progress = folder / f"{name}.progress"
    number = int(progress.read_text()) if progress.exists() else 0
    while not (folder / "stop").exists():
        deliver_all(engine, f"{name}/{number}")
        number += 1
        written = progress.with_suffix(".part")
        written.write_text(str(number))
        written.replace(progress)


def work(engine: Engine, folder: Path) -> None:
    """Take over whatever was left, until told to stop."""
    while not (folder / "over").exists():
        try:
            if not engine.recover(limit=5):
                time.sleep(0.05)
        except StoreUnavailableError:
            time.sleep(0.05)


def opened(store: str) -> Engine:
    """Open the store as soon as it can be reached."""
    while True:
        try:
            return polaris.open_engine(store, chaos, lease=LEASE)
        except StoreUnavailableError:
            time.sleep(0.05)


def main(kind: str, name: str, store: str, skew: str) -> None:
    """Do one or the other, with a clock that is wrong by so many seconds."""
    real = time.time
    time.time = lambda: real() + float(skew)
    folder = Path(os.environ["POLARIS_CHAOS_LOG"]).parent
    with opened(store) as engine:
        if kind == "deliver":
            deliver(engine, name, folder)
        else:
            work(engine, folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
