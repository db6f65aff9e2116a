import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pytest

import polaris
from polaris import BuilderFailedError, Status, Workflow
from polaris._model.events import Event, EventKind
from polaris._runtime.hooks import NO_HOOKS, Hooks
from tests.helpers.engines import HOW, opened


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    n: int


@dataclass(frozen=True)
class C:
    n: int


@dataclass(frozen=True)
class Token:
    text: str


def first(a: A) -> tuple[B, Token]:
    return B(a.n), Token("t0ken")


def second(b: B, token: Token) -> C | None:
    return C(b.n) if b.n else None


flow = Workflow("flow", target=C, builders=[first, second], transients=[Token])


def broken(a: A) -> B:
    raise OSError("down")


failing = Workflow("failing", target=B, builders=[broken])

Said = list[tuple[str, str, dict[Any, object]]]


class Hook:
    """Keeps what it is told, as it was then."""

    def __init__(self, name: str, said: Said) -> None:
        self.name = name
        self.said = said

    def __call__(self, builder: str, data: Mapping[Any, object]) -> None:
        self.said.append((self.name, builder, dict(data)))


class Fails:
    """An observer, and a hook, that fails whenever it is told something."""

    def __call__(self, *arguments: object) -> None:
        raise LookupError("s3cret")

    call_started = builder_started = builder_finished = builder_failed = checkpointed = call_finished = __call__


class Hears:
    """An observer that keeps what it is told."""

    def __init__(self) -> None:
        self.kinds: list[EventKind] = []

    def call_started(self, event: Event) -> None:
        self.kinds.append(event.kind)

    builder_started = builder_finished = builder_failed = checkpointed = call_finished = call_started


class HearsTheEnd:
    """An observer that lacks all methods but one."""

    def __init__(self) -> None:
        self.ends: list[Status | None] = []

    def call_finished(self, event: Event) -> None:
        self.ends.append(event.status)


EVENT = Event(kind=EventKind.CALL_STARTED, workflow="flow", run_id="r", round=1)


def test_a_hook_is_told_the_builder_and_what_is_delivered_before_and_what_was_made_after() -> None:
    said: Said = []
    polaris.run(flow, A(1), before=Hook("before", said), after=Hook("after", said))
    assert said == [
        ("before", "first", {A: A(1)}),
        ("after", "first", {B: B(1), Token: Token("t0ken")}),
        ("before", "second", {A: A(1)}),
        ("after", "second", {C: C(1)}),
    ]


def test_a_builder_that_declines_has_made_nothing() -> None:
    said: Said = []
    polaris.run(flow, A(0), after=Hook("after", said))
    assert said[-1] == ("after", "second", {})


def test_a_builder_that_fails_has_a_before_and_no_after() -> None:
    said: Said = []
    with pytest.raises(BuilderFailedError):
        polaris.run(failing, A(1), before=Hook("before", said), after=Hook("after", said))
    assert said == [("before", "broken", {A: A(1)})]


@pytest.mark.parametrize("how", HOW)
def test_in_an_engine_a_hook_is_told_what_this_call_delivers(how: str) -> None:
    said: Said = []
    with opened(how, "memory://", flow, before=Hook("before", said)) as engine:
        engine.run(flow, "r", new=True)
        engine.run(flow, "r", A(1))
        engine.run(flow, "r", A(2))
    assert [data for _, _, data in said] == [{A: A(1)}, {A: A(1)}, {A: A(2)}, {A: A(2)}]


@pytest.mark.parametrize("how", HOW)
def test_a_hook_or_observer_that_fails_is_logged_and_changes_nothing(
    how: str, caplog: pytest.LogCaptureFixture
) -> None:
    hears = Hears()
    with opened(how, "memory://", flow, failing, before=Fails(), after=Fails(), observers=[Fails(), hears]) as engine:
        assert engine.run(flow, "r", A(1)).result == C(1)
        with pytest.raises(BuilderFailedError) as caught:
            engine.run(failing, "f", A(1))
    assert isinstance(caught.value.__cause__, OSError)
    messages = [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR]
    assert "a hook failed at builder first; the run goes on" in messages
    for kind in EventKind:
        assert messages.count(f"an observer failed at {kind}; the run goes on") == hears.kinds.count(kind) > 0
    assert {record.name for record in caplog.records if record.levelno == logging.ERROR} == {"polaris"}
    assert "s3cret" not in " ".join(messages)


def test_an_observer_that_fails_is_logged_without_a_store_too(caplog: pytest.LogCaptureFixture) -> None:
    hears = Hears()
    assert polaris.run(flow, A(1), observers=[Fails(), hears]).result == C(1)  # type: ignore[list-item]
    messages = [record.getMessage() for record in caplog.records]
    for kind in set(hears.kinds):
        assert messages.count(f"an observer failed at {kind}; the run goes on") == hears.kinds.count(kind)
    assert all(record.exc_info and record.exc_info[0] is LookupError for record in caplog.records)


def test_a_failure_is_logged_with_its_traceback(caplog: pytest.LogCaptureFixture) -> None:
    Hooks(observers=(Fails(),)).tell(EVENT)  # type: ignore[arg-type]
    Hooks(after=Fails()).tell_after("first", {})
    assert [record.exc_info[0] if record.exc_info else None for record in caplog.records] == [LookupError, LookupError]


def test_an_observer_that_fails_does_not_keep_the_next_one_from_being_told() -> None:
    hears = Hears()
    Hooks(observers=(Fails(), hears)).tell(EVENT)  # type: ignore[arg-type]
    assert hears.kinds == [EventKind.CALL_STARTED]


def test_an_observer_may_lack_what_it_does_not_care_for(caplog: pytest.LogCaptureFixture) -> None:
    hears = HearsTheEnd()
    polaris.run(flow, A(1), observers=[hears, object()])  # type: ignore[list-item]
    assert hears.ends == [Status.COMPLETED]
    assert caplog.records == []


def test_observers_are_told_from_asyncio_too() -> None:
    hears, said = HearsTheEnd(), Said()
    asyncio.run(polaris.arun(flow, A(1), observers=[hears], before=Hook("before", said), after=Hook("after", said)))  # type: ignore[list-item]
    assert hears.ends == [Status.COMPLETED]
    assert len(said) == 4


def test_who_wants_to_know_nothing_is_told_nothing(caplog: pytest.LogCaptureFixture) -> None:
    NO_HOOKS.tell(EVENT)
    NO_HOOKS.tell_before("first", {A: A(1)})
    NO_HOOKS.tell_after("first", {})
    assert caplog.records == []


def test_what_stops_the_program_is_not_swallowed() -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        polaris.run(flow, A(1), before=interrupt)
