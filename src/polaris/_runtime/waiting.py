"""What a run waits for: the data from outside that a step on the way to the target needs next.

First forward: which keys could still change if the absent outside data arrived - a branch that was not taken cannot.
Then backward from the target, through the makers of what is absent: a step that lacks only outside data needs it
next; one that lacks made data leads to the makers; one that lacks nothing ran and declined, or made another variant,
and only a change of one of its triggers can make it run again.
"""

from __future__ import annotations

from collections.abc import Callable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from polaris._model.keys import Key
from polaris._runtime.index import PlanIndex, Requirement, StepIndex


@dataclass(frozen=True, slots=True)
class _State:
    index: PlanIndex
    has: Callable[[Key], bool]
    is_done: Callable[[str], bool]

    def absent(self) -> set[Key]:
        return {key for key in self.index.outside if not self.has(key)}

    def lacking(self, step: StepIndex) -> list[Requirement]:
        return [keys for keys in (*step.needs, *step.needs_before) if not any(map(self.has, keys))]


def is_complete(index: PlanIndex, has: Callable[[Key], bool]) -> bool:
    """Say whether the target is there."""
    there = map(has, index.plan.target)
    return all(there) if index.plan.target_all else any(there)


def waiting_for(index: PlanIndex, has: Callable[[Key], bool], is_done: Callable[[str], bool]) -> tuple[Key, ...]:
    """Give the outside keys that are needed next, in plan order; none if the target is there or out of reach.

    Args:
        index: the plan.
        has: says whether a key can be read now.
        is_done: says whether a ``once`` builder has made what it makes.
    """
    if is_complete(index, has):
        return ()
    state = _State(index, has, is_done)
    could = _could_change(state)
    missing = [key for key in index.plan.target if not has(key)]
    reachable = [key for key in missing if key in could]
    if index.plan.target_all and len(reachable) < len(missing):
        return ()
    return _needed_next(state, could, reachable)


def _could_change(state: _State) -> set[Key]:
    could = state.absent()
    steps = [step for step in state.index.steps if not (step.step.once and state.is_done(step.step.name))]
    grown = True
    while grown:
        grown = False
        for step in steps:
            if not could.issuperset(step.produces) and _could_run(step, could, state.has):
                could.update(step.produces)
                grown = bool(state.index.loops)
    return could


def _could_run(step: StepIndex, could: AbstractSet[Key], has: Callable[[Key], bool]) -> bool:
    if could.isdisjoint(step.triggers) and could.isdisjoint(step.feedback):
        return False
    return all(any(key in could or has(key) for key in keys) for keys in (*step.needs, *step.needs_before))


def _needed_next(state: _State, could: AbstractSet[Key], goals: list[Key]) -> tuple[Key, ...]:
    absent = state.absent()
    found: dict[Key, tuple[int, int]] = {}
    seen: set[int] = set()
    pending = [state.index.maker[key] for key in goals]
    while pending:
        number = pending.pop()
        if number in seen:
            continue
        seen.add(number)
        step = state.index.steps[number]
        lacking = state.lacking(step)
        made_only = [keys for keys in lacking if absent.isdisjoint(keys)]
        wanted = [key for keys in made_only or lacking for key in keys] if lacking else [*step.triggers, *step.feedback]
        for place, key in enumerate(wanted):
            if key in absent:
                found[key] = min(found.get(key, (number, place)), (number, place))
            elif key in could:
                pending.append(state.index.maker[key])
    return tuple(sorted(found, key=found.__getitem__))
