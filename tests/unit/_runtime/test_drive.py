import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextvars import ContextVar
from typing import Any, TypeVar

import pytest

from polaris._runtime.drive import Driver, come_of
from polaris._runtime.script import Abandon, Ask, Await, Ended, Script, Sleep, Start, ask
from tests.unit._runtime.calls import call_of, come_to, taken, wait_for_threads

PATIENCE = 10.0


@pytest.fixture
def pool() -> Iterator[Executor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


def start(*functions: Callable[[], object]) -> Script[list[Ended]]:
    """Start builders, and give what came of them in the order in which they ended."""
    for number, function in enumerate(functions):
        yield Start(number, call_of(function))
    ended: list[Ended] = []
    while len(ended) < len(functions):
        ended.append((yield Await()))
    return ended


T = TypeVar("T")


def drive(script: Script[T], executor: Executor | None = None) -> T:
    return Driver(executor, lambda _: None).drive(script)


# --- effects ---------------------------------------------------------------------------------------------------------


def test_a_script_is_given_its_answers_and_its_result_is_given_back() -> None:
    def script() -> Script[str]:
        one = yield from ask(lambda: 1)
        two = yield from ask(lambda: one + 1)
        return f"{one} {two}"

    assert drive(script()) == "1 2"


def test_a_script_that_asks_for_nothing_is_done_at_once() -> None:
    def script() -> Script[int]:
        yield from ()
        return 7

    assert drive(script()) == 7


def test_a_pause_is_left_to_the_clock() -> None:
    slept: list[float] = []

    def script() -> Script[None]:
        yield Sleep(0.25)
        yield Sleep(3.0)

    Driver(None, slept.append).drive(script())
    assert slept == [0.25, 3.0]


def test_what_a_script_raises_is_raised() -> None:
    def script() -> Script[None]:
        yield Sleep(0)
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        drive(script())


def is_down() -> int:
    raise OSError("down")


def test_what_an_effect_raises_is_raised_in_the_script_where_it_may_be_caught() -> None:
    def script() -> Script[str]:
        try:
            yield from ask(is_down)
        except OSError as error:
            return f"{error}, {yield from ask(lambda: 'but alive')}"
        return "nothing raised"

    assert drive(script()) == "down, but alive"


def test_what_an_effect_raises_and_a_script_does_not_catch_is_raised_when_it_has_let_go() -> None:
    let_go: list[str] = []

    def script() -> Script[None]:
        try:
            yield from ask(is_down)
        finally:
            let_go.append("lease")

    with pytest.raises(OSError, match="down"):
        drive(script())
    assert let_go == ["lease"]


# --- builders in the calling thread ----------------------------------------------------------------------------------


def test_without_an_executor_builders_run_in_the_calling_thread_in_the_order_of_their_start() -> None:
    threads: list[threading.Thread] = []

    def note(number: int) -> Callable[[], int]:
        def builder() -> int:
            threads.append(threading.current_thread())
            return number

        return builder

    ended = drive(start(note(10), note(20), note(30)))
    assert ended == [Ended(0, returned=10), Ended(1, returned=20), Ended(2, returned=30)]
    assert threads == [threading.current_thread()] * 3


def test_without_an_executor_a_builder_runs_when_it_is_waited_for() -> None:
    said: list[str] = []

    def script() -> Script[None]:
        yield Start(0, call_of(lambda: said.append("runs")))
        said.append("started")
        yield Await()
        said.append("ended")

    drive(script())
    assert said == ["started", "runs", "ended"]


def test_a_builder_that_raises_has_ended_like_any_other() -> None:
    [ended] = drive(start(is_down))
    assert (ended.number, ended.returned) == (0, None)
    assert isinstance(ended.error, OSError)


def interrupted() -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("threads", [False, True])
def test_an_interrupt_in_a_builder_ends_the_script_and_reaches_the_caller(pool: Executor, threads: bool) -> None:
    let_go: list[str] = []

    def script() -> Script[None]:
        try:
            yield from start(interrupted)
        finally:
            let_go.append("lease")

    with pytest.raises(KeyboardInterrupt):
        drive(script(), pool if threads else None)
    assert let_go == ["lease"]


# --- builders on an executor -----------------------------------------------------------------------------------------


def test_on_an_executor_builders_run_at_the_same_time(pool: Executor) -> None:
    both = threading.Barrier(2)
    ended = drive(start(lambda: both.wait(PATIENCE), lambda: both.wait(PATIENCE)), pool)
    assert {one.number for one in ended} == {0, 1}
    assert [one.error for one in ended] == [None, None]
    assert {one.returned for one in ended} == {0, 1}


def test_on_an_executor_the_builder_that_ended_first_is_given_first(pool: Executor) -> None:
    may_end = threading.Event()

    def script() -> Script[list[Ended]]:
        yield Start(0, call_of(lambda: may_end.wait(PATIENCE)))
        yield Start(1, call_of(lambda: "quick"))
        first = yield Await()
        may_end.set()
        return [first, (yield Await())]

    assert drive(script(), pool) == [Ended(1, returned="quick"), Ended(0, returned=True)]


def test_on_an_executor_builders_that_raise_and_builders_that_return_are_told_apart(pool: Executor) -> None:
    ended = {one.number: one for one in drive(start(is_down, lambda: 5), pool)}
    assert isinstance(ended[0].error, OSError)
    assert ended[1] == Ended(1, returned=5)


def test_an_executor_that_takes_nothing_more_makes_it_a_builder_that_failed(pool: Executor) -> None:
    pool.shutdown()
    [ended] = drive(start(is_down), pool)
    assert isinstance(ended.error, RuntimeError)


class Elsewhere(Executor):
    """An executor of which nothing is known; it runs what it is given in threads of another pool."""

    def __init__(self, pool: Executor) -> None:
        self.pool = pool
        self.sent = 0

    def submit(self, function: Callable[[], Any], /) -> Future[Any]:  # type: ignore[override]
        self.sent += 1
        return self.pool.submit(function)


def test_a_local_builder_stays_in_the_calling_thread_beside_those_that_were_sent(pool: Executor) -> None:
    elsewhere = Elsewhere(pool)
    effects = Start(0, call_of(threading.get_ident, local=True)), Start(1, call_of(threading.get_ident))
    *_, one, other = drive(taken(*effects, Await(), Await()), elsewhere)
    threads = {ended.number: ended.returned for ended in (one, other)}
    assert threads[0] == threading.get_ident() != threads[1]
    assert elsewhere.sent == 1


def test_what_was_sent_and_has_ended_is_given_before_a_local_builder_is_run(pool: Executor) -> None:
    said: list[str] = []
    sent = threading.Event()

    def script() -> Script[list[Ended]]:
        yield Start(0, call_of(lambda: said.append("local"), local=True))
        yield Start(1, call_of(sent.set))
        yield Ask(lambda: sent.wait(PATIENCE))
        yield Ask(pool.shutdown)  # so that what came of it has been told
        return [(yield Await()), (yield Await())]

    assert [ended.number for ended in drive(script(), Elsewhere(pool))] == [1, 0]
    assert said == ["local"]


# --- for so long ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [False, True])
def test_waiting_ends_when_its_time_is_up_and_goes_on_later(pool: Executor, threads: bool) -> None:
    may_end = threading.Event()

    def waits() -> str:
        assert may_end.wait(PATIENCE)
        return "late"

    def script() -> Script[list[object]]:
        yield Start(0, call_of(waits))
        nothing = yield Await(0.01)
        may_end.set()
        return [nothing, come_to((yield Await()))]

    assert drive(script(), pool if threads else None) == [None, "late"]


def test_a_builder_in_the_calling_thread_that_is_waited_for_so_long_runs_beside_it_with_its_context() -> None:
    user: ContextVar[str] = ContextVar("user")
    user.set("the caller")

    def builder() -> tuple[str, int]:
        return user.get(), threading.get_ident()

    *_, ended = drive(taken(Start(0, call_of(builder)), Await(PATIENCE)))
    name, thread = ended.returned
    assert name == "the caller"
    assert thread != threading.get_ident()


# --- leaving builders behind ------------------------------------------------------------------------------------------


def test_nothing_to_abandon_has_ended() -> None:
    assert drive(taken(Abandon())) == [True]


def test_a_builder_in_the_calling_thread_that_is_abandoned_is_never_run() -> None:
    said: list[str] = []
    effects = Start(0, call_of(lambda: said.append("old"))), Abandon(), Start(1, call_of(lambda: "new")), Await()
    answers = drive(taken(*effects))
    assert answers == [None, True, None, Ended(1, returned="new")]
    assert said == []


@pytest.mark.parametrize("threads", [False, True])
def test_what_a_builder_that_was_left_behind_comes_to_is_dropped(pool: Executor, threads: bool) -> None:
    begun, may_end, has_ended = threading.Event(), threading.Event(), threading.Event()

    def waits() -> str:
        begun.set()
        assert may_end.wait(PATIENCE)
        has_ended.set()
        return "old"

    def script() -> Script[list[object]]:
        yield Start(0, call_of(waits))
        yield Await(0.01)
        yield Ask(lambda: begun.wait(PATIENCE))
        all_ended = yield Abandon()
        may_end.set()
        yield Ask(lambda: has_ended.wait(PATIENCE))
        yield Ask(wait_for_threads)
        yield Start(1, call_of(lambda: "new"))
        return [all_ended, (yield Await())]

    assert drive(script(), pool if threads else None) == [False, Ended(1, returned="new")]


def test_a_builder_that_has_ended_and_was_not_taken_is_dropped_too(pool: Executor) -> None:
    def script() -> Script[list[object]]:
        yield Start(0, call_of(lambda: "old"))
        yield Ask(pool.shutdown)
        return [(yield Abandon()), (yield Await(0.01))]

    assert drive(script(), pool) == [True, None]


def test_a_builder_that_still_waits_for_its_thread_is_never_started() -> None:
    begun, may_end = threading.Event(), threading.Event()
    said: list[str] = []

    def waits() -> None:
        begun.set()
        assert may_end.wait(PATIENCE)

    with ThreadPoolExecutor(1) as pool:
        effects = (
            Start(0, call_of(waits)),
            Ask(lambda: begun.wait(PATIENCE)),
            Start(1, call_of(lambda: said.append("ran"))),
        )
        answers = drive(taken(*effects, Abandon()), pool)
        may_end.set()
    assert answers[-1] is False
    assert said == []


# --- what came of it --------------------------------------------------------------------------------------------------


def test_a_failure_is_what_came_of_a_builder_and_an_interrupt_is_for_the_caller() -> None:
    assert come_of(3, lambda: 5) == Ended(3, returned=5)
    assert isinstance(come_of(3, is_down).error, OSError)
    with pytest.raises(KeyboardInterrupt):
        come_of(3, interrupted)
