"""The minimal sets of outside data that get a run further.

What is promised of a set, if the last call ended well: delivered as one, it has a builder run on the way to the target,
and none of its proper subsets does. If there is work left of a failed call, that is done first, and what it makes
cannot be foreseen: the set has a builder run that cannot run now, unless that work takes away what it needs.
With `until`: delivered as one, it reaches what is asked for if every builder makes what is hoped of it; without it, or
with a proper subset, that is out of reach whatever they make. A builder that neither declines nor has variants can but
make what is hoped of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import islice, product

from polaris._insight.foresee import runs_after
from polaris._insight.reach import could_change, goals, helpful
from polaris._insight.scene import Role, Scene, scene_of
from polaris._insight.until import sets_until
from polaris._model.ahead import NextInputs, Way
from polaris._model.keys import Key
from polaris._model.plan import Plan
from polaris._model.snapshot import Snapshot

MOST_CHOICES = 256
"""How many choices among alternatives are looked at for one step."""

MOST_LOOKS = 2_000_000
"""How many looks at a key the search may take: a second or two."""


def next_inputs(plan: Plan, snapshot: Snapshot, until: Sequence[str] = ()) -> NextInputs:
    """Give the minimal sets of outside data that get a run further.

    Args:
        plan: the plan.
        snapshot: the state of the run.
        until: names of builders, or keys: reach one of them; empty for the next builder on the way to the target.

    Raises:
        DeclarationError: the workflow has no builder and no data of such a name.
    """
    scene = scene_of(plan, snapshot)
    pending = tuple(role.step.name for role in scene.pending)
    if until:
        found, exact = sets_until(scene, until)
    else:
        found, exact = _sets_further(scene)
    ways = [Way(data=data, runs=_new(scene, data)) for data in found]
    return NextInputs(
        workflow=plan.workflow,
        until=tuple(until),
        ways=tuple(sorted(ways, key=lambda way: len(way.data))),
        pending=pending,
        exact=exact,
        is_complete=scene.is_complete,
    )


def _new(scene: Scene, data: Collection[Key]) -> tuple[str, ...]:
    numbers = runs_after(scene, data) - {role.number for role in scene.pending}
    return tuple(scene.roles[number].step.name for number in sorted(numbers))


def _sets_further(scene: Scene) -> tuple[list[tuple[Key, ...]], bool]:
    could = could_change(scene)
    wanted = goals(scene, could)
    if not wanted:
        return [], True
    near = helpful(scene, could, wanted)
    found, exact = _sets_for(scene, near)
    if not found and exact:  # what helps loses what it needs by the delivery: look at everything that could run
        found, exact = _sets_for(scene, scene.roles)
    if not found and scene.pending:
        return [()], exact
    return found, exact


def _sets_for(scene: Scene, roles: Sequence[Role]) -> tuple[list[tuple[Key, ...]], bool]:
    """Give the minimal sets with which one of these steps runs."""
    place = {key: number for number, key in enumerate(scene.absent)}
    chosen, exact = _choices(scene, roles, place)
    numbers = {role.number for role in roles} - {role.number for role in scene.pending}
    found: list[frozenset[Key]] = []
    looks = 0
    for choice in sorted(chosen, key=lambda one: (len(one), sorted(map(place.__getitem__, one)))):
        looks += len(scene.there) + len(scene.dirty) + len(found)
        if looks > MOST_LOOKS:
            exact = False
            break
        if not any(one <= choice for one in found) and not numbers.isdisjoint(runs_after(scene, choice)):
            found.append(choice)
    return [tuple(sorted(one, key=place.__getitem__)) for one in found], exact


def _choices(scene: Scene, roles: Iterable[Role], absent: Collection[Key]) -> tuple[list[frozenset[Key]], bool]:
    """Give the sets that could have a step run.

    They are one of each lacking requirement; a trigger, if nothing is lacking; or any one key, which may take something
    away that a step can do without.
    """
    deliverable = frozenset(absent)
    found = dict.fromkeys(frozenset((key,)) for key in absent)
    exact = True
    for role in roles:
        lacking = [keys for keys in role.needs if scene.there.isdisjoint(keys)]
        choices = product(*([key for key in keys if key in deliverable] for keys in lacking))
        if not lacking:
            choices = product([key for key in role.triggers if key in deliverable])
        found.update((frozenset(choice), None) for choice in islice(choices, MOST_CHOICES))
        exact = exact and next(choices, None) is None
    return list(found), exact
