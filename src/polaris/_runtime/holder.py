"""The holder of a run: finishes the open call, then takes delivery after delivery until the inbox is empty."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import NamedTuple, TypedDict

from polaris._model.events import Event, EventKind
from polaris._model.keys import Key, key_of
from polaris._model.outcome import Outcome, Status
from polaris._model.records import Changes, Delivery, Receipt, Saved, Stored
from polaris._runtime.bind import Bound
from polaris._runtime.call import Products
from polaris._runtime.carry import Job, carry, class_of
from polaris._runtime.delivery import Delta
from polaris._runtime.memory_call import conclude
from polaris._runtime.script import Script, ask
from polaris._runtime.setup import Setup
from polaris._runtime.state import Texts, worded
from polaris._runtime.walk import Walk
from polaris.errors import BuilderFailedError, StepError

_TAKEOVERS = 3
"""How many times an open call may be taken over without a checkpoint; then it is closed as a failed one."""


class _Fence(TypedDict):
    claim_id: str
    revision: int
    op: str
    lease: float


class LeaseLostError(Exception):
    """Another worker holds the run now. A signal inside this room, not an error that anybody sees."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one call came to: it is returned or raised to whoever asked for the call."""

    outcome: Outcome[object]
    failures: tuple[StepError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """The delivery that a session was asked to carry.

    Attributes:
        delivery_id: its id in the inbox.
        passing: its transient values, which no inbox holds.
    """

    delivery_id: str
    passing: Delta


class Slip(NamedTuple):
    """A step that failed, where no walk was.

    Attributes:
        number: the step.
        error: how it failed.
        started: when it began, in seconds of the monotonic clock.
        since: when the call began.
    """

    number: int
    error: StepError
    started: float
    since: float


class Holder:
    """One claim that was granted. It is its own `Keeper`: what builders make is encoded, and saved with a fence.

    Args:
        setup: what the engine's sessions share.
        bound: the plan.
        texts: the codec for it, with the texts of values that are not saved yet.
        claim_id: the claim.
        state: the run as it was claimed.
    """

    def __init__(self, setup: Setup, bound: Bound, texts: Texts, claim_id: str, state: Stored) -> None:
        self._setup = setup
        self._bound = bound
        self._texts = texts
        self._store = setup.store
        self._claim_id = claim_id
        self._state = state
        self._revision = state.revision
        self._delta: Delta = {}
        self._notes: list[Event] = []
        self._writes = count()
        self.keeps = True

    def catch_up(self, writes: int, texts: Mapping[Key, str], notes: Iterable[Event]) -> None:
        """Go on where a call stands that was made without a holder.

        Args:
            writes: how many writes were made under this claim.
            texts: the encoded values that are not saved yet.
            notes: what happened since the last write.
        """
        self._writes = count(writes)
        self._texts.pending.update(texts)
        self._notes += notes

    def drain(self, own: Own | None, begun: Walk | None, delta: Delta) -> Script[Result]:
        """Carry the open call and every queued delivery, and give the result of the one that was asked for.

        Args:
            own: the delivery that was asked for; None for the last call that is carried.
            begun: the walk of a call that was opened in the commit that made the run.
            delta: what that call delivers.

        Raises:
            LeaseLostError: another worker holds the run; nothing was written since.
        """
        state, result = self._state, None
        walk = begun or self._walk()
        taken, hopeless = None, False
        if begun is not None:
            self._delta, taken = delta, None if own is None else own.delivery_id
        elif state.header.is_open:
            walk.resume()
            self._note_started(walk)
            hopeless = state.takeovers >= _TAKEOVERS
        elif state.inbox:
            taken = yield from self._begin(walk, state.inbox[0], own)
        else:
            walk.resume()
            self._note_started(walk)
            yield from self._write(partial(self._store.begin, seq=None, changes=self._changes(walk)))
        ended, saved = yield from self._call(walk, is_hopeless=hopeless)
        if own is None or taken == own.delivery_id:
            result = ended
        return (yield from self.take_queued(walk, own, result, saved))

    def take_queued(self, walk: Walk, own: Own | None, result: Result | None, saved: Saved) -> Script[Result]:
        """Carry what is queued when a call has ended, and give the result of what was asked for.

        Args:
            walk: that of the call, at its end.
            own: the delivery that was asked for; None for the last call that is carried.
            result: what it came to, if it has been carried.
            saved: the answer to the write at the end of the call.

        Raises:
            LeaseLostError: another worker holds the run; nothing was written since.
        """
        while saved.delivery is not None:
            taken = yield from self._begin(walk, saved.delivery, own)
            ended, saved = yield from self._call(walk)
            if own is None or taken == own.delivery_id:
                result = ended
        return result or as_stored(self._texts, self._state, moved=False)

    def slipped(self, walk: Walk, own: Own, slip: Slip) -> Script[Result]:
        """End a call in which a step has failed, as `drain` would; then carry what is queued.

        Raises:
            LeaseLostError: another worker holds the run; nothing was written since.
        """
        number, error, started, since = slip
        job = self._job(walk, since=since)
        walk.failed(number)
        name, took = self._bound.steps[number].step.name, time.monotonic() - started
        job.note(job.event(EventKind.BUILDER_FAILED, builder=name, error=class_of(error), seconds=took))
        result, saved = yield from self._ended(job, (error,))
        return (yield from self.take_queued(walk, own, result, saved))

    def rerun(self, numbers: Iterable[int], *, drop: bool) -> Script[Result]:
        """Have builders run again in a call of their own, and give what came of it; then take what is queued.

        Raises:
            LeaseLostError: another worker holds the run; nothing was written since.
        """
        walk = self._walk()
        walk.rerun(numbers, drop=drop)
        self._note_started(walk)
        yield from self._write(partial(self._store.begin, seq=None, changes=self._changes(walk)))
        result, saved = yield from self._call(walk)
        while saved.delivery is not None:
            yield from self._begin(walk, saved.delivery, None)
            _, saved = yield from self._call(walk)
        return result

    def _walk(self) -> Walk:
        index, same = self._bound.index, self._setup.same
        if self._state.header.round == 0:  # made by a delivery, when another run of this id had just been deleted
            return Walk.fresh(index, same)
        return Walk(index, self._texts.snapshot(self._state), same)

    def _begin(self, walk: Walk, delivery: Delivery, own: Own | None) -> Script[str]:
        values = self._texts.taken(delivery)
        if own is not None and delivery.delivery_id == own.delivery_id:
            values |= own.passing
        walk.deliver(values.items())
        self._delta = values
        self._note_started(walk)
        yield from self._write(partial(self._store.begin, seq=delivery.seq, changes=self._changes(walk)))
        return delivery.delivery_id

    def _note_started(self, walk: Walk) -> None:
        if self._setup.history:
            self._notes.append(call_started(self._bound, self._state.run_id, walk, self._delta))

    def _call(self, walk: Walk, *, is_hopeless: bool = False) -> Script[tuple[Result, Saved]]:
        job = self._job(walk, is_hopeless=is_hopeless)
        return (yield from self._ended(job, (yield from carry(job))))

    def _job(self, walk: Walk, *, is_hopeless: bool = False, since: float | None = None) -> Job:
        types = self._bound.types
        return Job(
            bound=self._bound,
            walk=walk,
            run_id=self._state.run_id,
            uid=self._state.uid,
            delta={types[key]: value for key, value in self._delta.items()},
            delivered=tuple(self._delta),
            hooks=self._setup.hooks,
            keeper=self,
            clock=self._setup.clock,
            at_once=self._setup.at_once,
            is_here=self._setup.is_here,
            notes=self._notes if self._setup.history else None,
            is_hopeless=is_hopeless,
            since=time.monotonic() if since is None else since,
        )

    def _ended(self, job: Job, failures: tuple[StepError, ...]) -> Script[tuple[Result, Saved]]:
        walk = job.walk
        outcome = conclude(self._bound, walk, self._state.run_id, failures)
        finished = job.finished(outcome.status, failures)
        job.note(finished)
        saved = yield from self._write(partial(self._store.end, changes=self._changes(walk, outcome, failures)))
        job.tell(finished)
        return Result(outcome, failures), saved

    def _write(self, operation: Callable[..., Saved]) -> Script[Saved]:
        sent = time.monotonic()
        return self._took((yield from ask(partial(operation, self._state.run_id, **self._fence()))), sent)

    def _fence(self) -> _Fence:
        """Say who writes, on top of what: with the changes, all that a write needs to know."""
        op = f"{self._claim_id}/{next(self._writes)}"
        return {"claim_id": self._claim_id, "revision": self._revision, "op": op, "lease": self._setup.lease}

    def _took(self, saved: Saved, sent: float) -> Saved:
        """Take the answer to a write that was sent then: the lease may be no younger.

        Raises:
            LeaseLostError: another worker holds the run.
        """
        if saved.receipt is Receipt.LOST:
            raise LeaseLostError
        self._revision = saved.revision
        self._setup.heartbeat.hold(self._state.run_id, self._claim_id, sent)
        return saved

    # --- keeping: what a call does with what builders make ---------------------------------------------------

    def guard(self) -> None:
        """Start no builder when somebody else may hold the run by now."""
        if not self._setup.heartbeat.is_held(self._claim_id):
            raise LeaseLostError

    def keep(self, step: str, made: Products) -> Products:
        """Encode what a step made, and give it as it will be read again."""
        return self._texts.keep(step, made)

    def checkpoint(self, walk: Walk) -> Script[bool]:
        """Save what changed since the last checkpoint, if the engine saves after every builder."""
        if self._setup.checkpoint == "call":
            return False
        yield from self._write(partial(self._store.save, changes=self._changes(walk)))
        return True

    def save(self, walk: Walk) -> bool:
        """Do the same in this thread, at once."""
        if self._setup.checkpoint == "call":
            return False
        sent = time.monotonic()
        self._took(self._store.save(self._state.run_id, **self._fence(), changes=self._changes(walk)), sent)
        return True

    def _changes(
        self, walk: Walk, outcome: Outcome[object] | None = None, failures: tuple[StepError, ...] = ()
    ) -> Changes:
        events = tuple(self._notes)
        self._notes.clear()
        if outcome is None:
            return self._texts.changes(walk.ledger, Status.RUNNING, events=events)
        waits = tuple(map(key_of, outcome.waiting_for))
        return self._texts.changes(walk.ledger, outcome.status, waits, worded(failures), events)


def call_started(bound: Bound, run_id: str, walk: Walk, delta: Delta) -> Event:
    """Say that a call of a run begins, or is gone on with; as a history tells it."""
    keys, now = tuple(delta), walk.ledger.round
    return Event(kind=EventKind.CALL_STARTED, workflow=bound.plan.workflow, run_id=run_id, round=now, keys=keys)


def as_stored(texts: Texts, state: Stored, *, moved: bool, status: Status | None = None) -> Result:
    """Give what a call that somebody else carried, or that had nothing to do, came to."""
    outcome = texts.outcome(state, moved=moved, status=status)
    error = state.header.error
    if outcome.status is not Status.FAILED or error is None:
        return Result(outcome)
    step, _, reason = error.partition(": ")
    return Result(outcome, (BuilderFailedError(step, reason=reason),))
