"""Whole runs, as values that a test can draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, cast

from hypothesis import strategies as st

from polaris._assembly import compiled
from polaris._model.compiled import Compiled
from polaris._model.declaration import Function
from polaris._model.events import Event
from polaris._model.keys import TypeForm
from polaris._model.outcome import Outcome
from polaris._model.workflow import Workflow
from polaris._runtime.drive import Driver
from polaris._runtime.memory_call import InMemory
from polaris.errors import StepError
from polaris.stores import SystemClock
from polaris.testing.report import Recorder, as_code
from polaris.testing.strategies import Deltas, Strategies, deliveries
from polaris.testing.subject import NOTHING, Subject, stubbed
from polaris.testing.ways import hooks_of


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Run:
    """A run in memory: what was delivered, and what came of it.

    Attributes:
        script: the deliveries, each a mapping from types to values; before them the run is made, without data.
        outcome: what the last call came to that was made.
        history: what happened in all calls, in order.
        failure: the error of the builder at which the run ended; None if none failed.
    """

    script: tuple[Mapping[TypeForm, object], ...]
    outcome: Outcome[Any]
    history: tuple[Event, ...]
    failure: StepError | None = None

    def __repr__(self) -> str:
        """The deliveries as code to paste into a test, and how the run ended."""
        code = as_code(self.outcome.workflow, [{}, *map(dict, self.script)])
        return f"Run, {self.outcome.status}:\n{code}\n"


@st.composite
def runs(
    draw: st.DrawFn,
    workflow: Workflow[Any],
    *,
    stub: Sequence[Function] = (),
    resources: Mapping[TypeForm, object] = NOTHING,
    strategies: Strategies = NOTHING,
) -> Run:
    """Draw whole runs of a workflow, each a `Run`: deliveries are drawn, and carried in memory.

    For arguments and errors see `check_workflow`; but a builder that fails ends the run, and is told in `Run.failure`.
    """
    found = compiled(workflow)
    subject = Subject(found, stubbed(found, stub), workflow, resources, strategies)
    script = draw(deliveries(workflow, strategies))
    return carry_run(subject.for_example(draw(st.data())), subject, script)


def carry_run(found: Compiled, subject: Subject, script: Deltas) -> Run:
    """Carry deliveries in memory until they end, or a builder fails."""
    recorder = Recorder()
    failure: StepError | None = None
    memory = InMemory(bound=subject.bound(found), hooks=hooks_of(recorder))
    try:
        calls = memory.calls([(delta,) for delta in deepcopy(script)])
        outcome: Outcome[Any] = Driver(None, SystemClock().sleep).drive(calls)
    except StepError as error:
        outcome, failure = cast("Outcome[Any]", error.outcome), error
    return Run(script=tuple(script), outcome=outcome, history=tuple(recorder.events), failure=failure)
