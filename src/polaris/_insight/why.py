"""Why a run is where it is: the proof of what is not there, down to outside data or a branch not taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import NamedTuple

from polaris._insight.reach import could_change
from polaris._insight.scene import Role, Scene, scene_of
from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.plan import Plan
from polaris._model.snapshot import ABSENT, LOST, Snapshot
from polaris._model.why import Alternatives, Part, Reason, Why

# What a reader can do most about comes first.
_RANKS: Mapping[Reason, int] = {
    Reason.FAILED: 0,
    Reason.READY: 0,
    Reason.QUEUED: 1,
    Reason.NEVER: 1,
    Reason.LOST: 2,
    Reason.TAKEN: 2,
    Reason.WITHDRAWN: 2,
    Reason.WAITS: 3,
    Reason.DECLINED: 4,
    Reason.IDLE: 4,
    Reason.OTHER: 5,
    Reason.REPLACED: 5,
    Reason.DONE: 5,
}


def why(
    plan: Plan,
    snapshot: Snapshot,
    *,
    status: Status,
    run_id: str | None = None,
    waiting_for: Sequence[Key] = (),
    error: str | None = None,
    queued: Iterable[Key] = (),
) -> Why:
    """Give the reasons why a run is where it is.

    Args:
        plan: the plan it was last advanced under.
        snapshot: its state.
        status: where it stands.
        run_id: its id.
        waiting_for: the outside data that it needs next.
        error: why the last call failed: the builder, a colon, and the class of what it raised.
        queued: the data that wait in its inbox.
    """
    scene = scene_of(plan, snapshot)
    missing = [] if scene.is_complete else [key for key in plan.target if not scene.can_see(key)]
    failed = _failed(scene, error) if status is Status.FAILED else None
    could = could_change(scene)
    drafts = _Proof(scene, frozenset(queued), failed).drafts(missing)
    telling = _Telling(scene, drafts, could, _leading_to_work(drafts))
    roots = tuple(sorted(missing, key=telling.use))
    return Why(
        workflow=plan.workflow,
        run_id=run_id,
        status=status,
        target=plan.target,
        target_all=plan.target_all,
        missing=roots,
        waiting_for=tuple(waiting_for),
        error=error,
        parts=telling.told(roots),
    )


def _failed(scene: Scene, error: str | None) -> tuple[str, str | None] | None:
    """Give the builder that failed, and the class of what it raised if the run says so."""
    name, _, what = (error or "").rpartition(": ")
    if any(role.step.name == name for role in scene.roles):
        return name, what
    return next(((role.step.name, None) for role in scene.pending), None)


class _Draft(NamedTuple):
    """What a `Part` says of one key: those that are equal are told together."""

    reason: Reason
    builder: str | None = None
    needs: tuple[Alternatives, ...] = ()
    round: int = 0
    by: str | None = None
    instead: tuple[Key, ...] = ()
    again: tuple[Key, ...] = ()
    error: str | None = None

    def part(self, data: tuple[Key, ...], needs: tuple[Alternatives, ...], *, is_open: bool) -> Part:
        """Make the part of it that is told."""
        return Part(
            data=data,
            reason=self.reason,
            builder=self.builder,
            needs=needs,
            round=self.round,
            by=self.by,
            instead=self.instead,
            again=self.again,
            error=self.error,
            open=is_open,
        )


@dataclass(frozen=True, slots=True)
class _Proof:
    """Finds the reason for each key; `failed` is the builder that failed, with the class of what it raised.

    What a step lacks is looked for once, and kept in `lacks` by the number of the step.
    """

    scene: Scene
    queued: AbstractSet[Key]
    failed: tuple[str, str | None] | None
    lacks: dict[int, tuple[Alternatives, ...]] = field(default_factory=dict[int, tuple[Alternatives, ...]])

    def drafts(self, missing: Iterable[Key]) -> dict[Key, _Draft]:
        """Give the reason for each key, and for all that these wait for; those of one reason are equal."""
        found: dict[Key, _Draft] = {}
        pending = list(missing)
        while pending:
            key = pending.pop()
            if key not in found:
                found[key] = part = self._part(key)
                pending.extend(need for needs in part.needs for need in needs)
        return found

    def _part(self, key: Key) -> _Draft:
        if key in self.queued:
            return _Draft(Reason.QUEUED)
        number = self.scene.maker.get(key)
        return self._outside(key) if number is None else self._made(key, self.scene.roles[number])

    def _outside(self, key: Key) -> _Draft:
        entry = self.scene.entry(key)
        if entry.value is LOST:
            return _Draft(Reason.LOST)
        if not entry.changed:
            return _Draft(Reason.NEVER)
        return self._taken(key) or _Draft(Reason.WITHDRAWN, round=entry.changed)

    def _made(self, key: Key, role: Role) -> _Draft:
        scene, name = self.scene, role.step.name
        if self.failed is not None and self.failed[0] == name:
            return _Draft(Reason.FAILED, builder=name, error=self.failed[1])
        if scene.is_ready(role):
            return _Draft(Reason.READY, builder=name)
        lacking = () if role.is_over else self._needs(role)
        instead = tuple(one for one in scene.slot[key] if scene.can_see(one))
        if instead:
            reason = Reason.OTHER if scene.entry(instead[0]).by == name else Reason.REPLACED
            at = scene.entry(instead[0]).changed
            return _Draft(reason, builder=name, needs=lacking, round=at, instead=instead)
        if lacking and self._declined(role, lacking):
            return _Draft(Reason.DECLINED, builder=name, needs=lacking, round=role.mark.ran_at)
        if lacking:
            entry = scene.entry(key)
            at = entry.changed if entry.by == name and entry.value is ABSENT and not self._taken(key) else 0
            return _Draft(Reason.WAITS, builder=name, needs=lacking, round=at)
        return self._after_it_ran(key, role)._replace(builder=name, again=() if role.is_over else role.triggers)

    def _after_it_ran(self, key: Key, role: Role) -> _Draft:
        """Give the reason for what a builder does not have to its name although it lacks nothing."""
        entry, ran_at = self.scene.entry(key), role.mark.ran_at
        if entry.value is LOST:
            return _Draft(Reason.LOST)
        if taken := self._taken(key):
            return taken
        if role.is_over:
            return _Draft(Reason.DONE)
        if ran_at and role.step.may_decline and entry.changed <= ran_at:
            return _Draft(Reason.DECLINED, round=ran_at)
        if entry.changed:
            return _Draft(Reason.WITHDRAWN, round=entry.changed)
        return _Draft(Reason.IDLE)

    def _needs(self, role: Role) -> tuple[Alternatives, ...]:
        """Give what a step lacks: what it requires, or any trigger if it requires nothing."""
        if role.number not in self.lacks:
            lacking = self.scene.lacking(role)
            if not lacking and role.triggers and not any(map(self.scene.can_see, role.triggers)):
                lacking = [role.triggers]
            self.lacks[role.number] = tuple(lacking)
        return self.lacks[role.number]

    def _declined(self, role: Role, lacking: Iterable[Alternatives]) -> bool:
        """Say whether a step lacks only what it took away itself when it ran: it made nothing of it."""
        if not role.step.may_decline or any(self.scene.entry(key).changed > role.mark.ran_at for key in role.produces):
            return False
        return all(self.scene.taker.get(key) == role.number and self._taken(key) for key, *_ in lacking)

    def _taken(self, key: Key) -> _Draft | None:
        number, entry = self.scene.taker.get(key), self.scene.entry(key)
        if number is None or entry.value is not ABSENT:
            return None
        taker = self.scene.roles[number]
        if not 0 < entry.changed <= taker.mark.ran_at:
            return None
        return _Draft(Reason.TAKEN, by=taker.step.name, round=taker.mark.ran_at)


def _leading_to_work(drafts: Mapping[Key, _Draft]) -> frozenset[Key]:
    """Give the keys that wait, at whatever distance, for a builder that failed or is ready."""
    pending = [key for key, draft in drafts.items() if draft.reason in {Reason.FAILED, Reason.READY}]
    if not pending:
        return frozenset()
    waiting: dict[Key, list[Key]] = {}
    for key, draft in drafts.items():
        for need in (need for needs in draft.needs for need in needs):
            waiting.setdefault(need, []).append(key)
    found: set[Key] = set()
    while pending:
        key = pending.pop()
        if key not in found:
            found.add(key)
            pending.extend(waiting.get(key, ()))
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Telling:
    """Puts the parts in order; `hot` are the keys that lead to a builder which failed or is ready."""

    scene: Scene
    drafts: Mapping[Key, _Draft]
    could: AbstractSet[Key]
    hot: AbstractSet[Key]

    def told(self, roots: Iterable[Key]) -> tuple[Part, ...]:
        """Give the parts from the roots down: what one builder does not make, for one reason, together."""
        found: list[Part] = []
        seen: set[Key] = set()
        stack = list(reversed(list(roots)))
        while stack:
            key = stack.pop()
            if key in seen:
                continue
            draft, number = self.drafts[key], self.scene.maker.get(key)
            beside = (key,) if number is None else self.scene.roles[number].produces
            data = beside if len(beside) == 1 else tuple(one for one in beside if self.drafts.get(one) == draft)
            needs = self._by_use(draft.needs) if draft.needs else ()
            found.append(draft.part(data, needs, is_open=key in self.could))
            seen.update(data)
            stack.extend(need for alternatives in reversed(needs) for need in reversed(alternatives))
        return tuple(found)

    def use(self, key: Key) -> tuple[bool, bool, int]:
        """Say how much a reader can do about a key; the least comes first."""
        return key not in self.hot, key not in self.could, _RANKS[self.drafts[key].reason]

    def _by_use(self, needs: Iterable[Alternatives]) -> tuple[Alternatives, ...]:
        """Sort what is waited for: alternatives that can still come first; of requirements, those that cannot."""
        sets = [tuple(sorted(keys, key=self.use)) if len(keys) > 1 else keys for keys in needs]
        return tuple(sorted(sets, key=self._weight) if len(sets) > 1 else sets)

    def _weight(self, alternatives: Alternatives) -> tuple[bool, bool, int]:
        is_cold, is_closed, rank = self.use(alternatives[0])
        return is_cold, not is_closed, rank
