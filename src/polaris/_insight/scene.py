"""The scene: a plan with one snapshot of a run on it, and the questions that every answer begins with.

Values are never looked at: a key is there, was lost with its call, or is not there.
"""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from polaris._model.keys import Key
from polaris._model.markers import Mode
from polaris._model.plan import KeyKind, Plan, Step
from polaris._model.snapshot import ABSENT, LOST, NEVER, Entry, Mark, Snapshot

_NOTHING = Entry(ABSENT, 0, 0, None)

_WAKING = frozenset({Mode.CONSUMES, Mode.TAKE, Mode.FEEDBACK})
_FEEDBACK = frozenset({Mode.FEEDBACK})
_TAKING = frozenset({Mode.TAKE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Role:
    """One step as it is asked about.

    Attributes:
        number: its place in plan order.
        step: the step.
        needs: what must be there; alternatives, any of which will do.
        triggers: keys whose change wakes it, those read through Feedback included.
        feedback: of these, the ones read through Feedback.
        produces: all keys it can make.
        mark: what the run knows of it.
        is_dirty: whether it was left with something to do.
    """

    number: int
    step: Step
    needs: tuple[tuple[Key, ...], ...]
    triggers: tuple[Key, ...]
    feedback: tuple[Key, ...]
    produces: tuple[Key, ...]
    mark: Mark
    is_dirty: bool

    @property
    def is_over(self) -> bool:
        """Whether it runs once, and did."""
        return self.step.once and self.mark.once_done


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A plan with a snapshot on it.

    Attributes:
        plan: the plan.
        snapshot: the state of the run.
        roles: the steps, by number.
        maker: the number of the step that makes a key.
        slot: the variants that share a slot with a key, itself included.
        taker: the number of the step that takes a key away.
        readers: the numbers of the steps that a change of a key wakes.
        outside: the keys that no step makes, in the order in which steps read them.
        there: the keys that a call which something is delivered to can read.
        refillable: transients that a call without data would make again.
        dirty: the numbers of the steps that were left with something to do, in plan order.
    """

    plan: Plan
    snapshot: Snapshot
    roles: tuple[Role, ...]
    maker: Mapping[Key, int]
    slot: Mapping[Key, tuple[Key, ...]]
    taker: Mapping[Key, int]
    readers: Mapping[Key, tuple[int, ...]]
    outside: tuple[Key, ...]
    there: frozenset[Key]
    refillable: frozenset[Key]
    dirty: tuple[int, ...]

    @property
    def is_complete(self) -> bool:
        """Whether the target is there."""
        found = [self.can_see(key) for key in self.plan.target]
        return all(found) if self.plan.target_all else any(found)

    @property
    def absent(self) -> tuple[Key, ...]:
        """The outside keys that could be delivered now, in the order in which steps read them."""
        return tuple(key for key in self.outside if key not in self.there)

    def entry(self, key: Key) -> Entry:
        """Give what the run knows of a key."""
        return self.snapshot.entries.get(key, _NOTHING)

    def can_see(self, key: Key) -> bool:
        """Say whether a call without data could read a key."""
        return key in self.there or key in self.refillable

    def stands(self, key: Key, role: Role) -> bool:
        """Say whether a key is there because a step made it, be it lost with its call."""
        entry = self.entry(key)
        return entry.by == role.step.name and entry.value is not ABSENT

    def lacking(self, role: Role) -> list[tuple[Key, ...]]:
        """Give what a step requires and cannot read."""
        return [keys for keys in role.needs if not any(map(self.can_see, keys))]

    def is_ready(self, role: Role) -> bool:
        """Say whether a call without data would run a step."""
        if not role.is_dirty:
            return False
        woken = not role.triggers or any(map(self.can_see, role.triggers))
        return woken and not self.lacking(role)

    @property
    def pending(self) -> tuple[Role, ...]:
        """The steps that a call without data would run: those that failed, were interrupted, or were asked."""
        return tuple(self.roles[number] for number in self.dirty if self.is_ready(self.roles[number]))


def scene_of(plan: Plan, snapshot: Snapshot) -> Scene:
    """Look at a run under its plan."""
    roles = tuple(_role(number, step, snapshot) for number, step in enumerate(plan.steps))
    there = frozenset(
        key for key, entry in snapshot.entries.items() if entry.value is not ABSENT and entry.value is not LOST
    )
    outside = {info.name for info in plan.keys if info.kind is KeyKind.INPUT}
    read = [key for step in plan.steps for given in step.inputs for key in given.keys]
    readers: dict[Key, list[int]] = {}
    for role in roles:
        for key in role.triggers:
            readers.setdefault(key, []).append(role.number)
    return Scene(
        plan=plan,
        snapshot=snapshot,
        roles=roles,
        maker={key: role.number for role in roles for key in role.produces},
        slot={key: slot for step in plan.steps for slot in step.slots for key in slot},
        taker={key: role.number for role in roles for key in _keys(role.step, _TAKING)},
        readers={key: tuple(numbers) for key, numbers in readers.items()},
        outside=tuple(dict.fromkeys(key for key in (*read, *plan.target) if key in outside)),
        there=there,
        refillable=_refillable(roles, snapshot, there),
        dirty=tuple(role.number for role in roles if role.is_dirty),
    )


def _role(number: int, step: Step, snapshot: Snapshot) -> Role:
    triggers = _keys(step, _WAKING)
    feedback = _keys(step, _FEEDBACK)
    mark = snapshot.marks.get(step.name, NEVER)
    return Role(
        number=number,
        step=step,
        needs=tuple(given.keys for given in step.inputs if given.required),
        triggers=triggers,
        feedback=feedback,
        produces=step.produces,
        mark=mark,
        is_dirty=_is_dirty(step, mark, triggers, feedback, snapshot),
    )


def _keys(step: Step, modes: AbstractSet[Mode]) -> tuple[Key, ...]:
    found = [key for given in step.inputs if given.mode in modes for key in given.keys]
    return tuple(dict.fromkeys(found)) if len(found) > 1 else tuple(found)


def _is_dirty(step: Step, mark: Mark, triggers: tuple[Key, ...], feedback: tuple[Key, ...], snapshot: Snapshot) -> bool:
    """Say whether a call without data would look at a step, in its first pass or a later one."""
    if step.once and mark.once_done:
        return False
    since = max(mark.ran_at, snapshot.clean_at)
    if mark.asked_at > since:
        return True
    for key in triggers:
        entry = snapshot.entries.get(key, _NOTHING)
        if key not in feedback:
            if entry.changed > since:
                return True
        elif entry.different > snapshot.clean_at and entry.different >= mark.ran_at:
            return True
    return False


def _refillable(roles: tuple[Role, ...], snapshot: Snapshot, there: frozenset[Key]) -> frozenset[Key]:
    """Of the transients that an unfinished call lost, give those that can be made again."""
    found: set[Key] = set()
    if snapshot.clean_at == snapshot.round:
        return frozenset()
    for role in roles:
        entries = {key: snapshot.entries.get(key, _NOTHING) for key in role.produces}
        lost = [
            key
            for key, entry in entries.items()
            if entry.value is LOST and entry.changed >= snapshot.began_at and entry.by == role.step.name
        ]
        needs = [given for given in role.step.inputs if given.required and given.mode is not Mode.FEEDBACK]
        if lost and all(any(key in there or key in found for key in given.keys) for given in needs):
            found.update(lost)
    return frozenset(found)
