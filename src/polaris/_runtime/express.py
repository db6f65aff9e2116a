"""Express calls: calls of an engine that make a run, in the thread that asks, without a walk.

Theory. Most calls make a run and carry it as far as its first data take it. Nothing was there before, so what such a
call does is known when its plan and the types of its data are: a straight-line function (`straight`) that tells a
`Keeper` of every step. The store and the guarantees are those of any call: a delivery is accepted with the claim, each
write names the revision it builds on, and nothing is started without a lease. Whatever does not go as it nearly always
goes - a step fails, the lease is lost, the run is there, another delivery is queued - is left to a `Session`, with a
walk that is brought to where the call stands.
"""

from __future__ import annotations

from functools import partial

from polaris._model.keys import Key, TypeForm
from polaris._model.outcome import Outcome, Status
from polaris._model.records import Answer, Saved
from polaris._model.snapshot import Mark
from polaris._runtime.bind import Bound
from polaris._runtime.delivery import read_delivery
from polaris._runtime.draft import NotStraightError
from polaris._runtime.ending import Ending
from polaris._runtime.holder import Holder, LeaseLostError, Result, Slip
from polaris._runtime.index import StepIndex
from polaris._runtime.keeper import Course, Keeper, Leg
from polaris._runtime.script import Script
from polaris._runtime.session import Session, guarded
from polaris._runtime.setup import Request, Setup
from polaris._runtime.specialise import Sets, function_of
from polaris._runtime.state import header_of
from polaris._runtime.straight import write
from polaris._runtime.walk import Walk
from polaris.errors import StepError


class _SlipError(Exception):
    """A step has failed. A signal inside this room, not an error that anybody sees."""

    def __init__(self, number: int, error: StepError) -> None:
        super().__init__(number)
        self.number = number
        self.error = error


_Stop = Answer | Slip | tuple[Outcome[object], Saved] | BaseException
"""Why a call was left: it got no claim, a step failed, there is another delivery to begin, or something broke."""


class Express:
    """The express calls of one plan of an engine. Safe to use from many threads.

    Args:
        setup: what the engine's sessions share.
        bound: the plan, with its resources.
    """

    def __init__(self, setup: Setup, bound: Bound) -> None:
        self._setup = setup
        self._bound = bound
        self._sets: Sets[Course] = Sets(bound, partial(_course, setup))

    def run(self, request: Request) -> Outcome[object] | Script[Outcome[object]] | None:
        """Make a call; give its outcome, or a script that goes on with it. None: nothing was done, a session must.

        Raises:
            UnknownDataError, CodecError: something delivered is no datum of the workflow, or cannot be stored.
        """
        setup, values = self._setup, request.data
        known = self._sets.known(values)
        if known is None:
            delta = read_delivery(self._bound.known, values)
            known = self._sets.find(delta, values) if delta else None
            if known is None:
                return None
            values = tuple(delta.values())
        _, course, pick, order, _ = known
        stored = setup.store.load(request.run_id)
        if stored is not None:
            session = Session(setup, self._bound, request)
            return guarded(session, session.found(dict(zip(order, values, strict=True)), stored))
        keeper = Keeper(setup, course, request, order, values)
        stop: _Stop | None
        try:
            stop = keeper.accept()
            if stop is None:
                outcome = course.function(keeper.values if pick is None else pick(keeper.values), keeper, order)
                saved = keeper.end(outcome)
                if saved.delivery is None:
                    setup.heartbeat.drop(keeper.claim_id)
                    return outcome
                stop = outcome, saved
        except _SlipError as slip:
            stop = Slip(slip.number, slip.error, keeper.started, keeper.since)
        except BaseException as error:  # noqa: BLE001 - a session lets go of the run, and raises it
            stop = error
        session = Session(setup, self._bound, request, claim_id=keeper.claim_id, uid=keeper.uid)
        return guarded(session, self._rest(session, keeper, stop))

    def _rest(self, session: Session, keeper: Keeper, stop: _Stop) -> Script[Result]:
        """Go on with a call where it was left."""
        match stop:
            case Answer():
                return session.answered(stop, keeper.own, None, {})
            case LeaseLostError():
                return session.lost(keeper.state)
            case BaseException():
                return session.broken(stop)
            case _:
                state = keeper.state._replace(revision=keeper.revision)
                return session.hold(state, partial(self._carry, keeper, stop))

    def _carry(self, keeper: Keeper, stop: Slip | tuple[Outcome[object], Saved], holder: Holder) -> Script[Result]:
        walk = keeper.walk(self._bound.index, self._setup.same)
        holder.catch_up(keeper.writes, keeper.texts, keeper.notes)
        if isinstance(stop, Slip):
            return holder.slipped(walk, keeper.own, stop)
        outcome, saved = stop
        walk.finish()
        walk.ledger.take_changes()
        return holder.take_queued(walk, keeper.own, Result(outcome), saved)


def _course(setup: Setup, bound: Bound, order: tuple[Key, ...], given: frozenset[Key]) -> Course | None:
    """Work out what is known of calls with these keys; None if they must be walked."""
    try:
        straight = write(bound, order, given, keeps=True)
    except NotStraightError:
        return None
    ending = Ending(bound, straight)

    def fail(error: Exception, _order: tuple[Key, ...], variables: dict[str, object]) -> Exception:
        variables.pop("error")  # or the frame would hold the error that holds the frame
        _, number, failure = ending.step_of(error)
        return _SlipError(number, failure)

    walk = Walk.fresh(bound.index, setup.same)
    walk.deliver((key, None) for key in order)
    _, marks = walk.ledger.take_changes()
    opened = header_of(bound, walk.ledger, Status.RUNNING)
    completed = opened._replace(status=Status.COMPLETED, clean_at=opened.round, is_open=False)
    forms = {key: _form(bound, key) for key in order}
    return Course(
        function=function_of(bound, order, straight, ending, fail_=fail),
        forms=forms,
        passes=None in forms.values(),
        legs=tuple(_leg(bound, step, opened.round) for step in bound.index.steps),
        marks=marks,
        opened=opened,
        completed=completed if straight.complete else None,
    )


def _form(bound: Bound, key: Key) -> TypeForm | None:
    return None if key in bound.index.transient else bound.types[key]


def _leg(bound: Bound, step: StepIndex, now: int) -> Leg:
    declined = Mark(now, int(step.untriggered))
    made = declined._replace(once_done=step.once)
    forms = tuple(_form(bound, key) for key in step.produces)
    return Leg(step.name, step.produces, forms, (step.name, made), (step.name, declined))
