"""Whole runs that a test draws."""

from dataclasses import dataclass

import pytest

from polaris import Status, Workflow
from polaris.testing import runs
from tests.unit.testing.drawing import all_of, first

pytestmark = pytest.mark.usefixtures("same_each_time")


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class Note:
    n: int


@dataclass(frozen=True)
class Out:
    n: int


def ask(a: A) -> Note | None: ...


def read(note: Note) -> Out:
    return Out(1 // note.n)


FLOW = Workflow("flow", target=Out, builders=[ask, read])


def test_runs_reach_every_end() -> None:
    found = all_of(runs(FLOW, stub=[ask]))
    assert {run.outcome.status for run in found} == {Status.WAITING, Status.BLOCKED, Status.COMPLETED, Status.FAILED}


def test_a_run_that_fails_says_how() -> None:
    run = first(runs(FLOW, stub=[ask]), lambda run: run.failure)
    assert (run.failure.step, run.failure.reason) == ("read", "ZeroDivisionError")
    assert run.script == ({A: A(0)},)
    assert [event.builder for event in run.history if event.error and event.builder] == ["read"]
    assert repr(run) == (
        'Run, failed:\n    engine.run(flow, "run", new=True)\n    engine.run(flow, "run", {A: A(n=0)})\n'
    )
