"""Carries one call to its end: walk, start, wait, keep, checkpoint, go on."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from polaris._model.keys import TypeForm
from polaris._runtime.bind import Bound
from polaris._runtime.call import Call, Products, prepare, products
from polaris._runtime.script import Await, Ended, Script, Start
from polaris._runtime.walk import Walk
from polaris.errors import BuilderFailedError, RunawayLoopError, StepError

_LOGGER = logging.getLogger("polaris")

Before = Callable[[str, Mapping[TypeForm, object]], object]
"""Called with a builder's name and what this call delivers, by type, before the builder runs."""

After = Callable[[str, Mapping[TypeForm, object]], object]
"""Called with a builder's name and what it made, by type, when it has run; with nothing if it declined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """What users want to be told. A hook's own failure is logged and changes nothing."""

    before: Before | None = None
    after: After | None = None


NO_HOOKS = Hooks()


class Keeper(Protocol):
    """What is done with what builders make: nothing in memory, a checkpoint in an engine."""

    def guard(self) -> None:
        """Raise if no builder may be started any more."""
        ...

    def keep(self, step: str, made: Products, /) -> Products:
        """Encode what a step made, and give it as it will be read again."""
        ...

    def checkpoint(self, walk: Walk, /) -> Script[None]:
        """Save what changed since the last checkpoint."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One call: the plan, where the walk stands, and who wants to know."""

    bound: Bound
    walk: Walk
    run_id: str | None
    uid: str
    delta: Mapping[TypeForm, object]
    hooks: Hooks
    keeper: Keeper
    at_once: int | None
    """How many builders may be started before one of them has ended: 1 in the calling thread, None for no limit."""


def carry(job: Job) -> Script[tuple[StepError, ...]]:
    """Move the walk until nothing more can be done in this call, and give its failures in plan order."""
    walk, passes = job.walk, 1
    failures: dict[int, StepError] = {}
    while walk.ledger.is_open:
        for number in walk.ready(job.at_once):
            yield Start(number, _start(job, number))
        if walk.running:
            yield from _take(job, (yield Await()), failures)
        elif walk.is_active:
            continue
        elif not walk.next_pass():
            break
        elif passes == job.bound.plan.max_passes:
            walk.stop()
            number = walk.first
            failures[number] = RunawayLoopError(job.bound.steps[number].step.name, passes=passes)
        else:
            passes += 1
    return tuple(failures[number] for number in sorted(failures))


def _start(job: Job, number: int) -> Call:
    job.keeper.guard()
    bound = job.bound.steps[number]
    if job.hooks.before is not None:
        _tell(job.hooks.before, bound.step.name, job.delta)
    index = job.bound.index.steps[number]
    return prepare(bound, job.walk.ledger, index, run_id=job.run_id, uid=job.uid, workflow=job.bound.plan.workflow)


def _take(job: Job, ended: Ended, failures: dict[int, StepError]) -> Script[None]:
    """Take what came of one step: save what it made, or note that it failed."""
    bound = job.bound.steps[ended.number]
    name = bound.step.name
    failed: StepError | None = None
    made: Products = []
    if ended.error is not None:
        failed = BuilderFailedError(name, reason=type(ended.error).__name__)
        failed.__cause__ = ended.error
    else:
        try:
            made = job.keeper.keep(name, products(bound, ended.returned))
        except StepError as error:
            failed = error
    if failed is not None:
        failures[ended.number] = failed
        job.walk.failed(ended.number)
        return
    job.walk.made(ended.number, made)
    yield from job.keeper.checkpoint(job.walk)
    job.walk.done(ended.number)
    if job.hooks.after is not None:
        _tell(job.hooks.after, name, {job.bound.types[key]: value for key, value in made})


def _tell(hook: Before | After, name: str, data: Mapping[TypeForm, object]) -> None:
    try:
        hook(name, data)
    except Exception:
        _LOGGER.exception("a hook failed at builder %s; the run goes on", name)
