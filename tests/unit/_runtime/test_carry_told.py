"""What hooks and observers are told of a call, and what becomes of a call whose time is up."""

import contextlib
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

import polaris
from polaris import BuilderFailedError, Status, Workflow
from polaris._model.events import Event, EventKind
from polaris._model.keys import Key
from polaris._runtime.hooks import Hooks
from polaris.errors import BuilderTimeoutError
from tests.unit._runtime.calls import wait_for_threads
from tests.unit._runtime.carried import Carried, Noting, carried

PATIENCE = 10.0


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    n: int


@dataclass(frozen=True)
class C:
    n: int


@pytest.fixture(params=[False, True], ids=["by effects", "here"])
def keeper(request: pytest.FixtureRequest) -> Noting:
    return Noting({B(1): B(10)}, is_here=request.param)


@pytest.fixture
def pool() -> Iterator[Executor]:
    with ThreadPoolExecutor(3) as pool:
        yield pool


def call(functions: Sequence[object], keeper: Noting, target: object = B, **options: Any) -> Carried:  # noqa: ANN401
    return carried(functions, keeper, target=target, delivered=A(1), **options)


def make_b(a: A) -> B:
    return B(a.n)


def make_c(b: B) -> C:
    return C(b.n)


def decline(a: A) -> B | None:
    return None


def fail(a: A) -> B:
    raise OSError("down")


def wrong(a: A) -> B:
    return C(1)  # type: ignore[return-value]


# --- hooks -----------------------------------------------------------------------------------------------------------


def test_a_hook_is_told_after_what_was_made_is_saved(keeper: Noting) -> None:
    saved: list[list[str]] = []
    call([make_b], keeper, hooks=Hooks(after=lambda name, made: saved.append([*keeper.said])))
    assert saved == [["guard", "keep make_b", "save make_b"]]


def test_a_hook_is_told_what_was_kept_and_not_what_was_returned(keeper: Noting) -> None:
    told: list[object] = []
    call([make_b], keeper, hooks=Hooks(after=lambda name, made: told.append(dict(made))))
    assert told == [{B: B(10)}]


class Hears:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def call_started(self, event: Event) -> None:
        self.events.append(event)

    builder_started = builder_finished = builder_failed = checkpointed = call_finished = call_started

    def told(self) -> list[tuple[str, str | None, tuple[Key, ...], str | None]]:
        assert {(event.workflow, event.run_id, event.round) for event in self.events} == {("flow", "r", 2)}
        return [(event.kind.value, event.builder, event.keys, event.error) for event in self.events]


def test_observers_are_told_of_every_step_of_a_call_without_values(keeper: Noting) -> None:
    hears = Hears()
    call([make_b, make_c], keeper, hooks=Hooks(observers=(hears,)), target=C)
    assert hears.told() == [
        ("call_started", None, ("A",), None),
        ("builder_started", "make_b", (), None),
        ("builder_finished", "make_b", ("B",), None),
        ("checkpointed", "make_b", (), None),
        ("builder_started", "make_c", (), None),
        ("builder_finished", "make_c", ("C",), None),
        ("checkpointed", "make_c", (), None),
    ]
    assert [event.kind for event in hears.events if event.seconds is None] == [
        EventKind.CALL_STARTED,
        EventKind.BUILDER_STARTED,
        EventKind.BUILDER_STARTED,
    ]
    assert all(event.seconds >= 0 for event in hears.events if event.seconds is not None)


def test_observers_are_told_of_a_checkpoint_only_when_there_was_one(keeper: Noting) -> None:
    hears, keeper.saves = Hears(), False
    call([decline], keeper, hooks=Hooks(observers=(hears,)))
    assert [said[:2] for said in hears.told()] == [
        ("call_started", None),
        ("builder_started", "decline"),
        ("builder_finished", "decline"),
    ]


@pytest.mark.parametrize(("builder", "error"), [(fail, "OSError"), (wrong, "ContractViolationError")])
def test_observers_are_told_the_class_of_a_failure_and_not_its_text(
    builder: object, error: str, keeper: Noting
) -> None:
    hears = Hears()
    call([builder], keeper, hooks=Hooks(observers=(hears,)))
    *_, last = hears.events
    assert (last.kind, last.error) == (EventKind.BUILDER_FAILED, error)
    assert "down" not in repr(hears.events)


@pytest.mark.parametrize(
    ("number", "status", "error"),
    [(1, Status.COMPLETED, None), (0, Status.WAITING, None), (-1, Status.FAILED, "OSError")],
)
def test_observers_are_told_how_the_call_ended(number: int, status: Status, error: str | None) -> None:
    def make(a: A, c: C | None = None) -> B | None:
        if a.n < 0:
            raise OSError("down")
        return B(a.n) if a.n else None

    hears = Hears()
    with contextlib.suppress(BuilderFailedError):
        polaris.run(Workflow("flow", target=B, builders=[make]), A(number), observers=[hears])  # type: ignore[list-item]
    *_, last = hears.events
    assert (last.kind, last.status, last.error) == (EventKind.CALL_FINISHED, status, error)
    assert last.seconds is not None


# --- the time of a call ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [False, True])
def test_when_the_time_of_a_call_is_up_what_runs_is_left_behind(keeper: Noting, pool: Executor, threads: bool) -> None:
    may_end = threading.Event()

    def waits(a: A) -> B:
        may_end.wait(PATIENCE)
        return B(1)

    [failure], walk = call([waits], keeper, executor=pool if threads else None, timeout=0.05)
    may_end.set()
    wait_for_threads()
    assert isinstance(failure, BuilderTimeoutError)
    assert (failure.step, failure.seconds) == ("waits", 0.05)
    assert (keeper.said, walk.running, walk.halted) == (["guard"], (), True)
    walk.finish()
    assert walk.ledger.clean_at == 0
