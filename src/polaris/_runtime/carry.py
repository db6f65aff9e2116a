"""Carries one call to its end: walk, start, wait, keep, checkpoint, go on."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from polaris._model.events import Event, EventKind
from polaris._model.keys import Key, TypeForm
from polaris._model.outcome import Status
from polaris._model.records import new
from polaris._runtime.bind import Bound
from polaris._runtime.call import Call, Failure, Products, Setting, failure_of, made_of, prepare, returned_by
from polaris._runtime.drive import come_of
from polaris._runtime.hooks import BADLY_TOLD, Hooks, tell
from polaris._runtime.limits import Limit, limit
from polaris._runtime.script import Abandon, Await, Ended, Script, Start
from polaris._runtime.walk import Walk
from polaris.errors import BuilderFailedError, BuilderTimeoutError, RunawayLoopError, StepError
from polaris.protocols import Clock

_LOGGER = logging.getLogger("polaris")

_FINISHED = EventKind.BUILDER_FINISHED
_DEADLY = "its workers died, one after another"


class Keeper(Protocol):
    """What is done with what builders make: nothing in memory, a checkpoint in an engine.

    Attributes:
        keeps: whether anything is done at all.
    """

    keeps: bool

    def guard(self) -> None:
        """Raise if no builder may be started any more."""
        ...

    def keep(self, step: str, made: Products, /) -> Products:
        """Encode what a step made, and give it as it will be read again."""
        ...

    def checkpoint(self, walk: Walk, /) -> Script[bool]:
        """Save what changed since the last checkpoint, and say whether that was done now."""
        ...

    def save(self, walk: Walk, /) -> bool:
        """Do the same in this thread, at once."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One call: the plan, where the walk stands, and who wants to know."""

    bound: Bound
    walk: Walk
    run_id: str | None
    uid: str
    delta: Mapping[TypeForm, object]
    delivered: tuple[Key, ...]
    hooks: Hooks
    keeper: Keeper
    clock: Clock | None
    at_once: int | None
    """How many builders may be started before one of them has ended: 1 in the calling thread, None for no limit."""
    notes: list[Event] | None = None
    """What is to be saved with the next write, for the history; None to save nothing."""
    is_here: bool = False
    """Whether all is done in this thread, one thing at a time: then no effect is asked for."""
    is_hopeless: bool = False
    """Whether this call has cost its workers their lives, so that it is ended as a failed one."""
    since: float = field(default_factory=time.monotonic)

    def event(self, kind: EventKind, **more: Any) -> Event | None:  # noqa: ANN401 - fields of an event
        """Say that something happened now; None if nobody wants to know."""
        if not self.hooks.observers and self.notes is None:
            return None
        name, now = self.bound.plan.workflow, self.walk.ledger.round
        return Event(kind=kind, workflow=name, run_id=self.run_id, round=now, **more)

    def finished(self, status: Status, failures: tuple[StepError, ...]) -> Event | None:
        """Say how the call ended."""
        error = class_of(failures[0]) if failures else None
        return self.event(EventKind.CALL_FINISHED, status=status, error=error, seconds=time.monotonic() - self.since)

    def note(self, event: Event | None) -> None:
        """Have something saved with the next write."""
        if event is not None and self.notes is not None:
            self.notes.append(event)

    def tell(self, event: Event | None) -> None:
        """Tell observers that something happened."""
        if event is not None:
            self.hooks.tell(event)


def carry(job: Job) -> Script[tuple[StepError, ...]]:
    """Move the walk until nothing more can be done in this call, and give its failures in plan order."""
    if job.hooks.told(EventKind.CALL_STARTED):
        job.tell(job.event(EventKind.CALL_STARTED, keys=job.delivered))
    carrier = _Carrier(job)
    failures = carrier.carry_here() if carrier.is_here else (yield from carrier.carry())
    return tuple(failures[number] for number in sorted(failures))


class _Carrier:
    """A call on its way."""

    def __init__(self, job: Job) -> None:
        plan = job.bound.plan
        self._job = job
        self._notes = job.notes
        self._walk = job.walk
        self._steps = job.bound.steps
        self._limit: Limit | None = None if plan.timeout is None else limit(plan.timeout, job.clock)
        self._setting = Setting(
            workflow=plan.workflow,
            run_id=job.run_id,
            uid=job.uid,
            clock=job.clock,
            deadline=None if self._limit is None else self._limit.deadline,
        )
        self._failures: dict[int, StepError] = {}
        self._started: dict[int, float] = {}
        hooks, is_noted = job.hooks, job.notes is not None
        self._start_told = hooks.told(EventKind.BUILDER_STARTED)  # asked once: they are many, and few want to know
        self._end_told = hooks.told(EventKind.BUILDER_FINISHED)
        self._checkpoint_told = hooks.told(EventKind.CHECKPOINTED)
        self._tells = is_noted or bool(hooks.observers)
        self._tells_end = is_noted or bool(self._end_told)
        self._tells_after = hooks.after is not None
        self._tells_start = bool(self._start_told) or hooks.before is not None
        self._is_told = self._tells or hooks.before is not None or hooks.after is not None

    @property
    def is_here(self) -> bool:
        """Whether nothing has to be waited for."""
        return self._job.is_here and self._limit is None and not self._job.is_hopeless

    def carry_here(self) -> dict[int, StepError]:
        """Do what `carry` does where nothing has to be waited for."""
        walk, ledger, steps, keeper = self._walk, self._walk.ledger, self._steps, self._job.keeper
        keeps, is_told, tells_start, started = keeper.keeps, self._is_told, self._tells_start, self._started
        while ledger.is_open:
            number = walk.next()
            if number is None:
                if not self._begin_pass():
                    break
                continue
            if keeps:
                keeper.guard()
            if is_told:
                if tells_start:
                    self._tell_start(number)
                started[number] = time.monotonic()
            bound = steps[number]
            returned = returned_by(bound, ledger) if bound.is_simple else self._returned(number)
            if type(returned) is bound.kind and not keeps:  # as what follows, for what most calls in memory are made of
                walk.went(number, bound.only, returned)
                if is_told:
                    self._tell_one(number, bound.only, returned)
                continue
            self._settle_here(number, self._kept(bound.step.name, made_of(bound, returned)))
        return self._failures

    def _settle_here(self, number: int, made: Products | StepError) -> None:
        walk, keeper = self._walk, self._job.keeper
        if isinstance(made, StepError):
            walk.failed(number)
            self._fail(number, made)
            return
        if len(made) == 1:
            walk.went(number, *made[0])
        else:
            walk.made(number, made)
            walk.done(number)
        finished = self._note_end(number, made) if self._is_told else None
        saved = keeper.save(walk)
        if self._is_told:
            self._tell_end(number, made, finished, saved=saved)

    def _returned(self, number: int) -> object:
        """Call a builder that is not simple, and give what it returned or its `Failure`."""
        ended = come_of(number, self._prepared(number))
        return ended.returned if ended.error is None else Failure(failure_of(self._name(number), ended.error))

    def carry(self) -> Script[dict[int, StepError]]:
        walk = self._walk
        if self._job.is_hopeless:
            self._give_up()
        while walk.ledger.is_open:
            running = walk.running
            ready = walk.ready(self._job.at_once)
            if self._limit is not None and walk.running and self._limit.left <= 0:
                yield from self._time_is_up((running or ready)[0], self._limit.seconds)
                break
            for number in ready:
                yield Start(number, self._start(number))
            if walk.running:
                ended: Ended | None = yield Await(None if self._limit is None else self._limit.pause)
                if ended is not None:
                    yield from self._take(ended)
            elif not walk.is_active and not self._begin_pass():
                break
        return self._failures

    def _give_up(self) -> None:
        """Fail the step that would run next, and with it the call: data that mend it can be delivered then."""
        for number in self._walk.ready(1):
            self._walk.failed(number)
            self._fail(number, BuilderFailedError(self._name(number), reason=_DEADLY))

    def _begin_pass(self) -> bool:
        """Begin another pass if there is anything to do in one, and not too many were there."""
        walk, plan = self._walk, self._job.bound.plan
        if not walk.next_pass():
            return False
        if walk.ledger.passes > plan.max_passes:
            walk.stop()
            self._fail(walk.first, RunawayLoopError(self._name(walk.first), passes=plan.max_passes))
        return True

    def _time_is_up(self, first: int, seconds: float) -> Script[None]:
        """Leave what is running behind: what it comes to is never written."""
        yield Abandon()
        self._fail(first, BuilderTimeoutError(self._name(first), seconds=seconds))
        for number in self._walk.running:
            self._walk.failed(number)

    def _start(self, number: int) -> Call:
        self._job.keeper.guard()
        if self._is_told:
            if self._tells_start:
                self._tell_start(number)
            self._started[number] = time.monotonic()
        return self._prepared(number)

    def _prepared(self, number: int) -> Call:
        bound = self._job.bound
        return prepare(bound.steps[number], self._walk.ledger, bound.index.steps[number], self._setting)

    def _tell_start(self, number: int) -> None:
        """Say that a builder is about to run."""
        if self._job.hooks.before is not None:
            self._job.hooks.tell_before(self._name(number), self._job.delta)
        if self._start_told:
            tell(self._start_told, self._event(EventKind.BUILDER_STARTED, number))

    def _note_end(self, number: int, made: Products) -> Event | None:
        """Say that a builder has run, if anybody wants to know, and have that saved with what it made."""
        if not self._tells_end:
            return None
        event = self._finished(number, tuple([key for key, _ in made]))
        if self._notes is not None:
            self._notes.append(event)
        return event

    def _tell_one(self, number: int, key: Key, value: object) -> None:
        """Tell of a builder that made one thing, where nothing is saved."""
        if self._end_told:
            event = self._finished(number, (key,))
            for method in self._end_told:  # as `tell` does, without a call more
                try:
                    method(event)
                except Exception:
                    _LOGGER.exception(BADLY_TOLD, event.kind)
        if self._tells_after:
            self._tell_after(number, [(key, value)])

    def _tell_end(self, number: int, made: Products, finished: Event | None, *, saved: bool) -> None:
        """Tell of a builder that has run, when that is saved."""
        if finished is not None:
            tell(self._end_told, finished)
        if saved and self._checkpoint_told:
            tell(self._checkpoint_told, self._event(EventKind.CHECKPOINTED, number))
        if self._tells_after:
            self._tell_after(number, made)

    def _tell_after(self, number: int, made: Products) -> None:
        types = self._job.bound.types
        self._job.hooks.tell_after(self._name(number), {types[key]: value for key, value in made})

    def _finished(self, number: int, keys: tuple[Key, ...]) -> Event:
        setting, took = self._setting, time.monotonic() - self._started[number]
        name, now = self._steps[number].step.name, self._walk.ledger.round
        event: Event = new(
            Event, (_FINISHED, setting.workflow, setting.run_id, now, name, keys, None, None, took, None)
        )
        return event

    def _take(self, ended: Ended) -> Script[None]:
        """Take what came of one step: save what it made, or note that it failed."""
        job, walk, number = self._job, self._walk, ended.number
        made = self._made(ended)
        if isinstance(made, StepError):
            walk.failed(number)
            self._fail(number, made)
            return
        walk.made(number, made)
        finished = self._note_end(number, made)
        saved = yield from job.keeper.checkpoint(walk)
        walk.done(number)
        self._tell_end(number, made, finished, saved=saved)

    def _made(self, ended: Ended) -> Products | StepError:
        """Give what a step made, as it will be read again; or how it failed."""
        bound = self._steps[ended.number]
        if ended.error is not None:
            return failure_of(bound.step.name, ended.error)
        return self._kept(bound.step.name, made_of(bound, ended.returned))

    def _kept(self, step: str, made: Products | StepError) -> Products | StepError:
        if isinstance(made, StepError):
            return made
        try:
            return self._job.keeper.keep(step, made)
        except StepError as error:
            return error

    def _fail(self, number: int, error: StepError) -> None:
        self._failures[number] = error
        if self._tells:
            failed = self._event(EventKind.BUILDER_FAILED, number, class_of(error))
            self._job.note(failed)
            self._job.tell(failed)

    def _name(self, number: int) -> str:
        return self._steps[number].step.name

    def _event(self, kind: EventKind, number: int, error: str | None = None) -> Event:
        begun = self._started.get(number) if kind is not EventKind.BUILDER_STARTED else None
        return Event(
            kind=kind,
            workflow=self._setting.workflow,
            run_id=self._setting.run_id,
            round=self._walk.ledger.round,
            builder=self._name(number),
            error=error,
            seconds=None if begun is None else time.monotonic() - begun,
        )


def class_of(error: StepError) -> str:
    """Name the class of what a failure came of."""
    return type(error.__cause__ or error).__name__
