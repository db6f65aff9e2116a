"""Paths: what a run can come by on its way through a plan, and which of it was never seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from functools import wraps
from inspect import Parameter, signature
from typing import Any

from polaris._assembly import compiled
from polaris._model.compiled import Compiled
from polaris._model.contract import Input
from polaris._model.declaration import Function
from polaris._model.events import Event, EventKind
from polaris._model.keys import TypeForm, runtime_class
from polaris._model.markers import Mode
from polaris._model.outcome import Status
from polaris._model.plan import KeyKind, Plan, Step
from polaris._model.workflow import Workflow
from polaris.testing.runs import Run, carry_run
from polaris.testing.strategies import Deltas, Strategies, deliveries
from polaris.testing.subject import NOTHING, Subject, examples, stubbed


@dataclass(frozen=True, slots=True, kw_only=True)
class PathCoverage:
    """The paths of a workflow.

    Attributes:
        workflow: its name.
        seen: the paths that runs took.
        missed: those that no run took.
        failures: how builders failed, where they did; a failure is no path that must be seen.
    """

    workflow: str
    seen: tuple[str, ...]
    missed: tuple[str, ...]
    failures: tuple[str, ...] = ()

    @property
    def percent(self) -> float:
        """How many of the paths were seen, in percent."""
        paths = len(self.seen) + len(self.missed)
        return 100 * len(self.seen) / paths if paths else 100.0

    def __str__(self) -> str:
        head = f"{self.workflow}: {self.percent:.0f} % of {len(self.seen) + len(self.missed)} paths seen"
        never = [f"  never seen: {path}" for path in self.missed]
        return "\n".join([head, *never, *(f"  failed: {failure}" for failure in self.failures)])


def path_coverage(
    workflow: Workflow[Any],
    *,
    stub: Sequence[Function] = (),
    resources: Mapping[TypeForm, object] = NOTHING,
    strategies: Strategies = NOTHING,
    at_least: float = 0,
) -> PathCoverage:
    """Run a workflow on drawn deliveries, and say which of its paths were never seen.

    A path is a variant that a builder made, or that it declined; an optional input that was there, or was not; the
    alternative that was passed; another pass of a loop; and how a call ended. For the first four arguments see
    `check_workflow`.

    Args:
        workflow: the workflow.
        stub: builders to stand in for.
        resources: the services that the other builders ask for.
        strategies: strategies for types that need their own.
        at_least: how many percent of the paths must be seen.

    Raises:
        AssertionError: fewer were seen; the message is the report.
        DeclarationError: values of a type cannot be drawn, or `stub` names a function that is no builder of it.
    """
    found = compiled(workflow)
    coverage = _coverage(Subject(found, stubbed(found, stub), workflow, resources, strategies))
    if coverage.percent < at_least:
        raise AssertionError(f"{coverage}\nat least {at_least:g} % are wanted")
    return coverage


def measure(subject: Subject) -> None:
    """Measure the coverage for observers, if there are any."""
    if OBSERVERS:
        _coverage(subject)


def _coverage(subject: Subject) -> PathCoverage:
    notes = Notes()

    def note(found: Compiled, subject: Subject, script: Deltas) -> None:
        notes.note(found.plan, carry_run(notes.over(found), subject, script))

    examples(subject, deliveries(subject.workflow, subject.strategies), note)
    return notes.tell(subject.found.plan)


OBSERVERS: list[Callable[[PathCoverage], object]] = []
"""Functions that are told of every coverage that was measured: the plugin for pytest is one."""


@dataclass(frozen=True, slots=True)
class Notes:
    """Paths that were seen, and failures."""

    seen: set[str] = field(default_factory=set)
    failures: set[str] = field(default_factory=set)

    def over(self, found: Compiled) -> Compiled:
        """Give a workflow whose builders are looked at: what they are passed."""
        functions = {
            step.name: self._around(found, step, found.functions[step.name])
            if step.inputs
            else found.functions[step.name]
            for step in found.plan.steps
        }
        return replace(found, functions={**found.functions, **functions})

    def note(self, plan: Plan, run: Run) -> None:
        """Note what a run came by."""
        makers = {step.name: step for step in plan.steps}
        rounds: dict[str | None, set[int]] = {}
        for event in run.history:
            if event.kind is EventKind.BUILDER_FINISHED:
                self._note_made(event, makers)
            elif event.kind is EventKind.BUILDER_FAILED:
                self.failures.add(f"{event.builder}: {event.error}")
            elif event.kind is EventKind.CALL_STARTED:
                rounds.clear()
            elif event.kind is EventKind.CALL_FINISHED and event.status is not None:
                self.seen.add(_ends(event.status))
            if event.kind is EventKind.BUILDER_STARTED:
                rounds.setdefault(event.builder, set()).add(event.round)
                if len(rounds[event.builder]) > 1:
                    self.seen.add(_again(str(event.builder)))

    def coverage(self, plan: Plan) -> PathCoverage:
        """Compare what was seen with what a plan has."""
        paths = list(dict.fromkeys(paths_of(plan)))
        return PathCoverage(
            workflow=plan.workflow,
            seen=tuple(path for path in paths if path in self.seen),
            missed=tuple(path for path in paths if path not in self.seen),
            failures=tuple(sorted(self.failures)),
        )

    def tell(self, plan: Plan) -> PathCoverage:
        """Tell all observers of the coverage, and give it."""
        coverage = self.coverage(plan)
        for observe in OBSERVERS:
            observe(coverage)
        return coverage

    def _note_made(self, event: Event, makers: Mapping[str, Step]) -> None:
        name = str(event.builder)
        made = event.keys or ([_NOTHING] if makers[name].may_decline else [])
        self.seen.update(_makes(name, key) for key in made)

    def _around(self, found: Compiled, step: Step, function: Function) -> Function:
        parameters = signature(function).parameters

        @wraps(function)
        def noted(*args: object, **kwargs: object) -> object:
            passed = {**dict(zip(parameters, args, strict=False)), **kwargs}
            for given in step.inputs:
                self.seen.update(_passed(found, step, given, _present(parameters, passed, given)))
            return function(*args, **kwargs)

        return noted


_NOTHING = "nothing"


def paths_of(plan: Plan) -> Iterator[str]:
    """Give all paths of a plan, in its order."""
    for step in plan.steps:
        for given in step.inputs:
            if not given.required:
                yield _with(step, given, there=True)
                yield _with(step, given, there=False)
            if len(given.keys) > 1:
                yield from (_alternative(step, key) for key in given.keys)
        yield from (_makes(step.name, key) for key in step.produces)
        if step.may_decline:
            yield _makes(step.name, _NOTHING)
        if any(given.mode is Mode.FEEDBACK for given in step.inputs):
            yield _again(step.name)
    yield _ends(Status.COMPLETED)
    if any(info.kind is KeyKind.INPUT for info in plan.keys):
        yield _ends(Status.WAITING)


def _present(parameters: Mapping[str, Parameter], passed: Mapping[str, object], given: Input) -> object | None:
    value = passed.get(given.parameter)
    default = parameters[given.parameter].default if given.parameter in parameters else None
    return None if value is default else value


def _passed(found: Compiled, step: Step, given: Input, value: object | None) -> AbstractSet[str]:
    paths = {_with(step, given, there=value is not None)}
    if value is not None and len(given.keys) > 1:
        paths |= {_alternative(step, key) for key in given.keys if type(value) is runtime_class(found.types[key])}
    return paths


def _makes(builder: str, key: str) -> str:
    return f"{builder} makes {key}"


def _again(builder: str) -> str:
    return f"{builder} runs in another pass"


def _ends(status: Status) -> str:
    return f"a call ends {status}"


def _with(step: Step, given: Input, *, there: bool) -> str:
    return f"{step.name} runs {'with' if there else 'without'} {' | '.join(given.keys)}"


def _alternative(step: Step, key: str) -> str:
    return f"{step.name} is passed {key}"
