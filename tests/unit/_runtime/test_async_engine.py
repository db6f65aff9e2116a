import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

import pytest

import polaris
from polaris import AsyncEngine, BuilderFailedError, Outcome, Resource, Status, Workflow
from polaris.errors import UnknownRunError
from polaris.stores import MemoryStore
from polaris.testing.fakes import SetClock
from tests.unit._runtime.calls import wait_for_threads

LEASE = 30.0


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    text: str


@dataclass(frozen=True)
class C:
    text: str


class Gate:
    """Where a builder waits: a coroutine function in the loop, a plain one in its thread."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.release = threading.Event()
        self.open = False
        self.ran: list[str] = []
        self.cancelled: list[str] = []


user: ContextVar[str] = ContextVar("user", default="nobody")


async def awaits(a: A, gate: Resource[Gate]) -> B:
    gate.ran.append("awaits")
    gate.entered.set()
    try:
        if not gate.open:
            await asyncio.Event().wait()
    except asyncio.CancelledError:
        await asyncio.sleep(0)  # tidies up, which takes a moment
        gate.cancelled.append("awaits")
        raise
    return B(f"{a.n}")


def blocks(a: A, gate: Resource[Gate]) -> B:
    gate.ran.append("blocks")
    gate.entered.set()
    if not gate.open:
        assert gate.release.wait(60)
    return B(f"{a.n}")


def then(b: B, gate: Resource[Gate]) -> C:
    gate.ran.append("then")
    return C(f"{b.text} {user.get()}")


awaited = Workflow("awaited", target=C, builders=[awaits, then])
blocking = Workflow("blocking", target=C, builders=[blocks, then])


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.release.set()
    wait_for_threads()


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def store(clock: SetClock) -> MemoryStore:
    return MemoryStore(clock)


def in_loop(main: Callable[[AsyncEngine], Awaitable[Any]], store: MemoryStore | str, gate: Gate, **options: Any) -> Any:  # noqa: ANN401
    """Do something with an engine, in a loop of its own."""

    async def go() -> Any:  # noqa: ANN401 - whatever main gives
        async with (
            asyncio.timeout(60),
            polaris.open_async_engine(store, awaited, blocking, resources={Gate: gate}, **options) as engine,
        ):
            return await main(engine)

    return asyncio.run(go())


async def cancel(call: Awaitable[Outcome[Any]], gate: Gate) -> None:
    """Cancel a call when its builder is on its way."""
    task = asyncio.ensure_future(call)
    await asyncio.to_thread(gate.entered.wait, 60)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


# --- running ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workflow", [awaited, blocking])
def test_a_run_is_carried_and_read_as_in_the_other_engine(workflow: Workflow[C], gate: Gate) -> None:
    async def main(engine: AsyncEngine) -> None:
        user.set("the caller")
        outcome = await engine.run(workflow, "r", A(1))
        assert (outcome.status, outcome.result) == (Status.COMPLETED, C("1 the caller"))
        state = await engine.get("r")
        assert (state.status, state.data) == (Status.COMPLETED, outcome.data)
        assert (await engine.run(workflow.name, "r", A(2), new=False)).result == C("2 the caller")
        with pytest.raises(UnknownRunError):
            await engine.get("gone")

    gate.open = True
    in_loop(main, "memory://", gate)


def test_many_calls_go_on_at_the_same_time_in_one_loop(gate: Gate) -> None:
    here = threading.Barrier(8)

    def meets(a: A) -> B:
        here.wait(60)
        return B(f"{a.n}")

    meeting = Workflow("meeting", target=B, builders=[meets])

    async def main() -> list[B]:
        async with polaris.open_async_engine("memory://", meeting) as engine:
            calls = [engine.run(meeting, f"r{number}", A(number)) for number in range(8)]
            return [outcome.result for outcome in await asyncio.gather(*calls)]

    assert asyncio.run(main()) == [B(f"{number}") for number in range(8)]


def test_plain_builders_run_in_the_executor_if_there_is_one() -> None:
    def where(a: A) -> B:
        return B(threading.current_thread().name)

    flow = Workflow("flow", target=B, builders=[where])

    async def main(pool: ThreadPoolExecutor) -> tuple[B, B]:
        async with polaris.open_async_engine("memory://", flow) as own:
            mine = await own.run(flow, "r", A(1))
        async with polaris.open_async_engine("memory://", flow, executor=pool) as engine:
            return mine.result, (await engine.run(flow, "r", A(1))).result

    with ThreadPoolExecutor(1, "theirs") as pool:
        mine, theirs = asyncio.run(main(pool))
        assert mine.text.startswith("polaris-builder")
        assert theirs.text.startswith("theirs")
        assert pool.submit(int).result() == 0  # is not shut down


def test_waiting_for_a_busy_run_is_done_by_the_clock(store: MemoryStore, clock: SetClock, gate: Gate) -> None:
    async def main(engine: AsyncEngine) -> None:
        await engine.run(awaited, "r", A(1))
        store.claim("r", claim_id="of one that died", lease=LEASE, wanted=True)
        assert (await engine.run(awaited, "r", A(2), wait=1)).status is Status.QUEUED
        assert (await engine.run(awaited, "r", wait=LEASE + 5)).result == C("2 nobody")

    gate.open = True
    in_loop(main, store, gate, clock=clock, lease=LEASE)


def test_a_failure_is_raised_with_everything_that_was_made(gate: Gate) -> None:
    async def fails(b: B) -> C:
        raise LookupError

    failing = Workflow("failing", target=C, builders=[awaits, fails])

    async def main() -> BuilderFailedError:
        async with polaris.open_async_engine("memory://", failing, resources={Gate: gate}) as engine:
            with pytest.raises(BuilderFailedError) as caught:
                await engine.run(failing, "r", A(1))
            return caught.value

    gate.open = True
    error = asyncio.run(main())
    assert (error.step, error.run_id, error.reason) == ("fails", "r", "LookupError")
    assert error.outcome is not None
    assert dict(error.outcome.produced) == {B: B("1")}


# --- cancellation -----------------------------------------------------------------------------------------------------


def test_a_call_that_is_cancelled_cancels_its_builder_and_the_next_one_goes_on_at_once(
    gate: Gate, store: MemoryStore
) -> None:
    async def main(engine: AsyncEngine) -> None:
        await cancel(engine.run(awaited, "r", A(1)), gate)
        assert gate.cancelled == ["awaits"]
        gate.open = True
        assert (await engine.run(awaited, "r", wait=0)).result == C("1 nobody")

    in_loop(main, store, gate, lease=LEASE)
    assert gate.ran == ["awaits", "awaits", "then"]


def test_a_plain_builder_cannot_be_cancelled_so_its_run_stays_held_and_what_it_makes_is_dropped(
    gate: Gate, store: MemoryStore, clock: SetClock
) -> None:
    async def main(engine: AsyncEngine) -> None:
        await cancel(engine.run(blocking, "r", A(1)), gate)
        assert (await engine.run(blocking, "r", wait=0)).status is Status.QUEUED
        gate.open = True
        gate.release.set()
        clock.now += LEASE + 1
        assert B not in await engine.get("r")
        assert (await engine.run(blocking, "r", wait=0)).result == C("1 nobody")

    in_loop(main, store, gate, lease=LEASE)
    assert gate.ran == ["blocks", "blocks", "then"]


def test_a_timeout_of_the_caller_is_a_cancellation(gate: Gate) -> None:
    async def main(engine: AsyncEngine) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(engine.run(awaited, "r", A(1)), 0.05)
        gate.open = True
        assert (await engine.run(awaited, "r", A(2), wait=0)).result == C("2 nobody")

    in_loop(main, "memory://", gate)
    assert gate.cancelled in ([], ["awaits"])


class Slow:
    """A store whose next `accept`, once it is told to, waits until it may go on."""

    def __init__(self, store: MemoryStore, gate: Gate) -> None:
        self._store = store
        self._gate = gate

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any operation
        operation = getattr(self._store, name)
        if name != "accept":
            return operation

        def accept(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401 - those of any operation
            self._gate.entered.set()
            assert self._gate.release.wait(60)
            return operation(*arguments, **options)

        return accept


def test_a_call_that_is_cancelled_while_it_is_accepted_gives_the_lease_back(gate: Gate, store: MemoryStore) -> None:
    async def main(engine: AsyncEngine) -> None:
        call = asyncio.create_task(engine.run(awaited, "r", A(1)))
        await asyncio.to_thread(gate.entered.wait, 60)
        call.cancel()
        await asyncio.sleep(0.05)
        assert not call.done()
        gate.release.set()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert (await engine.run(awaited, "r", wait=0)).result == C("1 nobody")

    gate.open = True
    in_loop(main, Slow(store, gate), gate)  # type: ignore[arg-type]
    assert gate.ran == ["awaits", "then"]


# --- closing ----------------------------------------------------------------------------------------------------------


class Closes(MemoryStore):
    """A store that says when it is closed."""

    closed = 0

    def close(self) -> None:
        self.closed += 1


def test_closing_closes_the_store_that_was_opened_and_stops_the_heartbeat(
    gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, gate.open = Closes(), True
    monkeypatch.setattr("polaris._assembly.open_store", lambda _url, clock: store)
    before = set(threading.enumerate())

    def beats() -> list[str]:
        return [thread.name for thread in set(threading.enumerate()) - before if thread.name == "polaris-heartbeat"]

    async def main(engine: AsyncEngine) -> None:
        await engine.run(awaited, "r", A(1))
        assert len(beats()) == 1

    in_loop(main, "memory://", gate)
    assert store.closed == 1
    assert beats() == []


def test_a_store_that_was_given_is_the_callers_to_close(gate: Gate) -> None:
    store = Closes()

    async def main(engine: AsyncEngine) -> None:
        await engine.close()

    in_loop(main, store, gate)
    assert store.closed == 0


def test_closing_twice_is_closing(gate: Gate) -> None:
    async def main(engine: AsyncEngine) -> None:
        await engine.close()

    in_loop(main, "memory://", gate)
