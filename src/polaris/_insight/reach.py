"""What is still within reach of a run, and which steps stand between it and its target.

First forward: which keys could still change if the absent outside data arrived; a branch that was not taken cannot.
Then backward from what is wanted, through the makers of what is absent: a step that lacks something leads to what it
lacks; one that lacks nothing declined or made another variant, and only a change of what it reads helps.
"""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet

from polaris._insight.scene import Role, Scene
from polaris._model.keys import Key


def could_change(scene: Scene) -> frozenset[Key]:
    """Give the keys that could still change: absent outside data, and all that could be made of them."""
    could = {*scene.absent, *(key for role in scene.pending for key in role.produces)}
    waiting = {role.number for role in scene.roles if not role.is_over}
    queue = [number for key in could for number in scene.readers.get(key, ())]
    while queue:
        number = queue.pop()
        if number in waiting and _has_all(scene, scene.roles[number], could):
            waiting.discard(number)
            made = [key for key in scene.roles[number].produces if key not in could]
            could.update(made)
            queue.extend(reader for key in made for reader in scene.readers.get(key, ()))
    return frozenset(could)


def _has_all(scene: Scene, role: Role, could: AbstractSet[Key]) -> bool:
    return all(any(key in could or scene.can_see(key) for key in keys) for keys in role.needs)


def goals(scene: Scene, could: AbstractSet[Key]) -> tuple[Key, ...]:
    """Give the keys of the target that are wanted and within reach; none if the target as a whole is not."""
    if scene.is_complete:
        return ()
    missing = [key for key in scene.plan.target if not scene.can_see(key)]
    within = tuple(key for key in missing if key in could)
    return () if scene.plan.target_all and len(within) < len(missing) else within


def helpful(scene: Scene, could: AbstractSet[Key], wanted: Iterable[Key]) -> tuple[Role, ...]:
    """Give the steps that could bring a run nearer to some keys, in plan order."""
    seen: set[int] = set()
    pending = [scene.maker[key] for key in wanted if key in scene.maker]
    while pending:
        number = pending.pop()
        if number not in seen:
            seen.add(number)
            lacking = scene.lacking(scene.roles[number])
            leads = [key for keys in lacking for key in keys] if lacking else scene.roles[number].triggers
            pending.extend(scene.maker[key] for key in leads if key in could and key in scene.maker)
    return tuple(scene.roles[number] for number in sorted(seen))
