"""One call in memory: nothing is stored, nothing is encoded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from polaris._model.events import EventKind
from polaris._model.keys import Key
from polaris._model.outcome import Outcome, Status, late
from polaris._model.snapshot import ABSENT, LOST, Entry, Gone, Mark
from polaris._runtime.bind import Bound
from polaris._runtime.call import Products
from polaris._runtime.carry import Job, Keeper, carry
from polaris._runtime.delivery import Delta, names_of, read_delivery
from polaris._runtime.hooks import NO_HOOKS, Hooks
from polaris._runtime.ids import new_id
from polaris._runtime.script import Script
from polaris._runtime.waiting import is_complete, waiting_for
from polaris._runtime.walk import Walk
from polaris.errors import StepError


class _NothingKept(Keeper):
    """Keeps what builders make in the walk alone."""

    keeps = False

    def guard(self) -> None:
        pass

    def keep(self, _step: str, made: Products) -> Products:
        return made

    def checkpoint(self, _walk: Walk) -> Script[bool]:
        yield from ()
        return False

    def save(self, _walk: Walk) -> bool:
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class InMemory:
    """What calls in memory have in common.

    Attributes:
        at_once: how many builders may run at the same time; None for no limit.
        is_here: whether they run in the calling thread, one at a time.
    """

    bound: Bound
    hooks: Hooks = NO_HOOKS
    at_once: int | None = 1
    is_here: bool = False

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
        return (yield from self._call(Walk.fresh(self.bound.index, _equal), delta, self._uid()))

    def calls(self, deliveries: Iterable[Sequence[object]]) -> Script[Outcome[object]]:
        """Begin a run of its own, deliver to it again and again, and give what comes of the last call.

        The run begins with a call without data; a builder that nothing wakes runs then.

        Raises:
            UnknownDataError: something delivered is no datum of the workflow.
            StepError: a builder failed.
        """
        walk, uid = Walk.fresh(self.bound.index, _equal), self._uid()
        outcome = yield from self._call(walk, {}, uid)
        for data in deliveries:
            outcome = yield from self._call(walk, read_delivery(self.bound.known, data), uid)
        return outcome

    def _uid(self) -> str:
        """Make the id that idempotency keys are made of, if anybody can see one."""
        return new_id() if self.bound.has_context else ""

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
            is_here=self.is_here,
        )
        failures = yield from carry(job)
        outcome = conclude(self.bound, walk, None, failures)
        if self.hooks.told(EventKind.CALL_FINISHED):
            job.tell(job.finished(outcome.status, failures))
        raise_first(failures, None, outcome)
        return outcome


def conclude(bound: Bound, walk: Walk, run_id: str | None, failures: tuple[StepError, ...]) -> Outcome[object]:
    """End the call of a walk, and give the outcome."""
    ledger = walk.ledger
    moved, entries = walk.moved, dict(ledger.entries)
    walk.finish()
    status: Status | None = None
    if failures:
        status = Status.FAILED
    elif is_complete(bound.index, ledger.has):
        status = Status.COMPLETED
    standing = None if status else (dict(ledger.marks), ledger.refillable)
    return late(_read, bound, run_id, status, entries, ledger.began_at if moved else None, standing)


def _read(  # noqa: PLR0917 - what `late` was given
    field: str,
    bound: Bound,
    run_id: str | None,
    status: Status | None,
    entries: Mapping[Key, Entry],
    began_at: int | None,
    standing: tuple[Mapping[str, Mark], frozenset[Key]] | None,
) -> object:
    """Give a field of the outcome of a call that was walked.

    Args:
        field: its name.
        bound: the plan.
        run_id: id of the run.
        status: how the call ended, if it did not just come to a halt.
        entries: what was there in the end, transients included.
        began_at: the round in which the call began; None if it had nothing to do.
        standing: what is known of the builders, and the lost transients that can be made again, if it came to a halt.
    """
    plan, types = bound.plan, bound.types
    if field in {"status", "waiting_for"}:
        waits = () if standing is None else _waits(bound, entries, *standing)
        if field == "waiting_for":
            return names_of(types, waits)
        return status or (Status.WAITING if waits else Status.BLOCKED)
    if field in {"data", "produced"}:
        there = [(key, entry) for key, entry in entries.items() if not isinstance(entry.value, Gone)]
        if field == "data":
            there = [(key, entry) for key, entry in there if key not in bound.index.transient]
        else:
            there = [(key, entry) for key, entry in there if _is_of(entry, began_at)]
        return MappingProxyType({types[key]: entry.value for key, entry in there})
    if field == "target":
        return names_of(types, plan.target)
    return {"workflow": plan.workflow, "run_id": run_id, "target_all": plan.target_all}[field]


def _is_of(entry: Entry, began_at: int | None) -> bool:
    """Say whether a builder made it in the call that began then."""
    return began_at is not None and entry.by is not None and entry.changed >= began_at


def _waits(
    bound: Bound, entries: Mapping[Key, Entry], marks: Mapping[str, Mark], refillable: frozenset[Key]
) -> tuple[Key, ...]:
    transient = bound.index.transient

    def has(key: Key) -> bool:
        value = entries[key].value if key in entries else ABSENT
        return value is not ABSENT and ((value is not LOST and key not in transient) or key in refillable)

    return waiting_for(bound.index, has, lambda name: name in marks and marks[name].once_done)


def raise_first(failures: tuple[StepError, ...], run_id: str | None, outcome: Outcome[object]) -> None:
    """Raise the first failure in plan order, if there is one, with the others attached."""
    if failures:
        first, *others = failures
        first.attach(run_id, outcome, others)
        raise first


def _equal(_key: Key, old: object, new: object) -> bool:
    return bool(old == new)
