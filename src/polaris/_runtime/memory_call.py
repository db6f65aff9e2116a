"""One call in memory: nothing is stored, nothing is encoded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import uuid4

from polaris._model.keys import Key
from polaris._model.outcome import Outcome, Status
from polaris._runtime.bind import Bound
from polaris._runtime.call import Products
from polaris._runtime.carry import Job, Keeper, carry
from polaris._runtime.delivery import Delta, names_of, read_delivery
from polaris._runtime.hooks import NO_HOOKS, Hooks
from polaris._runtime.script import Script
from polaris._runtime.waiting import is_complete, waiting_for
from polaris._runtime.walk import Walk
from polaris.errors import StepError


class _NothingKept(Keeper):
    """Keeps what builders make in the walk alone."""

    def guard(self) -> None:
        pass

    def keep(self, _step: str, made: Products) -> Products:
        return made

    def checkpoint(self, _walk: Walk) -> Script[bool]:
        yield from ()
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class InMemory:
    """What calls in memory have in common.

    Attributes:
        at_once: how many builders may run at the same time; None for no limit.
    """

    bound: Bound
    hooks: Hooks = NO_HOOKS
    at_once: int | None = 1

    def call(self, data: Iterable[object]) -> Script[Outcome[object]]:
        """Deliver data to a run of its own, and give what comes of it.

        Raises:
            UnknownDataError: something delivered is no datum of the workflow.
            StepError: a builder failed.
        """
        return (yield from self.carry(read_delivery(self.bound.known, data)))

    def carry(self, delta: Delta) -> Script[Outcome[object]]:
        """Do the same with a delivery that has been read.

        Raises:
            StepError: a builder failed.
        """
        return (yield from self._call(Walk.fresh(self.bound.index, _equal), delta, uuid4().hex))

    def calls(self, deliveries: Iterable[Sequence[object]]) -> Script[Outcome[object]]:
        """Begin a run of its own, deliver to it again and again, and give what comes of the last call.

        The run begins with a call without data; a builder that nothing wakes runs then.

        Raises:
            UnknownDataError: something delivered is no datum of the workflow.
            StepError: a builder failed.
        """
        walk, uid = Walk.fresh(self.bound.index, _equal), uuid4().hex
        outcome = yield from self._call(walk, {}, uid)
        for data in deliveries:
            outcome = yield from self._call(walk, read_delivery(self.bound.known, data), uid)
        return outcome

    def _call(self, walk: Walk, delta: Delta, uid: str) -> Script[Outcome[object]]:
        if delta:
            walk.deliver(delta.items())
        else:
            walk.resume()
        job = Job(
            bound=self.bound,
            walk=walk,
            run_id=None,
            uid=uid,
            delta={self.bound.types[key]: value for key, value in delta.items()},
            delivered=tuple(delta),
            hooks=self.hooks,
            keeper=_NothingKept(),
            clock=None,
            at_once=self.at_once,
        )
        failures = yield from carry(job)
        outcome = conclude(self.bound, walk, None, failures)
        job.tell(job.finished(outcome.status, failures))
        raise_first(failures, None, outcome)
        return outcome


def conclude(bound: Bound, walk: Walk, run_id: str | None, failures: tuple[StepError, ...]) -> Outcome[object]:
    """End the call of a walk, and give the outcome."""
    types, plan, ledger = bound.types, bound.plan, walk.ledger
    produced = walk.produced()
    walk.finish()
    waits: tuple[Key, ...] = ()
    if failures:
        status = Status.FAILED
    elif is_complete(bound.index, ledger.has):
        status = Status.COMPLETED
    else:
        waits = waiting_for(bound.index, ledger.has, ledger.is_once_done)
        status = Status.WAITING if waits else Status.BLOCKED
    return Outcome(
        workflow=plan.workflow,
        run_id=run_id,
        status=status,
        produced={types[key]: value for key, value in produced.items()},
        data={types[key]: value for key, value in ledger.values().items()},
        waiting_for=names_of(types, waits),
        target=names_of(types, plan.target),
        target_all=plan.target_all,
    )


def raise_first(failures: tuple[StepError, ...], run_id: str | None, outcome: Outcome[object]) -> None:
    """Raise the first failure in plan order, if there is one, with the others attached."""
    if failures:
        first, *others = failures
        first.attach(run_id, outcome, others)
        raise first


def _equal(_key: Key, old: object, new: object) -> bool:
    return bool(old == new)
