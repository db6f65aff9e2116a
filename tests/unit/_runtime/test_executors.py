import copyreg
import os
import pickle
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextvars import ContextVar
from dataclasses import dataclass
from threading import Lock, get_ident
from typing import Any

import pytest

import polaris
from polaris import BuilderFailedError, Status, Workflow, builder
from polaris._runtime.executors import _Sent, stays, submit
from polaris.testing.fakes import SetClock
from tests.unit._runtime.calls import call_of


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    n: int


class Awkward(Exception):
    """Cannot be made again from what pickling keeps of it."""

    def __init__(self, what: str, why: str) -> None:
        super().__init__(f"{what}, because {why}")


class Holding(Exception):
    """Holds what cannot be pickled."""

    def __init__(self) -> None:
        super().__init__("holding")
        self.lock = Lock()


class Elsewhere(Executor):
    """Stands in for another process: a call is pickled on its way there, and its result on its way back."""

    def submit(self, function: Callable[[], Any], /) -> Future[Any]:  # type: ignore[override]
        future: Future[Any] = Future()
        try:
            there = pickle.loads(pickle.dumps(function))
            future.set_result(pickle.loads(pickle.dumps(there())))
        except Exception as error:  # noqa: BLE001 - as pools do
            future.set_exception(error)
        return future


class Unsendable(SetClock):
    """A clock that must stay where it is."""

    def __init__(self) -> None:
        super().__init__()
        self.lock = Lock()


user: ContextVar[str] = ContextVar("user", default="nobody")


def see_user() -> str:
    seen = user.get()
    user.set("the builder")
    return seen


def where() -> int:
    return get_ident()


def raise_awkward() -> None:
    raise Awkward("it failed", "it is awkward")


def raise_holding() -> None:
    raise Holding


def raise_plain() -> None:
    raise OSError("down")


def double(a: A) -> B:
    return B(2 * a.n)


@builder(local=True)
def double_here(a: A) -> B:
    return B(2 * a.n)


sent = Workflow("sent", target=B, builders=[double])
kept = Workflow("kept", target=B, builders=[double_here])


def test_a_local_call_stays_here_unless_the_executor_is_made_of_threads() -> None:
    local, free = call_of(where, local=True), call_of(where)
    with ThreadPoolExecutor(1) as threads:
        assert [stays(threads, local), stays(Elsewhere(), local), stays(Elsewhere(), free)] == [False, True, False]
        assert submit(threads, local).result() != get_ident()


def test_a_thread_has_the_context_variables_of_the_caller_and_cannot_change_them() -> None:
    user.set("the caller")
    with ThreadPoolExecutor(1) as threads:
        seen = [submit(threads, call_of(see_user)).result() for _ in range(2)]
    assert seen == ["the caller", "the caller"]
    assert user.get() == "the caller"


def test_a_call_is_sent_anywhere_else_without_the_clock() -> None:
    with polaris.open_engine("memory://", sent, executor=Elsewhere(), clock=Unsendable()) as engine:
        assert engine.run(sent, "r", A(2)).result == B(4)


def test_a_call_that_may_not_be_sent_is_made_here() -> None:
    class Nowhere(Executor):
        pass  # raises NotImplementedError when anything is submitted

    assert polaris.run(kept, A(2), executor=Nowhere()).result == B(4)
    with pytest.raises(BuilderFailedError) as caught:
        polaris.run(sent, A(2), executor=Nowhere())
    assert caught.value.reason == "NotImplementedError"


def test_an_executor_that_is_closed_makes_a_builder_fail_and_loses_nothing() -> None:
    threads = ThreadPoolExecutor(1)
    threads.shutdown()
    with polaris.open_engine("memory://", sent, executor=threads) as engine:
        with pytest.raises(BuilderFailedError) as caught:
            engine.run(sent, "r", A(2))
        state = engine.get("r")
    assert (caught.value.step, caught.value.reason) == ("double", "RuntimeError")
    assert (state.status, state[A]) == (Status.FAILED, A(2))


@pytest.mark.parametrize(
    ("function", "text"),
    [(raise_awkward, "Awkward: it failed, because it is awkward"), (raise_holding, "Holding: holding")],
)
def test_an_exception_that_cannot_come_back_from_another_process_is_replaced_by_its_text(
    function: Callable[[], object], text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in (Awkward, Holding):  # Dask, once it is imported, has a way of its own to pickle exceptions
        monkeypatch.delitem(copyreg.dispatch_table, kind, raising=False)
    with pytest.raises(RuntimeError) as caught:
        _Sent(call_of(function), origin=-1)()
    assert str(caught.value) == text


@pytest.mark.parametrize("function", [raise_awkward, raise_holding])
def test_what_replaces_an_exception_holds_on_to_nothing_of_it(
    function: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in (Awkward, Holding):
        monkeypatch.delitem(copyreg.dispatch_table, kind, raising=False)
    with pytest.raises(RuntimeError) as caught:
        _Sent(call_of(function), origin=-1)()
    assert (caught.value.__cause__, caught.value.__context__) == (None, None)


def test_an_exception_that_can_come_back_is_raised_as_it_is() -> None:
    with pytest.raises(OSError, match="down"):
        _Sent(call_of(raise_plain), origin=-1)()


def test_an_exception_is_raised_as_it_is_when_the_call_never_left() -> None:
    with pytest.raises(Awkward):
        _Sent(call_of(raise_awkward), origin=os.getpid())()


def test_what_was_sent_gives_what_the_builder_returned() -> None:
    assert _Sent(call_of(where), origin=-1)() == get_ident()
