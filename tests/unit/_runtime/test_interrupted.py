"""A call that is interrupted, as by Ctrl-C: the interrupt comes through, and the run can be gone on with."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

import polaris
from polaris import Resource, Status, Workflow
from polaris.stores import MemoryStore
from polaris.testing.fakes import SetClock
from tests.helpers.engines import HOW, opened

LEASE = 30.0


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    n: int


@dataclass(frozen=True)
class C:
    n: int


class Gate:
    """What the builders look at: whether one interrupts, and until when another one takes."""

    def __init__(self) -> None:
        self.interrupts = True
        self.entered = threading.Event()
        self.release = threading.Event()
        self.ran: list[str] = []


def interrupts(a: A, gate: Resource[Gate]) -> B:
    gate.ran.append("interrupts")
    if gate.interrupts:
        gate.interrupts = False
        raise KeyboardInterrupt
    return B(a.n)


async def interrupts_async(a: A, gate: Resource[Gate]) -> B:
    return interrupts(a, gate)


def waits(a: A, gate: Resource[Gate]) -> C:
    gate.ran.append("waits")
    gate.entered.set()
    assert gate.release.wait(60)
    return C(a.n)


def interrupts_beside(a: A, gate: Resource[Gate]) -> B:
    assert gate.entered.wait(60)
    return interrupts(a, gate)


alone = Workflow("alone", target=B, builders=[interrupts])
alone_async = Workflow("alone", target=B, builders=[interrupts_async])
two = Workflow("two", target=tuple[B, C], builders=[interrupts_beside, waits])
queued = Workflow("queued", target=tuple[B, C], builders=[interrupts, waits])


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.release.set()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def store(clock: SetClock) -> MemoryStore:
    return MemoryStore(clock)


@pytest.mark.parametrize("how", HOW)
def test_an_interrupt_comes_through_and_the_next_call_goes_on_at_once(how: str, gate: Gate, store: MemoryStore) -> None:
    with opened(how, store, alone, resources={Gate: gate}) as engine:
        with pytest.raises(KeyboardInterrupt):
            engine.run(alone, "r", A(1))
        assert engine.get("r").status is Status.RUNNING
        assert engine.run(alone, "r", wait=0).result == B(1)


def test_a_coroutine_function_that_is_interrupted_ends_the_loop_and_another_loop_goes_on_at_once(
    gate: Gate, store: MemoryStore
) -> None:
    async def main() -> B:
        async with polaris.open_async_engine(store, alone_async, resources={Gate: gate}) as engine:
            return (await engine.run(alone_async, "r", A(1), wait=0)).result

    with pytest.raises(KeyboardInterrupt):
        asyncio.run(main())
    assert asyncio.run(main()) == B(1)


@pytest.mark.parametrize("how", ["threads", "asyncio"])
def test_a_run_stays_held_while_another_of_its_builders_is_still_running(
    how: str, gate: Gate, store: MemoryStore, clock: SetClock
) -> None:
    with opened(how, store, two, resources={Gate: gate}, lease=LEASE, clock=clock) as engine:
        with pytest.raises(KeyboardInterrupt):
            engine.run(two, "r", A(1))
        assert engine.run(two, "r", wait=0).status is Status.QUEUED
        gate.release.set()
        clock.now += LEASE + 1
        assert engine.run(two, "r", wait=0).result == (B(1), C(1))
    assert sorted(gate.ran) == ["interrupts", "interrupts", "waits", "waits"]


class OneAtATime(ThreadPoolExecutor):
    """Runs what is submitted first, and keeps the rest waiting."""

    def __init__(self) -> None:
        super().__init__(1)
        self.waiting: list[Future[Any]] = []

    def submit(self, function: Callable[..., Any], /, *arguments: Any) -> Future[Any]:  # type: ignore[override]  # noqa: ANN401
        future: Future[Any] = Future()
        if self.waiting:
            self.waiting.append(future)
            return future
        self.waiting.append(future)
        try:
            future.set_result(function(*arguments))
        except BaseException as error:  # noqa: BLE001 - as pools do
            future.set_exception(error)
        return future


def test_a_builder_that_still_waits_for_its_thread_is_not_started_any_more(gate: Gate, store: MemoryStore) -> None:
    with (
        OneAtATime() as pool,
        polaris.open_engine(store, queued, resources={Gate: gate}, executor=pool) as engine,
        pytest.raises(KeyboardInterrupt),
    ):
        engine.run(queued, "r", A(1))
    assert [future.cancelled() for future in pool.waiting] == [False, True]


def test_in_memory_a_builder_that_still_waits_is_not_started_any_more_either(gate: Gate) -> None:
    with OneAtATime() as pool, pytest.raises(KeyboardInterrupt):
        polaris.run(queued, A(1), resources={Gate: gate}, executor=pool)
    assert [future.cancelled() for future in pool.waiting] == [False, True]
