"""Data, builders and calls for the tests of straight-line code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from polaris import Outcome, Workflow
from polaris._assembly import compiled
from polaris._model.keys import Key
from polaris._runtime.bind import prepare_plan
from polaris._runtime.delivery import read_delivery
from polaris._runtime.drive import Driver
from polaris._runtime.memory_call import InMemory
from polaris._runtime.specialise import FEW, Shortcuts
from polaris._runtime.straight import Straight, write
from polaris.errors import StepError


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
class D:
    n: int


@dataclass(frozen=True)
class SubB(B):
    pass


def flow_of(*functions: Callable[..., object], target: Any = C, transients: tuple[Any, ...] = ()) -> Workflow[Any]:  # noqa: ANN401
    return Workflow("flow", target=target, builders=functions, transients=transients)


def written(workflow: Workflow[Any], *delivered: str, given: tuple[str, ...] = ()) -> Straight:
    keys = [Key(key) for key in delivered]
    return write(prepare_plan(compiled(workflow)), keys, frozenset(Key(key) for key in given))


def body(straight: Straight) -> list[str]:
    """Give the lines between the head and the foot."""
    first = straight.lines.index("        outcome = new_(Outcome_)")
    return [line[8:] for line in straight.lines[first + 1 : -4]]


def outcome_of(workflow: Workflow[Any], *data: object) -> Outcome[Any]:
    """Call it in straight-line code, and compare with the walk."""
    bound = prepare_plan(compiled(workflow))
    delta = read_delivery(bound.known, data)
    shortcuts = Shortcuts(bound)
    assert [shortcuts.call(delta, data, {}) for _ in range(FEW)] == [None] * FEW
    outcome = shortcuts.call(delta, data, {})
    assert outcome is not None
    walked = Driver(None, lambda _: None).drive(InMemory(bound=bound).carry(delta))
    assert outcome == walked
    assert list(outcome.data.items()) == list(walked.data.items())
    assert list(outcome.produced.items()) == list(walked.produced.items())
    return outcome


def failure_of(workflow: Workflow[Any], *data: object) -> StepError:
    """Call it in straight-line code, compare with the walk, and give the failure that both come to."""
    bound = prepare_plan(compiled(workflow))
    delta = read_delivery(bound.known, data)
    shortcuts = Shortcuts(bound)
    assert [shortcuts.call(delta, data, {}) for _ in range(FEW)] == [None] * FEW
    with pytest.raises(StepError) as caught:
        shortcuts.call(delta, data, {})
    with pytest.raises(StepError) as walked:
        Driver(None, lambda _: None).drive(InMemory(bound=bound).carry(delta))
    assert (type(caught.value), str(caught.value)) == (type(walked.value), str(walked.value))
    assert caught.value.outcome == walked.value.outcome
    return caught.value


def warmed(workflow: Workflow[Any], *data: object) -> Shortcuts:
    shortcuts = Shortcuts(prepare_plan(compiled(workflow)))
    delta = read_delivery(shortcuts.bound.known, data)
    for _ in range(FEW + 1):
        shortcuts.call(delta, data, {})
    return shortcuts


def make_b(a: A) -> B:
    return B(a.n)


def make_c(b: B) -> C:
    return C(b.n)
