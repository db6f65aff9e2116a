"""Sessions: what an engine does with one run, as a script.

Theory. A delivery is first *accepted* into the run's inbox, in the commit that also tries to claim the run's lease; a
delivery that returned is never lost. Whoever holds the lease is the *holder*: it finishes the open call if there is
one, then begins the oldest delivery, carries it to its end, and so on until the inbox is empty, when the last commit
gives the lease back. Every write names the revision it builds on; a holder that lost its lease is told so, stops, and
has written nothing. A caller that is not the holder waits a while for its delivery to be taken, or leaves it queued.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from functools import partial

from polaris._model.outcome import Outcome, Status
from polaris._model.records import Answer, Changes, Delivery, Stored, Verdict
from polaris._runtime.bind import Bound
from polaris._runtime.delivery import Delta, read_delivery
from polaris._runtime.holder import Holder, LeaseLostError, Own, Result, as_stored, call_started
from polaris._runtime.ids import new_id
from polaris._runtime.memory_call import raise_first
from polaris._runtime.script import Abandon, Script, Sleep, ask
from polaris._runtime.setup import Request, Setup
from polaris._runtime.state import Texts, is_unfinished
from polaris._runtime.walk import Walk
from polaris.errors import (
    IncompatiblePlanError,
    RunBusyError,
    RunCancelledError,
    RunExistsError,
    UnknownDataError,
    UnknownRunError,
    WorkflowMismatchError,
)

_LOGGER = logging.getLogger("polaris")

_FIRST_POLL, _LAST_POLL = 0.01, 0.25

OVER = -1.0
"""A lease that has ended a second ago."""


def run_script(setup: Setup, bound: Bound, request: Request) -> Script[Outcome[object]]:
    """Deliver data to a run, or go on without, and give what comes of it.

    Raises:
        UnknownDataError: something delivered is no datum of the workflow; nothing was stored.
        UnknownRunError, RunExistsError, WorkflowMismatchError, RunCancelledError: the run is not as demanded.
        IncompatiblePlanError: the run was advanced under another plan; the delivery is kept.
        RunBusyError: a transient was delivered and another worker holds the run; nothing was accepted.
        StepError: a builder failed; everything delivered and made is kept.
    """
    session = Session(setup, bound, request)
    return (yield from guarded(session, session.run()))


def guarded(session: Session, script: Script[Result]) -> Script[Outcome[object]]:
    """Perform a session so that whatever breaks it off, it leaves no lease behind; give or raise its result."""
    try:
        result = yield from script
    except GeneratorExit:  # nobody drives this script any more
        raise
    except BaseException:
        if (yield Abandon()):
            yield from session.let_go()
        raise
    finally:
        session.forget()
    raise_first(result.failures, session.run_id, result.outcome)
    return result.outcome


def _drain(holder: Holder) -> Script[Result]:
    return holder.drain(None, None, {})


def deliver_script(
    setup: Setup, bound: Bound, run_id: str, data: tuple[object, ...], delivery_id: str | None
) -> Script[None]:
    """Put data into the inbox of a run that is there, for whoever holds it next.

    Raises:
        UnknownDataError: something delivered is no datum of the workflow, or nothing was; nothing was stored.
        RunBusyError: a transient is among the data, and no inbox holds transients.
        UnknownRunError, RunCancelledError: the run is gone, or takes nothing any more.
    """
    request = Request(run_id=run_id, data=data, wait=0.0, delivery_id=delivery_id, new=False)
    yield from Session(setup, bound, request).deliver()


def rerun_script(setup: Setup, bound: Bound, run_id: str, number: int | None) -> Script[Outcome[object]]:
    """Have a step of a run, or all of them from the beginning, run again.

    Raises:
        RunBusyError: another worker holds the run.
        UnknownRunError, RunCancelledError, IncompatiblePlanError: the run is not as demanded.
        StepError: a builder failed; everything delivered and made is kept.
    """
    request = Request(run_id=run_id, data=(), wait=0.0, delivery_id=None, new=False)
    session = Session(setup, bound, request)
    return (yield from guarded(session, session.rerun(number)))


def carry_script(setup: Setup, bound: Bound, claim_id: str, state: Stored) -> Script[Outcome[object]]:
    """Carry a run that was claimed as it was left: its open call, and what is queued.

    Raises:
        RunBusyError: another worker holds it by now.
        StepError: a builder failed; everything delivered and made is kept.
    """
    request = Request(run_id=state.run_id, data=(), wait=0.0, delivery_id=None, new=False)
    session = Session(setup, bound, request, claim_id=claim_id)
    return (yield from guarded(session, session.carry(state)))


class Session:
    """One request, and its claim on the run.

    Args:
        setup: what the engine's sessions share.
        bound: the plan.
        request: what is asked.
        claim_id: a claim that was made already; None to make one when it is needed.
        uid: the identity of a run that was made with it, if it was.
    """

    def __init__(
        self, setup: Setup, bound: Bound, request: Request, *, claim_id: str | None = None, uid: str | None = None
    ) -> None:
        self._setup = setup
        self._bound = bound
        self._request = request
        self.run_id = request.run_id
        self._store = setup.store
        self._texts = Texts(bound=bound, codec=setup.codec, encode=setup.encode)
        self._uid = uid or new_id()
        self._has_asked = claim_id is not None
        self._sent = 0.0
        self.claim_id = claim_id or new_id()

    def run(self) -> Script[Result]:
        """Do what was asked."""
        delta = read_delivery(self._bound.known, self._request.data)
        return (yield from self.found(delta, (yield from ask(partial(self._store.load, self.run_id)))))

    def found(self, delta: Delta, stored: Stored | None) -> Script[Result]:
        """Do what was asked, with a run that has been looked up, or that is not there."""
        if stored is not None and stored.header.workflow != self._bound.plan.workflow:
            raise self._mismatch(stored)
        if delta:
            return (yield from self._with_data(delta, stored))
        return (yield from self._without_data(stored))

    def forget(self) -> None:
        """Renew no lease any more."""
        self._setup.heartbeat.drop(self.claim_id)

    def carry(self, state: Stored) -> Script[Result]:
        """Carry a run that was claimed already."""
        self._setup.heartbeat.hold(self.run_id, self.claim_id)
        try:
            return (
                yield from Holder(self._setup, self._bound, self._texts, self.claim_id, state).drain(None, None, {})
            )
        except LeaseLostError:
            yield Abandon()
            raise RunBusyError(self.run_id) from None

    def rerun(self, number: int | None) -> Script[Result]:
        """Finish what is open, then open a call in which a step, or every one, is asked again."""
        numbers = range(len(self._bound.steps)) if number is None else (number,)
        while True:
            answer = yield from self._claim(wanted=True)
            state = self._checked(answer)
            if answer.verdict is not Verdict.CLAIMED:
                raise RunBusyError(self.run_id)
            if not self._is_ours(state):
                raise self._incompatible(state)
            holder = Holder(self._setup, self._bound, self._texts, self.claim_id, state)
            try:
                if not state.header.is_open:
                    return (yield from holder.rerun(numbers, drop=number is None))
                yield from holder.drain(None, None, {})
            except LeaseLostError:
                yield Abandon()
                raise RunBusyError(self.run_id) from None
            self.forget()
            self.claim_id = new_id()

    def deliver(self) -> Script[None]:
        """Only accept what is delivered."""
        delta = read_delivery(self._bound.known, self._request.data)
        if not delta:
            raise UnknownDataError("Nothing was delivered.", do="Deliver data, or call run without any to go on.")
        if passing := tuple(key for key in delta if key in self._bound.index.transient):
            raise RunBusyError(self.run_id, transient=passing)
        delivery = self._texts.delivery(self._request.delivery_id or new_id(), delta)
        self._checked((yield from self._accept(delivery, claim=False)))

    def let_go(self) -> Script[None]:
        """Give the lease back, if there may be one, by letting it end now: the next caller need not wait for that."""
        self._setup.heartbeat.drop(self.claim_id)
        if self._has_asked:
            renew = partial(self._store.renew, self.run_id, claim_id=self.claim_id, lease=OVER)
            try:
                yield from ask(renew)
            except Exception:
                _LOGGER.exception("the lease of run %r could not be given back; it ends by itself", self.run_id)

    # --- asking for the run ----------------------------------------------------------------------------------

    def _with_data(self, delta: Delta, stored: Stored | None) -> Script[Result]:
        delivery = self._texts.delivery(self._request.delivery_id or new_id(), delta)
        passing = {key: value for key, value in delta.items() if key in self._bound.index.transient}
        if stored is not None and not self._is_ours(stored):
            yield from self._accept(delivery, claim=False, must_hold=bool(passing))
            raise self._incompatible(stored)
        walk, begins, changes = None, Delta(), None
        if stored is None:
            there = self._texts.taken(delivery) | passing
            walk, begins = self._new_walk(), {key: there[key] for key in delta}
            walk.deliver(begins.items())
            changes = self._opening(walk, begins)
        answer = yield from self._accept(delivery, must_hold=bool(passing), changes=changes)
        if answer.verdict is Verdict.UNKNOWN and stored is not None:
            return (yield from self._with_data(delta, None))
        return (yield from self.answered(answer, Own(delivery_id=delivery.delivery_id, passing=passing), walk, begins))

    def answered(self, answer: Answer, own: Own, walk: Walk | None, begins: Delta) -> Script[Result]:
        """Go on when a delivery was accepted, or refused.

        Args:
            answer: what the store said.
            own: the delivery.
            walk: is begun with it, should this have made the run.
            begins: the values that it was begun with.
        """
        state = self._checked(answer)
        if answer.verdict is Verdict.QUEUED:
            return (yield from self._queued(state))
        if answer.verdict is Verdict.IDLE or (answer.repeated and answer.verdict is Verdict.CLAIMED):
            return (yield from self._without_data(state))
        if state.uid != self._uid:
            walk = None
        return (yield from self.hold(state, lambda holder: holder.drain(own, walk, begins)))

    def _without_data(self, stored: Stored | None) -> Script[Result]:
        if stored is None:
            if not self._request.new:
                raise UnknownRunError(self.run_id)
            walk = self._new_walk()
            walk.resume()
            changes = self._opening(walk, {})
            state = self._checked((yield from self._accept(None, changes=changes)))
            return (yield from self.hold(state, lambda holder: holder.drain(None, walk, {})))
        if self._request.new and stored.uid != self._uid:
            raise RunExistsError(self.run_id)
        if not self._is_ours(stored):
            raise self._incompatible(stored)
        answer = yield from self._claim(wanted=is_unfinished(stored))
        state = self._checked(answer)
        if answer.verdict is Verdict.QUEUED:
            return (yield from self._queued(state))
        if answer.verdict is Verdict.IDLE:
            return as_stored(self._texts, state, moved=False)
        return (yield from self.hold(state, _drain))

    def _queued(self, state: Stored) -> Script[Result]:
        """Wait for the lease, or until somebody else has done what was asked."""
        waited, pause = 0.0, _FIRST_POLL
        while waited < self._request.wait:
            yield Sleep(pause)
            waited, pause = waited + pause, min(2 * pause, _LAST_POLL)
            answer = yield from self._claim(wanted=False)
            state = self._checked(answer)
            if answer.verdict is Verdict.CLAIMED:
                return (yield from self.hold(state, _drain))
            if answer.verdict is Verdict.IDLE:
                return as_stored(self._texts, state, moved=True)
        return as_stored(self._texts, state, moved=False, status=Status.QUEUED)

    def hold(self, state: Stored, carry: Callable[[Holder], Script[Result]]) -> Script[Result]:
        """Carry what there is to carry, and give the result of what was asked for; the claim was granted."""
        try:
            return (yield from carry(Holder(self._setup, self._bound, self._texts, self.claim_id, state)))
        except LeaseLostError:
            return (yield from self.lost(state))

    def lost(self, state: Stored) -> Script[Result]:
        """Go on as one who does not hold the run: the lease was lost."""
        yield Abandon()
        self._setup.heartbeat.drop(self.claim_id)
        self.claim_id = new_id()
        return (yield from self._queued(state))

    @staticmethod
    def broken(error: BaseException) -> Script[Result]:
        """Let go of the run: something has broken this off."""
        yield Abandon()
        raise error

    def _accept(
        self, delivery: Delivery | None, *, claim: bool = True, must_hold: bool = False, changes: Changes | None = None
    ) -> Script[Answer]:
        self._has_asked |= claim
        self._sent = time.monotonic()
        return ask(
            partial(
                self._store.accept,
                self.run_id,
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
        self._has_asked = True
        self._sent = time.monotonic()
        return ask(
            partial(self._store.claim, self.run_id, claim_id=self.claim_id, lease=self._setup.lease, wanted=wanted)
        )

    # --- reading the answer ----------------------------------------------------------------------------------

    def _checked(self, answer: Answer) -> Stored:
        """Give the state of an answer, or raise what it says."""
        state, run_id = answer.state, self.run_id
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
                self._setup.heartbeat.hold(run_id, self.claim_id, self._sent)
            case _:
                pass
        if state is None:
            raise UnknownRunError(run_id)
        return state

    def _new_walk(self) -> Walk:
        return Walk.fresh(self._bound.index, self._setup.same)

    def _opening(self, walk: Walk, delta: Delta) -> Changes:
        """What is written by the commit that makes a run and begins its first call."""
        events = [call_started(self._bound, self.run_id, walk, delta)] if self._setup.history else []
        return self._texts.changes(walk.ledger, Status.RUNNING, events=events)

    def _is_ours(self, stored: Stored) -> bool:
        return stored.header.fingerprint == self._bound.plan.fingerprint

    def _mismatch(self, stored: Stored) -> WorkflowMismatchError:
        plan = self._bound.plan
        return WorkflowMismatchError(self.run_id, workflow=plan.workflow, stored=stored.header.workflow)

    def _incompatible(self, stored: Stored) -> IncompatiblePlanError:
        plan = self._bound.plan
        return IncompatiblePlanError(
            self.run_id, workflow=plan.workflow, stored=stored.header.fingerprint, current=plan.fingerprint
        )
