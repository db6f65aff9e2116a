import contextlib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

import polaris
from polaris import Feedback, Status, Workflow
from polaris._model.events import Event, EventKind
from polaris.errors import BuilderFailedError, BuilderTimeoutError, ContractViolationError, StepError
from polaris.protocols import Observer
from polaris.testing.fakes import SetClock
from tests.helpers.engines import HOW, opened

SECRET = "s3cret"


@dataclass(frozen=True)
class A:
    text: str = SECRET


@dataclass(frozen=True)
class B:
    text: str


@dataclass(frozen=True)
class C:
    text: str


@dataclass(frozen=True)
class Token:
    text: str


def first(a: A) -> tuple[B, Token]:
    return B(a.text), Token(a.text)


def second(b: B, token: Token) -> C | None:
    return C(b.text) if b.text else None


flow = Workflow("flow", target=C, builders=[first, second], transients=[Token])


class Keeps:
    """An observer that keeps all events, and sees that each comes to the method of its kind."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def __getattr__(self, name: str) -> Callable[[Event], None]:
        def keep(event: Event) -> None:
            assert event.kind == name
            self.events.append(event)

        return keep

    @property
    def told(self) -> list[tuple[str, dict[str, Any]]]:
        """The kinds of the events, each with the fields that say something new; not how long it took."""
        fields = {"round", "builder", "keys", "status", "error"}
        return [
            (event.kind, {name: getattr(event, name) for name in fields if getattr(event, name)})
            for event in self.events
        ]


def test_every_kind_of_event_has_a_method_of_the_observer_and_every_method_a_kind() -> None:
    methods = [name for name, _ in inspect.getmembers(Observer, inspect.isfunction) if not name.startswith("_")]
    assert sorted(methods) == sorted(EventKind)


def test_an_event_is_frozen_and_says_nothing_that_it_was_not_told() -> None:
    event = Event(kind=EventKind.CALL_STARTED, workflow="flow", run_id=None, round=2)
    assert (event.builder, event.keys, event.status, event.error, event.seconds) == (None, (), None, None, None)
    with pytest.raises(AttributeError):
        event.round = 3  # type: ignore[misc]


@pytest.mark.parametrize("how", HOW)
def test_a_call_is_told_in_order(how: str) -> None:
    keeps = Keeps()
    with opened(how, "memory://", flow, observers=[keeps]) as engine:
        engine.run(flow, "r", A())
    assert keeps.told == [
        ("call_started", {"round": 2, "keys": ("A",)}),
        ("builder_started", {"round": 2, "builder": "first"}),
        ("builder_finished", {"round": 2, "builder": "first", "keys": ("B", "Token")}),
        ("checkpointed", {"round": 2, "builder": "first"}),
        ("builder_started", {"round": 2, "builder": "second"}),
        ("builder_finished", {"round": 2, "builder": "second", "keys": ("C",)}),
        ("checkpointed", {"round": 2, "builder": "second"}),
        ("call_finished", {"round": 2, "status": Status.COMPLETED}),
    ]
    assert {(event.workflow, event.run_id) for event in keeps.events} == {("flow", "r")}


def test_a_call_in_memory_has_no_run_id_and_no_checkpoints() -> None:
    keeps = Keeps()
    polaris.run(flow, A(), observers=[keeps])  # type: ignore[list-item]
    assert {event.run_id for event in keeps.events} == {None}
    assert [event.kind for event in keeps.events] == [
        "call_started", "builder_started", "builder_finished", "builder_started", "builder_finished", "call_finished",
    ]  # fmt: skip


def test_a_checkpoint_at_the_end_of_the_call_is_no_event() -> None:
    keeps = Keeps()
    with polaris.open_engine("memory://", flow, observers=[keeps], checkpoint="call") as engine:  # type: ignore[list-item]
        engine.run(flow, "r", A())
    assert EventKind.CHECKPOINTED not in {event.kind for event in keeps.events}


def test_a_builder_that_declines_has_finished_and_made_no_key() -> None:
    keeps = Keeps()
    with opened("here", "memory://", flow, observers=[keeps]) as engine:
        engine.run(flow, "r", A(""))
    assert keeps.told[-3:] == [
        ("builder_finished", {"round": 2, "builder": "second"}),
        ("checkpointed", {"round": 2, "builder": "second"}),
        ("call_finished", {"round": 2, "status": Status.BLOCKED}),
    ]


def test_a_call_without_anything_to_do_is_not_told_or_starts_and_finishes() -> None:
    keeps = Keeps()
    with opened("here", "memory://", flow, observers=[keeps]) as engine:
        engine.run(flow, "r", new=True)
        made = keeps.told
        engine.run(flow, "r")
    assert [kind for kind, _ in made] == ["call_started", "call_finished"]
    assert made[-1] == ("call_finished", {"status": Status.WAITING})
    assert keeps.told == made


def raising(a: A) -> B:
    raise LookupError(a.text)


def wrong(a: A) -> B:
    return A(a.text)  # type: ignore[return-value]


def late(a: A) -> B:
    clock.now += 61
    return B(a.text)


clock = SetClock()
failing = Workflow("failing", target=B, builders=[raising])
faulty = Workflow("faulty", target=B, builders=[wrong])
limited = Workflow("limited", target=B, builders=[polaris.builder(timeout=60)(late)])


@pytest.mark.parametrize(
    ("workflow", "kind", "error"),
    [
        (failing, BuilderFailedError, "LookupError"),
        (faulty, ContractViolationError, "ContractViolationError"),
        (limited, BuilderTimeoutError, "BuilderTimeoutError"),
    ],
)
@pytest.mark.parametrize("how", HOW)
def test_a_failure_is_told_by_the_class_of_what_happened(
    how: str, workflow: Workflow[B], kind: type[StepError], error: str
) -> None:
    keeps = Keeps()
    with opened(how, "memory://", workflow, observers=[keeps], clock=clock) as engine, pytest.raises(kind) as caught:
        engine.run(workflow, "r", A())
    assert keeps.told == [
        ("call_started", {"round": 2, "keys": ("A",)}),
        ("builder_started", {"round": 2, "builder": caught.value.step}),
        ("builder_failed", {"round": 2, "builder": caught.value.step, "error": error}),
        ("call_finished", {"round": 2, "status": Status.FAILED, "error": error}),
    ]


@dataclass(frozen=True)
class N:
    n: int


def count(a: A, n: Feedback[N] | None = None) -> N:
    return N(n.n + 1 if n else 1)


endless = Workflow("endless", target=N, builders=[count], max_passes=2)


def test_every_pass_has_a_round_of_its_own_and_one_too_many_is_a_failure() -> None:
    keeps = Keeps()
    with (
        opened("here", "memory://", endless, observers=[keeps], checkpoint="call") as engine,
        pytest.raises(StepError),
    ):
        engine.run(endless, "r", A())
    assert keeps.told == [
        ("call_started", {"round": 2, "keys": ("A",)}),
        ("builder_started", {"round": 2, "builder": "count"}),
        ("builder_finished", {"round": 2, "builder": "count", "keys": ("N",)}),
        ("builder_started", {"round": 3, "builder": "count"}),
        ("builder_finished", {"round": 3, "builder": "count", "keys": ("N",)}),
        ("builder_failed", {"round": 4, "builder": "count", "error": "RunawayLoopError"}),
        ("call_finished", {"round": 4, "status": Status.FAILED, "error": "RunawayLoopError"}),
    ]


@pytest.mark.parametrize("workflow", [flow, failing, endless])
def test_what_begins_has_taken_no_time_yet_and_what_ends_has(workflow: Workflow[object]) -> None:
    keeps = Keeps()
    with contextlib.suppress(StepError):
        polaris.run(workflow, A(), observers=[keeps])  # type: ignore[list-item]
    for event in keeps.events:
        assert (event.seconds is None) == event.kind.endswith("started")
        assert event.seconds is None or event.seconds >= 0


def test_events_name_keys_and_never_values() -> None:
    keeps = Keeps()
    with opened("here", "memory://", flow, failing, faulty, observers=[keeps]) as engine:
        engine.run(flow, "r", A())
        for workflow in (failing, faulty):
            with pytest.raises(StepError):
                engine.run(workflow, workflow.name, A())
    assert len(keeps.events) == 16
    assert SECRET not in repr(keeps.events)
