import asyncio
import gc
import logging
import threading
import time
from collections.abc import Iterator
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

import pytest

from polaris import Retry
from polaris._runtime.limits import TimeUpError, dismiss, in_thread, limit, today, within, within_async
from polaris.errors import BuilderTimeoutError
from polaris.testing.fakes import SetClock
from tests.unit._runtime.calls import call_of, wait_for_threads

LONG = 60.0
SHORT = 0.05
AT_ONCE = Retry(attempts=3, on=TimeoutError, wait=0, max_wait=0, jitter=0)

user: ContextVar[str] = ContextVar("user", default="nobody")


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def release() -> Iterator[threading.Event]:
    """What a function waits for that is left behind; it may go when the test is over."""
    event = threading.Event()
    yield event
    event.set()
    wait_for_threads()


# --- counting ---------------------------------------------------------------------------------------------------------


def test_a_limit_counts_by_the_clock_it_was_given(clock: SetClock) -> None:
    given = limit(10, clock)
    assert (given.left, given.deadline) == (10, today(clock) + timedelta(seconds=10))
    clock.now += 4
    assert (given.left, given.deadline) == (6, today(clock) + timedelta(seconds=6))
    clock.now += 7
    assert given.left == -1


def test_a_clock_that_is_set_is_looked_at_often_and_the_hosts_once(clock: SetClock) -> None:
    set_by_hand, of_the_host = limit(10, clock), limit(10, None)
    assert 0 < set_by_hand.pause <= 0.1
    assert 9 < of_the_host.pause <= 10
    clock.now += 11
    assert set_by_hand.pause == 0


def test_the_time_is_told_in_utc(clock: SetClock) -> None:
    assert today(clock) == datetime(1970, 1, 12, 13, 46, 40, tzinfo=UTC)
    before = datetime.now(UTC)
    assert before <= today(None) <= datetime.now(UTC)


def test_the_deadline_by_the_hosts_clock_is_as_far_away_as_the_limit() -> None:
    before = datetime.now(UTC)
    deadline = limit(LONG, None).deadline
    assert before < deadline <= datetime.now(UTC) + timedelta(seconds=LONG)


# --- in a thread ------------------------------------------------------------------------------------------------------


def test_a_thread_of_its_own_has_the_context_variables_of_the_caller_and_cannot_change_them() -> None:
    def see() -> str:
        seen = user.get()
        user.set("the function")
        return seen

    user.set("the caller")
    assert in_thread(see).result() == "the caller"
    assert user.get() == "the caller"


def test_what_runs_in_a_thread_cannot_be_cancelled(release: threading.Event) -> None:
    assert not in_thread(release.wait).cancel()


@pytest.mark.parametrize("error", [OSError, KeyboardInterrupt, StopIteration])
def test_what_is_raised_in_a_thread_is_raised_where_the_result_is_asked_for(error: type[BaseException]) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(error):
        in_thread(fail).result()
    with pytest.raises(error):
        within(fail, limit(LONG, None))


def test_what_ends_in_time_is_returned(clock: SetClock) -> None:
    assert within(lambda: "done", limit(LONG, None)) == "done"
    assert within(lambda: "done", limit(LONG, clock)) == "done"


def test_what_takes_too_long_by_the_hosts_clock_is_left_behind(release: threading.Event) -> None:
    began = time.monotonic()
    with pytest.raises(TimeUpError):
        within(release.wait, limit(SHORT, None))
    assert time.monotonic() - began >= SHORT


def test_what_takes_too_long_by_a_clock_that_is_set_is_left_behind(clock: SetClock, release: threading.Event) -> None:
    def jump_and_wait() -> None:
        clock.now += LONG + 1
        release.wait()

    with pytest.raises(TimeUpError):
        within(jump_and_wait, limit(LONG, clock))


def test_what_ended_too_late_is_dropped_although_it_has_ended(clock: SetClock) -> None:
    def jump() -> str:
        clock.now += LONG
        return "late"

    with pytest.raises(TimeUpError):
        within(jump, limit(LONG, clock))


# --- in the event loop ------------------------------------------------------------------------------------------------


class Patient:
    """A coroutine function that waits until it is cancelled, and says what came of it."""

    def __init__(self, clock: SetClock | None = None) -> None:
        self.clock = clock
        self.entered = asyncio.Event()
        self.said = "nothing"

    async def __call__(self) -> str:
        self.entered.set()
        if self.clock is not None:
            self.clock.now += LONG + 1
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)  # tidies up, which takes a moment
            self.said = "cancelled"
            raise
        return "never"


async def be_in_time() -> str:
    return "done"


def test_what_is_awaited_and_ends_in_time_is_returned(clock: SetClock) -> None:
    async def main() -> list[str]:
        return [await within_async(be_in_time(), limit(LONG, given)) for given in (None, clock)]

    assert asyncio.run(main()) == ["done", "done"]


def test_what_is_raised_in_time_is_raised() -> None:
    async def fail() -> None:
        raise OSError

    with pytest.raises(OSError):
        asyncio.run(within_async(fail(), limit(LONG, None)))


@pytest.mark.parametrize("by_hand", [True, False])
def test_what_is_awaited_too_long_is_cancelled_and_has_tidied_up_when_that_is_said(by_hand: bool) -> None:
    async def main() -> str:
        clock = SetClock() if by_hand else None
        patient = Patient(clock)
        with pytest.raises(TimeUpError):
            await within_async(patient(), limit(LONG if by_hand else SHORT, clock))
        return patient.said

    assert asyncio.run(main()) == "cancelled"


def test_what_ended_too_late_in_the_loop_is_dropped_although_it_has_ended(clock: SetClock) -> None:
    async def jump() -> str:
        clock.now += LONG
        return "late"

    with pytest.raises(TimeUpError):
        asyncio.run(within_async(jump(), limit(LONG, clock)))


def test_who_is_cancelled_while_waiting_cancels_what_he_waits_for() -> None:
    async def main() -> str:
        patient = Patient()
        waiting = asyncio.create_task(within_async(patient(), limit(LONG, None)))
        await patient.entered.wait()
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        return patient.said

    assert asyncio.run(main()) == "cancelled"


def test_what_is_dismissed_is_dropped_without_a_word(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        raise OSError

    async def fail_when_cancelled() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            raise OSError from None

    async def main() -> None:
        tasks = {asyncio.create_task(fail()), asyncio.create_task(fail_when_cancelled())}
        tasks.add(asyncio.create_task(Patient()()))
        await asyncio.sleep(0)
        await dismiss(tasks)
        assert all(task.done() for task in tasks)
        await dismiss(set())

    with caplog.at_level(logging.DEBUG, logger="asyncio"):
        asyncio.run(main())
        gc.collect()
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


# --- the attempts of a builder ----------------------------------------------------------------------------------------


def test_a_timeout_is_that_of_one_attempt_and_is_tried_again_if_the_retry_says_so(
    clock: SetClock, release: threading.Event
) -> None:
    attempts: list[datetime] = []

    def slow_at_first() -> str:
        attempts.append(today(clock))
        if len(attempts) < 3:
            clock.now += LONG + 1
            release.wait()
        return "done"

    call = call_of(slow_at_first, timeout=LONG, clock=clock, retry=AT_ONCE)
    assert call() == "done"
    assert len(attempts) == 3


def test_the_last_attempt_that_takes_too_long_is_told_with_the_step_and_the_seconds(
    clock: SetClock, release: threading.Event
) -> None:
    attempts: list[int] = []

    def slow() -> None:
        attempts.append(1)
        clock.now += LONG + 1
        release.wait()

    for retry, tries in ((None, 1), (AT_ONCE, 3), (Retry(attempts=3, on=ValueError, wait=0, jitter=0), 1)):
        attempts.clear()
        with pytest.raises(BuilderTimeoutError) as caught:
            call_of(slow, step="slow", timeout=LONG, clock=clock, retry=retry)()
        assert (caught.value.step, caught.value.seconds, len(attempts)) == ("slow", LONG, tries)


def test_a_coroutine_function_has_its_timeout_and_is_tried_again_in_the_same_way(clock: SetClock) -> None:
    attempts: list[Patient] = []

    async def slow_at_first() -> str:
        if len(attempts) == 2:
            return "done"
        attempts.append(Patient(clock))
        return await attempts[-1]()

    call = call_of(slow_at_first, step="slow", timeout=LONG, clock=clock, is_async=True)
    with pytest.raises(BuilderTimeoutError) as caught:
        asyncio.run(call.awaited())
    assert (caught.value.step, caught.value.seconds) == ("slow", LONG)
    attempts.clear()
    call = call_of(slow_at_first, timeout=LONG, clock=clock, retry=AT_ONCE, is_async=True)
    assert asyncio.run(call.awaited()) == "done"
    assert [patient.said for patient in attempts] == ["cancelled", "cancelled"]


@pytest.mark.parametrize("is_async", [False, True])
def test_nothing_is_tried_again_when_the_call_of_the_run_is_over(clock: SetClock, is_async: bool) -> None:
    attempts: list[int] = []

    def fail() -> None:
        attempts.append(1)
        clock.now += 4
        raise TimeoutError

    async def fail_async() -> None:
        fail()

    until = today(clock) + timedelta(seconds=8)
    call = call_of(fail_async if is_async else fail, retry=AT_ONCE, clock=clock, deadline=until)
    with pytest.raises(TimeoutError):
        asyncio.run(call.awaited()) if is_async else call()
    assert len(attempts) == 2
