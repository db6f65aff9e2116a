import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import CancelledError, Executor, Future, ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any, TypeVar

import pytest

from polaris._runtime.async_drive import AsyncDriver
from polaris._runtime.call import Call
from polaris._runtime.script import Abandon, Ask, Await, Ended, Script, Sleep, Start
from tests.unit._runtime.calls import call_of, come_to, taken

T = TypeVar("T")

user: ContextVar[str] = ContextVar("user", default="nobody")


class Drives:
    """Drives scripts in a loop of their own."""

    def __init__(self, executor: Executor | None = None, threads: int = 4) -> None:
        self.executor = executor
        self.threads = threads
        self.slept: list[float] = []

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def drive(self, script: Script[T]) -> T:
        with ThreadPoolExecutor(self.threads) as threads, ThreadPoolExecutor(1) as store:
            return await AsyncDriver(self.executor, threads=threads, store=store, sleep=self.sleep).drive(script)

    def __call__(self, *effects: Any) -> list[Any]:  # noqa: ANN401 - any effects
        return self.run(taken(*effects))

    def run(self, script: Script[T]) -> T:
        async def main() -> T:
            async with asyncio.timeout(60):
                return await self.drive(script)

        return asyncio.run(main())


def coroutine(function: Any) -> Call:  # noqa: ANN401 - any coroutine function
    return call_of(function, is_async=True)


async def hello() -> str:
    return "hello"


async def wait_for_ever() -> None:
    await asyncio.Event().wait()


# --- one effect at a time ---------------------------------------------------------------------------------------------


def test_the_store_is_asked_off_the_loop_with_the_context_of_the_caller() -> None:
    user.set("the caller")
    name, seen = Drives()(Ask(lambda: threading.current_thread().name), Ask(user.get))
    assert name != threading.current_thread().name
    assert seen == "the caller"


def test_sleeping_is_done_as_the_driver_was_told() -> None:
    drives = Drives()
    assert drives(Sleep(0.25), Sleep(3)) == [None, None]
    assert drives.slept == [0.25, 3]


def test_coroutine_functions_run_in_the_loop_and_plain_ones_off_it() -> None:
    async def here() -> int:
        return threading.get_ident()

    *_, one, other = Drives()(Start(1, coroutine(here)), Start(2, call_of(threading.get_ident)), Await(), Await())
    threads = {ended.number: ended.returned for ended in (one, other)}
    assert threads[1] == threading.get_ident() != threads[2]


def test_both_have_the_context_variables_of_the_caller_and_cannot_change_them() -> None:
    def see() -> str:
        seen = user.get()
        user.set("the builder")
        return seen

    async def see_async() -> str:
        return see()

    def script() -> Script[list[object]]:
        user.set("the caller")
        seen: list[object] = []
        for call in (coroutine(see_async), call_of(see)):
            yield Start(1, call)
            seen.append(come_to((yield Await())))
        return [*seen, user.get()]

    assert Drives().run(script()) == ["the caller"] * 3


def test_the_first_that_ends_is_the_first_that_is_given() -> None:
    gate = asyncio.Event()

    async def second() -> str:
        await gate.wait()
        return "second"

    async def first() -> str:
        gate.set()
        return "first"

    answers = Drives()(Start(1, coroutine(second)), Start(2, coroutine(first)), Await(), Await())
    assert answers[2:] == [Ended(2, returned="first"), Ended(1, returned="second")]


@pytest.mark.parametrize("error", [OSError("down"), asyncio.CancelledError(), TimeoutError()])
def test_what_a_builder_raises_is_what_came_of_it(error: BaseException) -> None:
    async def fail() -> None:
        raise error

    _, ended = Drives()(Start(1, coroutine(fail)), Await())
    assert type(come_to(ended)) is type(error)


@pytest.mark.parametrize("error", [OSError("down"), TimeoutError("of its own"), CancelledError()])
def test_what_a_plain_builder_raises_is_what_came_of_it(error: Exception) -> None:
    def fail() -> None:
        raise error

    _, ended = Drives()(Start(1, call_of(fail)), Await())
    assert come_to(ended) is error


def test_a_plain_builder_that_raises_stop_iteration_ends() -> None:
    drives = Drives(threads=1)  # so that the second cannot end before the first
    _, _, ended = drives(Start(1, call_of(lambda: next(iter(())))), Start(2, call_of(int)), Await())
    error = come_to(ended)
    assert ended.number == 1
    assert isinstance(error, RuntimeError)
    assert isinstance(error.__cause__, StopIteration)


def test_waiting_ends_when_its_time_is_up_and_goes_on_later() -> None:
    gate = threading.Event()

    def script() -> Script[list[Any]]:
        yield Start(1, call_of(gate.wait))
        first = yield Await(0.02)
        gate.set()
        return [first, (yield Await(60))]

    assert Drives().run(script()) == [None, Ended(1, returned=True)]


def test_what_has_ended_is_given_although_there_is_no_time_left() -> None:
    def script() -> Script[object]:
        yield Start(1, coroutine(hello))
        yield Ask(lambda: None)
        return (yield Await(0))

    assert come_to(Drives().run(script())) == "hello"


# --- executors --------------------------------------------------------------------------------------------------------


class Elsewhere(Executor):
    """An executor of which nothing is known; it says what was sent to it."""

    def __init__(self) -> None:
        self.sent = 0

    def submit(self, function: Callable[[], Any], /) -> Future[Any]:  # type: ignore[override]
        self.sent += 1
        future: Future[Any] = Future()
        future.set_result(function())
        return future


@pytest.mark.parametrize(("local", "sent"), [(False, 1), (True, 0)])
def test_a_plain_builder_goes_to_the_executor_unless_it_must_stay(local: bool, sent: int) -> None:
    elsewhere = Elsewhere()
    _, ended = Drives(elsewhere)(Start(1, call_of(threading.get_ident, local=local)), Await())
    assert elsewhere.sent == sent
    assert (come_to(ended) == threading.get_ident()) == bool(sent)


def test_a_coroutine_function_stays_in_the_loop_whatever_the_executor() -> None:
    elsewhere = Elsewhere()
    _, ended = Drives(elsewhere)(Start(1, coroutine(hello)), Await())
    assert (come_to(ended), elsewhere.sent) == ("hello", 0)


def test_an_executor_that_refuses_makes_it_a_call_that_failed() -> None:
    _, ended = Drives(Executor())(Start(1, call_of(threading.get_ident)), Await())
    assert isinstance(come_to(ended), NotImplementedError)


# --- leaving builders behind ------------------------------------------------------------------------------------------


def test_coroutine_functions_that_are_abandoned_have_ended_then() -> None:
    assert Drives()(Start(1, coroutine(wait_for_ever)), Abandon())[1] is True


def test_a_plain_function_that_is_abandoned_may_go_on_and_what_it_comes_to_is_dropped() -> None:
    gate, entered, left = threading.Event(), threading.Event(), threading.Event()

    def enter_and_wait() -> str:
        entered.set()
        gate.wait(60)
        left.set()
        return "late"

    def script() -> Script[list[Any]]:
        yield Start(1, call_of(enter_and_wait))
        yield Ask(entered.wait)
        ended = yield Abandon()
        gate.set()
        yield Ask(left.wait)
        nothing = yield Await(0.05)
        yield Start(1, coroutine(hello))
        return [ended, nothing, (yield Await())]

    assert Drives().run(script()) == [False, None, Ended(1, returned="hello")]


def test_nothing_to_abandon_has_ended() -> None:
    assert Drives()(Abandon()) == [True]


def test_what_a_script_leaves_running_is_cancelled_when_it_ends() -> None:
    said: list[str] = []

    async def wait_and_say() -> None:
        try:
            await wait_for_ever()
        finally:
            said.append("cancelled")

    def script(error: Exception | None) -> Script[None]:
        yield Start(1, coroutine(wait_and_say))
        yield Await(0.01)
        if error:
            raise error

    Drives().run(script(None))
    with pytest.raises(OSError):
        Drives().run(script(OSError()))
    assert said == ["cancelled", "cancelled"]


def test_a_builder_that_outlives_the_loop_ends_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    gate, entered = threading.Event(), threading.Event()

    def enter_and_wait() -> None:
        entered.set()
        gate.wait(60)

    def script() -> Script[None]:
        yield Start(1, call_of(enter_and_wait))
        yield Ask(entered.wait)

    with ThreadPoolExecutor(1) as pool:
        Drives(pool).run(script())
        gate.set()
    assert caplog.records == []


# --- failures and cancellation ----------------------------------------------------------------------------------------


def test_a_script_sees_what_an_effect_raises_and_may_go_on() -> None:
    def fail() -> None:
        raise OSError

    def script() -> Script[str]:
        try:
            yield Ask(fail)
        except OSError:
            yield Sleep(1)
            return "went on"
        return "never"

    assert Drives().run(script()) == "went on"


def test_a_script_that_has_nothing_to_ask_gives_what_it_returns() -> None:
    assert Drives()() == []


def cancelled(script: Script[Any], entered: threading.Event, release: threading.Event | None = None) -> Any:  # noqa: ANN401
    """Cancel whoever drives a script, once it is where it says; give what the script came to."""

    async def main() -> Any:  # noqa: ANN401 - whatever the script gives
        task = asyncio.create_task(Drives().drive(script))
        await asyncio.to_thread(entered.wait, 60)
        task.cancel()
        if release is not None:
            await asyncio.sleep(0.05)
            assert not task.done()
            release.set()
        return await task

    return asyncio.run(main())


def noted(work: Coroutine[Any, Any, T], entered: threading.Event) -> Call:
    async def enter() -> T:
        entered.set()
        return await work

    return coroutine(enter)


def test_a_script_sees_that_its_driver_is_cancelled_and_may_still_ask() -> None:
    entered, said = threading.Event(), list[object]()

    def script() -> Script[None]:
        yield Start(1, noted(wait_for_ever(), entered))
        try:
            yield Await()
        except asyncio.CancelledError:
            said.append((yield Abandon()))
            said.append((yield Ask(lambda: "asked")))
            raise

    with pytest.raises(asyncio.CancelledError):
        cancelled(script(), entered)
    assert said == [True, "asked"]


def test_an_operation_of_the_store_that_has_begun_is_waited_for() -> None:
    entered, release, said = threading.Event(), threading.Event(), list[object]()

    def operation() -> None:
        entered.set()
        said.append(release.wait(60))

    def script() -> Script[None]:
        try:
            yield Ask(operation)
        except asyncio.CancelledError:
            said.append("cancelled")
            raise

    with pytest.raises(asyncio.CancelledError):
        cancelled(script(), entered, release)
    assert said == [True, "cancelled"]
