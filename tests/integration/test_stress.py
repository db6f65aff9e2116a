"""Many threads on one engine: no delivery is lost, no builder of a run runs twice at once, and all ends are right."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

import polaris
from polaris import Access, Context, Engine, Resource, Status, Take, Workflow
from polaris.protocols import Store
from polaris.stores import open_store

THREADS = 64
RUNS = 1_000
ITEMS = 4
LEASE = 600.0  # nobody is slow enough to lose it


@dataclass(frozen=True)
class Name:
    text: str


@dataclass(frozen=True)
class Item:
    number: int


@dataclass(frozen=True)
class Items:
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Summary:
    text: str


class Guard:
    """Sees who is in a run when somebody else is, and counts what was done."""

    def __init__(self) -> None:
        self._locks = {f"r{number}": threading.Lock() for number in range(RUNS)}
        self.met: list[str] = []
        self.collected: Counter[tuple[str, int]] = Counter()
        self._count = threading.Lock()

    @contextmanager
    def alone(self, run_id: str) -> Iterator[None]:
        lock = self._locks[run_id]
        if not lock.acquire(blocking=False):
            self.met.append(run_id)
            lock.acquire()
        try:
            time.sleep(0)  # lets another thread go on, which might come in here
            yield
        finally:
            lock.release()

    def note(self, run_id: str, number: int) -> None:
        with self._count:
            self.collected[run_id, number] += 1


def collect(item: Take[Item], so_far: Access[Items], ctx: Context, guard: Resource[Guard]) -> Items:
    with guard.alone(ctx.run_id):
        guard.note(ctx.run_id, item.number)
        return Items((*(so_far.numbers if so_far else ()), item.number))


def summarise(items: Items, name: Name, ctx: Context, guard: Resource[Guard]) -> Summary:
    with guard.alone(ctx.run_id):
        return Summary(f"{name.text}: {sum(items.numbers)}")


flow = Workflow("flow", target=Summary, builders=[collect, summarise])

Delivery = tuple[str, Name | Item]


def deliveries() -> list[Delivery]:
    """Give those of every run: of half of the runs far apart, of the others one after another, so that many meet."""
    chance = random.Random(20)
    of_each: list[list[Delivery]] = []
    for number in range(RUNS):
        run_id = f"r{number}"
        data: list[Name | Item] = [Name(run_id), *(Item(10**place) for place in range(ITEMS))]
        chance.shuffle(data)
        of_each.append([(run_id, datum) for datum in data])
    apart = [delivery for some in of_each[: RUNS // 2] for delivery in some]
    chance.shuffle(apart)
    return [*apart, *(delivery for some in of_each[RUNS // 2 :] for delivery in some)]


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    kept = open_store({"memory": "memory://", "sqlite": f"sqlite:///{tmp_path}/runs.db"}[request.param])
    yield kept
    kept.close()


def delivered(engine: Engine, delivery: Delivery) -> Status:
    """Deliver, and see that what came of it holds what was delivered, unless it is queued."""
    run_id, datum = delivery
    outcome = engine.run(flow, run_id, datum)
    if outcome.status is not Status.QUEUED:
        assert outcome.status in (Status.WAITING, Status.COMPLETED)
        assert outcome.run_id == run_id
        assert datum in outcome.data.values() or datum.number in outcome[Items].numbers
    return outcome.status


def test_nothing_is_lost_or_done_twice(store: Store) -> None:
    guard = Guard()
    with polaris.open_engine(store, flow, resources={Guard: guard}, lease=LEASE) as engine:
        with ThreadPoolExecutor(THREADS) as pool:
            said = Counter(pool.map(lambda delivery: delivered(engine, delivery), deliveries()))
        assert said.total() == RUNS * (ITEMS + 1)
        numbers = {10**place for place in range(ITEMS)}
        assert guard.met == []
        assert guard.collected == {(f"r{run}", number): 1 for run in range(RUNS) for number in numbers}
        for run_id in (f"r{number}" for number in range(RUNS)):
            state, stored = engine.get(run_id), store.load(run_id)
            assert stored is not None
            assert (state.status, stored.inbox, stored.header.is_open) == (Status.COMPLETED, (), False)
            assert state[Name] == Name(run_id)
            assert set(state[Items].numbers) == numbers
            assert len(state[Items].numbers) == ITEMS
            assert state[Summary] == Summary(f"{run_id}: {sum(numbers)}")
            assert Item not in state
