"""Sessions: what an engine does with one run, as a script.

Theory. A delivery is first *accepted* into the run's inbox, in the commit that also tries to claim the run's lease; a
delivery that returned is never lost. Whoever holds the lease is the *holder*: it finishes the open call if there is
one, then begins the oldest delivery, carries it to its end, and so on until the inbox is empty, when the last commit
gives the lease back. Every write names the revision it builds on; a holder that lost its lease is told so, stops, and
has written nothing. A caller that is not the holder waits a while for its delivery to be taken, or leaves it queued.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal
from uuid import uuid4

from polaris._model.keys import Key, key_of
from polaris._model.outcome import Outcome, Status
from polaris._model.records import Answer, Changes, Delivery, Receipt, Saved, Stored, Verdict
from polaris._runtime.bind import Bound
from polaris._runtime.call import Products
from polaris._runtime.carry import Hooks, Job, carry
from polaris._runtime.delivery import Delta, read_delivery
from polaris._runtime.heartbeat import Heartbeat
from polaris._runtime.memory_call import conclude, raise_first
from polaris._runtime.script import Script, Sleep, ask
from polaris._runtime.state import Encode, Texts, is_unfinished, worded
from polaris._runtime.walk import Walk
from polaris.errors import (
    BuilderFailedError,
    IncompatiblePlanError,
    RunBusyError,
    RunCancelledError,
    RunExistsError,
    StepError,
    UnknownRunError,
    WorkflowMismatchError,
)
from polaris.protocols import Codec, Store

Checkpoint = Literal["builder", "call"]

_FIRST_POLL, _LAST_POLL = 0.01, 0.25


class _LeaseLost(Exception):  # noqa: N818 - a signal inside this room, not an error that anybody sees
    """Another worker holds the run now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """What all sessions of an engine share.

    Attributes:
        encode: encodes a value and gives it as it will be read again.
        equal: says whether two values are exactly the same, for Feedback.
        at_once: how many builders may run at the same time; None for no limit.
    """

    store: Store
    codec: Codec
    encode: Encode
    equal: Callable[[object, object], bool]
    heartbeat: Heartbeat
    lease: float
    checkpoint: Checkpoint
    hooks: Hooks
    at_once: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call of `Engine.run`."""

    run_id: str
    data: tuple[object, ...]
    wait: float
    delivery_id: str | None
    new: bool | None


@dataclass(frozen=True, slots=True)
class _Result:
    """What one call came to: it is returned or raised to whoever asked for the call."""

    outcome: Outcome[object]
    failures: tuple[StepError, ...] = ()


def run_script(setup: Setup, bound: Bound, request: Request) -> Script[Outcome[object]]:
    """Deliver data to a run, or go on without, and give what comes of it.

    Raises:
        UnknownDataError: something delivered is no datum of the workflow; nothing was stored.
        UnknownRunError, RunExistsError, WorkflowMismatchError, RunCancelledError: the run is not as demanded.
        IncompatiblePlanError: the run was advanced under another plan; the delivery is kept.
        RunBusyError: a transient was delivered and another worker holds the run; nothing was accepted.
        StepError: a builder failed; everything delivered and made is kept.
    """
    session = _Session(setup, bound, request)
    try:
        result = yield from session.run()
    finally:
        setup.heartbeat.drop(session.claim_id)
    raise_first(result.failures, request.run_id, result.outcome)
    return result.outcome


class _Session:
    """One claim on one run. It is its own `Keeper`: what builders make is encoded, and saved with a fence."""

    def __init__(self, setup: Setup, bound: Bound, request: Request) -> None:
        self._setup = setup
        self._bound = bound
        self._request = request
        self._run_id = request.run_id
        self._store = setup.store
        self._texts = Texts(bound=bound, codec=setup.codec, encode=setup.encode)
        self._delta: Delta = {}
        self._revision = 0
        self._uid = uuid4().hex
        self.claim_id = uuid4().hex

    def run(self) -> Script[_Result]:
        """Do what was asked."""
        delta = read_delivery(self._bound.plan, self._bound.types, self._request.data)
        stored = yield from ask(partial(self._store.load, self._run_id))
        if stored is not None and stored.header.workflow != self._bound.plan.workflow:
            raise self._mismatch(stored)
        if delta:
            return (yield from self._with_data(delta, stored))
        return (yield from self._without_data(stored))

    # --- asking for the run ----------------------------------------------------------------------------------

    def _with_data(self, delta: Delta, stored: Stored | None) -> Script[_Result]:
        delivery = self._texts.delivery(self._request.delivery_id or uuid4().hex, delta)
        passing = {key: value for key, value in delta.items() if key in self._bound.index.transient}
        if stored is not None and not self._is_ours(stored):
            yield from self._accept(delivery, claim=False, must_hold=bool(passing))
            raise self._incompatible(stored)
        walk = None if stored else self._new_walk()
        if walk is not None:
            self._delta = self._texts.taken(delivery) | passing
            walk.deliver(self._delta.items())
        changes = None if walk is None else self._changes(walk)
        answer = yield from self._accept(delivery, must_hold=bool(passing), changes=changes)
        if answer.verdict is Verdict.UNKNOWN and stored is not None:
            return (yield from self._with_data(delta, None))
        state = self._checked(answer)
        if answer.verdict is Verdict.QUEUED:
            return (yield from self._queued(state))
        if answer.verdict is Verdict.IDLE or (answer.repeated and answer.verdict is Verdict.CLAIMED):
            return (yield from self._without_data(state))
        begun = walk if state.uid == self._uid else None
        return (yield from self._hold(state, begun=begun, own=delivery, passing=passing))

    def _without_data(self, stored: Stored | None) -> Script[_Result]:
        if stored is None:
            if not self._request.new:
                raise UnknownRunError(self._run_id)
            walk = self._new_walk()
            walk.resume()
            state = self._checked((yield from self._accept(None, changes=self._changes(walk))))
            return (yield from self._hold(state, begun=walk))
        if self._request.new and stored.uid != self._uid:
            raise RunExistsError(self._run_id)
        if not self._is_ours(stored):
            raise self._incompatible(stored)
        answer = yield from self._claim(wanted=is_unfinished(stored))
        state = self._checked(answer)
        if answer.verdict is Verdict.QUEUED:
            return (yield from self._queued(state))
        if answer.verdict is Verdict.IDLE:
            return self._as_stored(state, moved=False)
        return (yield from self._hold(state))

    def _queued(self, state: Stored) -> Script[_Result]:
        """Wait for the lease, or until somebody else has done what was asked."""
        waited, pause = 0.0, _FIRST_POLL
        while waited < self._request.wait:
            yield Sleep(pause)
            waited, pause = waited + pause, min(2 * pause, _LAST_POLL)
            answer = yield from self._claim(wanted=False)
            state = self._checked(answer)
            if answer.verdict is Verdict.CLAIMED:
                return (yield from self._hold(state))
            if answer.verdict is Verdict.IDLE:
                return self._as_stored(state, moved=True)
        return self._as_stored(state, moved=False, status=Status.QUEUED)

    def _accept(
        self, delivery: Delivery | None, *, claim: bool = True, must_hold: bool = False, changes: Changes | None = None
    ) -> Script[Answer]:
        return ask(
            partial(
                self._store.accept,
                self._run_id,
                workflow=self._bound.plan.workflow,
                uid=self._uid,
                new=self._request.new,
                delivery=delivery,
                claim_id=self.claim_id if claim else None,
                lease=self._setup.lease,
                must_hold=must_hold,
                wanted=False,
                changes=changes,
            )
        )

    def _claim(self, *, wanted: bool) -> Script[Answer]:
        return ask(
            partial(self._store.claim, self._run_id, claim_id=self.claim_id, lease=self._setup.lease, wanted=wanted)
        )

    def _checked(self, answer: Answer) -> Stored:
        """Give the state of an answer, or raise what it says."""
        state, run_id = answer.state, self._run_id
        match answer.verdict:
            case Verdict.EXISTS:
                raise RunExistsError(run_id)
            case Verdict.CANCELLED:
                raise RunCancelledError(run_id)
            case Verdict.BUSY:
                raise RunBusyError(run_id)
            case Verdict.MISMATCH if state is not None:
                raise self._mismatch(state)
            case Verdict.CLAIMED:
                self._setup.heartbeat.hold(run_id, self.claim_id)
            case _:
                pass
        if state is None:
            raise UnknownRunError(run_id)
        return state

    # --- holding the run -------------------------------------------------------------------------------------

    def _hold(
        self,
        state: Stored,
        *,
        begun: Walk | None = None,
        own: Delivery | None = None,
        passing: Delta | None = None,
    ) -> Script[_Result]:
        """Carry the open call and every queued delivery, and give the result of the one that was asked for.

        Args:
            state: the run as it was claimed.
            begun: the walk of a call that was opened in the commit that made the run.
            own: the delivery that was asked for; None for the last call that is carried.
            passing: the transient values of that delivery.
        """
        claimed = self.claim_id
        try:
            return (yield from self._drain(state, begun, own, passing or {}))
        except _LeaseLost:
            self._setup.heartbeat.drop(claimed)
            self.claim_id = uuid4().hex
            return (yield from self._queued(state))

    def _drain(self, state: Stored, begun: Walk | None, own: Delivery | None, passing: Delta) -> Script[_Result]:
        self._revision, self._uid = state.revision, state.uid
        walk = begun or self._walk(state)
        delivery: Delivery | None = None
        if begun is not None:
            delivery = own
        elif state.header.is_open:
            walk.resume()
        elif state.inbox:
            delivery = yield from self._begin(walk, state.inbox[0], own, passing)
        else:
            walk.resume()
            yield from self._write(partial(self._store.begin, seq=None, changes=self._changes(walk)))
        result: _Result | None = None
        while True:
            ended, saved = yield from self._call(walk)
            if own is None or (delivery is not None and delivery.delivery_id == own.delivery_id):
                result = ended
            if saved.delivery is None:
                return result or self._as_stored(state, moved=False)
            delivery = yield from self._begin(walk, saved.delivery, own, passing)

    def _begin(self, walk: Walk, delivery: Delivery, own: Delivery | None, passing: Delta) -> Script[Delivery]:
        values = self._texts.taken(delivery)
        if own is not None and delivery.delivery_id == own.delivery_id:
            values |= passing
        walk.deliver(values.items())
        self._delta = values
        yield from self._write(partial(self._store.begin, seq=delivery.seq, changes=self._changes(walk)))
        return delivery

    def _call(self, walk: Walk) -> Script[tuple[_Result, Saved]]:
        types = self._bound.types
        job = Job(
            bound=self._bound,
            walk=walk,
            run_id=self._run_id,
            uid=self._uid,
            delta={types[key]: value for key, value in self._delta.items()},
            hooks=self._setup.hooks,
            keeper=self,
            at_once=self._setup.at_once,
        )
        failures = yield from carry(job)
        outcome = conclude(self._bound, walk, self._run_id, failures)
        saved = yield from self._write(partial(self._store.end, changes=self._changes(walk, outcome, failures)))
        return _Result(outcome, failures), saved

    def _write(self, operation: Callable[..., Saved]) -> Script[Saved]:
        saved = yield from ask(
            partial(
                operation,
                self._run_id,
                claim_id=self.claim_id,
                revision=self._revision,
                op=uuid4().hex,
                lease=self._setup.lease,
            )
        )
        if saved.receipt is Receipt.LOST:
            raise _LeaseLost
        self._revision = saved.revision
        self._setup.heartbeat.hold(self._run_id, self.claim_id)
        return saved

    # --- keeping ---------------------------------------------------------------------------------------------

    def guard(self) -> None:
        """Start no builder when somebody else may hold the run by now."""
        if not self._setup.heartbeat.is_held(self.claim_id):
            raise _LeaseLost

    def keep(self, step: str, made: Products) -> Products:
        """Encode what a step made, and give it as it will be read again."""
        return self._texts.keep(step, made)

    def checkpoint(self, walk: Walk) -> Script[None]:
        """Save what changed since the last checkpoint, if the engine saves after every builder."""
        if self._setup.checkpoint == "builder":
            yield from self._write(partial(self._store.save, changes=self._changes(walk)))

    def _changes(
        self, walk: Walk, outcome: Outcome[object] | None = None, failures: tuple[StepError, ...] = ()
    ) -> Changes:
        if outcome is None:
            return self._texts.changes(walk.ledger, Status.RUNNING)
        waits = tuple(map(key_of, outcome.waiting_for))
        return self._texts.changes(walk.ledger, outcome.status, waits, worded(failures))

    # --- reading ---------------------------------------------------------------------------------------------

    def _new_walk(self) -> Walk:
        return Walk.fresh(self._bound.index, self._equal)

    def _walk(self, state: Stored) -> Walk:
        return Walk(self._bound.index, self._texts.snapshot(state), self._equal)

    def _equal(self, _key: Key, old: object, new: object) -> bool:
        return self._setup.equal(old, new)

    def _is_ours(self, stored: Stored) -> bool:
        return stored.header.fingerprint == self._bound.plan.fingerprint

    def _mismatch(self, stored: Stored) -> WorkflowMismatchError:
        plan = self._bound.plan
        return WorkflowMismatchError(self._run_id, workflow=plan.workflow, stored=stored.header.workflow)

    def _incompatible(self, stored: Stored) -> IncompatiblePlanError:
        plan = self._bound.plan
        return IncompatiblePlanError(
            self._run_id, workflow=plan.workflow, stored=stored.header.fingerprint, current=plan.fingerprint
        )

    def _as_stored(self, state: Stored, *, moved: bool, status: Status | None = None) -> _Result:
        """Give what a call that somebody else carried, or that had nothing to do, came to."""
        outcome = self._texts.outcome(state, moved=moved, status=status)
        error = state.header.error
        if outcome.status is not Status.FAILED or error is None:
            return _Result(outcome)
        step, _, reason = error.partition(": ")
        return _Result(outcome, (BuilderFailedError(step, reason=reason),))
