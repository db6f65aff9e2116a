"""A lease that is lost while builders run in parallel: what they come to later must not count."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

import polaris
from polaris import Workflow
from polaris.stores import MemoryStore
from polaris.testing.fakes import SetClock
from tests.helpers.engines import opened

LEASE = 30.0


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class Left:
    by: str


@dataclass(frozen=True)
class Right:
    by: str


class Race:
    """Two builders at the same time: the second loses the lease for both, and the first ends long after that.

    Args:
        lose: loses the lease.
        late: whether the first ends even after it was begun again.
    """

    def __init__(self, lose: Callable[[], None], *, late: bool) -> None:
        self.lose = lose
        self.late = late
        self.lefts = self.rights = 0
        self.left_has_started, self.left_has_ended, self.left_may_end = (threading.Event() for _ in range(3))

    def workflow(self) -> Workflow[tuple[Left, Right]]:
        def left(a: A) -> Left:
            self.lefts += 1
            if self.lefts > 1:
                if not self.late:
                    self.left_may_end.set()
                    assert self.left_has_ended.wait(60)
                return Left("new")
            self.left_has_started.set()
            assert self.left_may_end.wait(60)
            self.left_has_ended.set()
            return Left("old")

        def right(a: A) -> Right:
            self.rights += 1
            if self.rights > 1:
                return Right("new")
            assert self.left_has_started.wait(60)
            self.lose()
            return Right("old")

        return Workflow("race", target=tuple[Left, Right], builders=[left, right])


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def store(clock: SetClock) -> MemoryStore:
    return MemoryStore(clock)


@pytest.mark.parametrize("how", ["threads", "asyncio"])
def test_what_an_old_holding_comes_to_late_never_reaches_the_new_one(
    how: str, store: MemoryStore, clock: SetClock
) -> None:
    def lose() -> None:
        clock.now += LEASE + 1
        store.claim("r", claim_id="of one that dies", lease=LEASE, wanted=True)

    race = Race(lose, late=False)
    flow = race.workflow()
    with opened(how, store, flow, clock=clock, lease=LEASE) as engine:
        outcome = engine.run(flow, "r", A(1), wait=LEASE + 5)
    assert outcome.result == (Left("new"), Right("new"))
    assert {cell.text for cell in store.load("r").cells if cell.key != "A"} == {'{"by":"new"}'}


@pytest.mark.parametrize("how", ["threads", "asyncio"])
def test_what_comes_late_is_not_written_into_a_run_that_somebody_else_finished(
    how: str, store: MemoryStore, clock: SetClock
) -> None:
    def take_over() -> None:
        clock.now += LEASE + 1
        with ThreadPoolExecutor(2) as pool, polaris.open_engine(store, flow, clock=clock, executor=pool) as quick:
            assert quick.run(flow, "r").result == (Left("new"), Right("new"))

    race = Race(take_over, late=True)
    flow = race.workflow()
    with opened(how, store, flow, clock=clock, lease=LEASE) as slow:
        outcome = slow.run(flow, "r", A(1))
        revision = store.load("r").revision
        race.left_may_end.set()
        assert race.left_has_ended.wait(60)
    assert outcome.result == (Left("new"), Right("new"))
    assert store.load("r").revision == revision
