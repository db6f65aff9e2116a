"""What a delivery does, as far as the plan can tell: which steps it would have run.

Theory. Steps are looked at in plan order, as the walk does. One that is woken and lacks something loses what it made,
which is a change for those after it. What one that runs will make, no plan can tell. *Plainly*, everything is left as
it was: then the first step that is found does run, and the others do if nothing before them takes away what they
need. *Hopefully*, every step that runs makes all that it can: then what is not found cannot run. Either way, what a
step takes is gone for those after it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from heapq import heapify, heappop, heappush

from polaris._insight.scene import Role, Scene
from polaris._model.keys import Key
from polaris._model.markers import Mode


def runs_after(scene: Scene, delivered: Collection[Key], *, hopeful: bool = False) -> frozenset[int]:
    """Give the numbers of the steps that would run if these outside keys were delivered.

    Args:
        scene: the run.
        delivered: outside keys that are absent; none for a call without data.
        hopeful: whether every step that runs makes all that it can.
    """
    there, withdrawn = {*scene.there, *(delivered or scene.refillable)}, set[Key]()
    queue = list(scene.dirty)
    heapify(queue)
    running: set[int] = set()

    def wake(keys: Iterable[Key]) -> None:
        for key in keys:
            for number in scene.readers.get(key, ()):
                if number not in running and not scene.roles[number].is_over:
                    heappush(queue, number)

    wake(delivered)
    while queue:
        role = scene.roles[heappop(queue)]
        if role.number in running:
            continue
        if _is_runnable(role, there):
            running.add(role.number)
            there.difference_update(_taken(role))
            if hopeful:
                there.update(role.produces)
                wake(role.produces)
        else:
            lost = [key for key in role.produces if scene.stands(key, role) and key not in withdrawn]
            withdrawn.update(lost)
            there.difference_update(lost)
            wake(lost)
    return frozenset(running)


def _taken(role: Role) -> Iterable[Key]:
    """Give what a step takes away when it runs; that is no change, and wakes nobody."""
    return (key for given in role.step.inputs if given.mode is Mode.TAKE for key in given.keys)


def _is_runnable(role: Role, there: set[Key]) -> bool:
    woken = not role.triggers or not there.isdisjoint(role.triggers)
    return woken and all(any(key in there for key in keys) for keys in role.needs)
