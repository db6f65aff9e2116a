"""How a call begins: what a delivery, a rerun, or going on does to the ledger before anything is decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from polaris._model.keys import Key
from polaris._model.snapshot import LOST, Mark
from polaris._runtime.index import PlanIndex, StepIndex
from polaris._runtime.ledger import Ledger


def ask(index: PlanIndex, ledger: Ledger, numbers: Iterable[int]) -> None:
    """Have steps run in the next call without a trigger."""
    for number in numbers:
        step = index.steps[number]
        mark = ledger.mark(step)
        ledger.set_mark(step, Mark(mark.ran_at, ledger.round + 1, mark.once_done))


def deliver(index: PlanIndex, ledger: Ledger, delivered: Mapping[Key, object]) -> None:
    """Put down a delivery, which holds at most one variant of a slot.

    Its values get a new round, the first pass the next one.
    """
    _begin(ledger)
    for key, value in delivered.items():
        for other in index.slot.get(key, ()):
            if other != key:
                ledger.withdraw(other)
        ledger.put(key, value, None)
    made = index.maker.keys() & delivered.keys()
    if made:
        _answer(index, ledger, delivered, {index.maker[key] for key in made})
    ledger.round += 1


def _answer(index: PlanIndex, ledger: Ledger, delivered: Mapping[Key, object], makers: Iterable[int]) -> None:
    """A delivery of all slots of a builder answers it: what it owed is done, unless it is also triggered."""
    for number in makers:
        step = index.steps[number]
        if not all(any(key in delivered for key in slot) for slot in step.slots):
            continue
        mark = ledger.mark(step)
        if step.once:
            ledger.set_mark(step, Mark(mark.ran_at, mark.asked_at, once_done=True))
        elif not any(key in delivered for key in (*step.triggers, *step.feedback)):
            ledger.set_mark(step, Mark(ledger.round, mark.asked_at, mark.once_done))


def resume(index: PlanIndex, ledger: Ledger) -> bool:
    """Go on with a call that failed or was killed, or do what was asked since; say whether there is anything to do."""
    if ledger.clean_at != ledger.round:
        ledger.refillable = _refillable(index, ledger)
        return True
    if ledger.is_asked():
        _begin(ledger)
        return True
    return False


def _refillable(index: PlanIndex, ledger: Ledger) -> frozenset[Key]:
    """Of the transients this call lost, give those that can be made again: a delivered one cannot."""
    found: set[Key] = set()
    for step in index.steps:
        lost = [key for key in step.produces if _is_lost(ledger, key, step)]
        if lost and all(any(ledger.has(key) or key in found for key in keys) for keys in step.needs):
            found.update(lost)
    return frozenset(found)


def _is_lost(ledger: Ledger, key: Key, step: StepIndex) -> bool:
    entry = ledger.entry(key)
    return entry.value is LOST and entry.changed >= ledger.began_at and ledger.stands(key, step)


def rerun(index: PlanIndex, ledger: Ledger, numbers: Iterable[int], *, drop: bool) -> None:
    """Have steps run without a trigger in a call of its own, even those that run once.

    Args:
        index: the plan.
        ledger: the run.
        numbers: the steps.
        drop: first withdraw everything that builders made.
    """
    _begin(ledger)
    for step in index.steps if drop else ():
        for key in step.produces:
            if ledger.stands(key, step):
                ledger.withdraw(key)
    for number in numbers:
        step = index.steps[number]
        ledger.set_mark(step, Mark(ledger.mark(step).ran_at, ledger.round, once_done=False))


def _begin(ledger: Ledger) -> None:
    ledger.refillable = frozenset()
    ledger.round += 1
    ledger.began_at = ledger.round
