"""Why a run is where it is: the proof of what is not there, down to outside data or a branch not taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

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
    proof = _Proof(scene, could_change(scene), frozenset(queued), failed)
    drafts = proof.drafts(missing)
    hot = _leading_to_work(drafts)
    roots = sorted(missing, key=lambda key: (key not in hot, not drafts[key].open, _RANKS[drafts[key].reason]))
    return Why(
        workflow=plan.workflow,
        run_id=run_id,
        status=status,
        target=plan.target,
        target_all=plan.target_all,
        missing=tuple(roots),
        waiting_for=tuple(waiting_for),
        error=error,
        parts=_told(roots, drafts, hot, scene),
    )


def _failed(scene: Scene, error: str | None) -> tuple[str, str | None] | None:
    """Give the builder that failed, and the class of what it raised if the run says so."""
    name, _, what = (error or "").rpartition(": ")
    if any(role.step.name == name for role in scene.roles):
        return name, what
    return next(((role.step.name, None) for role in scene.pending), None)


@dataclass(frozen=True, slots=True)
class _Proof:
    """Finds the reason for each key; `failed` is the builder that failed, with the class of what it raised."""

    scene: Scene
    could: AbstractSet[Key]
    queued: AbstractSet[Key]
    failed: tuple[str, str | None] | None

    def drafts(self, missing: Iterable[Key]) -> dict[Key, Part]:
        """Give the reason for each key, and for all that these wait for; parts of one reason are equal."""
        found: dict[Key, Part] = {}
        pending = list(missing)
        while pending:
            key = pending.pop()
            if key not in found:
                part = self._part(key)
                found[key] = replace(part, open=key in self.could)
                pending.extend(need for needs in part.needs for need in needs)
        return found

    def _part(self, key: Key) -> Part:
        if key in self.queued:
            return Part(data=(), reason=Reason.QUEUED)
        number = self.scene.maker.get(key)
        return self._outside(key) if number is None else self._made(key, self.scene.roles[number])

    def _outside(self, key: Key) -> Part:
        entry = self.scene.entry(key)
        if entry.value is LOST:
            return Part(data=(), reason=Reason.LOST)
        if not entry.changed:
            return Part(data=(), reason=Reason.NEVER)
        return self._taken(key) or Part(data=(), reason=Reason.WITHDRAWN, round=entry.changed)

    def _made(self, key: Key, role: Role) -> Part:
        scene, name = self.scene, role.step.name
        if self.failed is not None and self.failed[0] == name:
            return Part(data=(), reason=Reason.FAILED, builder=name, error=self.failed[1])
        if scene.is_ready(role):
            return Part(data=(), reason=Reason.READY, builder=name)
        lacking = () if role.is_over else self._needs(role)
        instead = tuple(one for one in scene.slot[key] if scene.can_see(one))
        if instead:
            reason = Reason.OTHER if scene.entry(instead[0]).by == name else Reason.REPLACED
            at = scene.entry(instead[0]).changed
            return Part(data=(), reason=reason, builder=name, needs=lacking, round=at, instead=instead)
        if lacking and self._declined(role, lacking):
            return Part(data=(), reason=Reason.DECLINED, builder=name, needs=lacking, round=role.mark.ran_at)
        if lacking:
            entry = scene.entry(key)
            at = entry.changed if entry.by == name and entry.value is ABSENT and not self._taken(key) else 0
            return Part(data=(), reason=Reason.WAITS, builder=name, needs=lacking, round=at)
        return replace(self._after_it_ran(key, role), builder=name, again=() if role.is_over else role.triggers)

    def _after_it_ran(self, key: Key, role: Role) -> Part:
        """Give the reason for what a builder does not have to its name although it lacks nothing."""
        entry, ran_at = self.scene.entry(key), role.mark.ran_at
        if entry.value is LOST:
            return Part(data=(), reason=Reason.LOST)
        if taken := self._taken(key):
            return taken
        if role.is_over:
            return Part(data=(), reason=Reason.DONE)
        if ran_at and role.step.may_decline and entry.changed <= ran_at:
            return Part(data=(), reason=Reason.DECLINED, round=ran_at)
        if entry.changed:
            return Part(data=(), reason=Reason.WITHDRAWN, round=entry.changed)
        return Part(data=(), reason=Reason.IDLE)

    def _needs(self, role: Role) -> tuple[Alternatives, ...]:
        """Give what a step lacks: what it requires, or any trigger if it requires nothing."""
        lacking = self.scene.lacking(role)
        if not lacking and role.triggers and not any(map(self.scene.can_see, role.triggers)):
            return (role.triggers,)
        return tuple(lacking)

    def _declined(self, role: Role, lacking: Iterable[Alternatives]) -> bool:
        """Say whether a step lacks only what it took away itself when it ran: it made nothing of it."""
        if not role.step.may_decline or any(self.scene.entry(key).changed > role.mark.ran_at for key in role.produces):
            return False
        return all(self.scene.taker.get(key) == role.number and self._taken(key) for key, *_ in lacking)

    def _taken(self, key: Key) -> Part | None:
        number, entry = self.scene.taker.get(key), self.scene.entry(key)
        if number is None or entry.value is not ABSENT:
            return None
        taker = self.scene.roles[number]
        if not 0 < entry.changed <= taker.mark.ran_at:
            return None
        return Part(data=(), reason=Reason.TAKEN, by=taker.step.name, round=taker.mark.ran_at)


def _leading_to_work(drafts: Mapping[Key, Part]) -> frozenset[Key]:
    """Give the keys that wait, at whatever distance, for a builder that failed or is ready."""
    waiting: dict[Key, list[Key]] = {}
    for key, part in drafts.items():
        for need in (need for needs in part.needs for need in needs):
            waiting.setdefault(need, []).append(key)
    found: set[Key] = set()
    pending = [key for key, part in drafts.items() if part.reason in {Reason.FAILED, Reason.READY}]
    while pending:
        key = pending.pop()
        if key not in found:
            found.add(key)
            pending.extend(waiting.get(key, ()))
    return frozenset(found)


def _told(roots: Iterable[Key], drafts: Mapping[Key, Part], hot: AbstractSet[Key], scene: Scene) -> tuple[Part, ...]:
    """Put the parts in the order in which they are told: what one builder does not make, for one reason, together."""
    together: dict[Part, list[Key]] = {}
    for key in (*(key for role in scene.roles for key in role.produces if key in drafts), *drafts):
        group = together.setdefault(drafts[key], [])
        if key not in group and drafts[key].builder is not None:
            group.append(key)
    found: dict[Key, Part] = {}
    stack = list(reversed(list(roots)))
    while stack:
        key = stack.pop()
        if key not in found:
            data = tuple(together[drafts[key]]) or (key,)
            part = replace(drafts[key], data=data, needs=_by_use(drafts[key].needs, drafts, hot))
            found.update(dict.fromkeys(data, part))
            stack.extend(need for alternatives in reversed(part.needs) for need in reversed(alternatives))
    return tuple(dict.fromkeys(found.values()))


def _by_use(
    needs: Iterable[Alternatives], drafts: Mapping[Key, Part], hot: AbstractSet[Key]
) -> tuple[Alternatives, ...]:
    """Sort what a builder waits for: alternatives that can still come first; of requirements, those that cannot."""

    def use(key: Key) -> tuple[bool, bool, int]:
        return key not in hot, not drafts[key].open, _RANKS[drafts[key].reason]

    def weight(alternatives: Alternatives) -> tuple[bool, bool, int]:
        is_cold, is_closed, rank = use(alternatives[0])
        return is_cold, not is_closed, rank

    return tuple(sorted((tuple(sorted(alternatives, key=use)) for alternatives in needs), key=weight))
