"""The minimal sets of outside data that reach something, be it many steps away.

Theory. Every step has the sets that have it run: those that bring everything it lacks, or, if it lacks nothing, those
that change something it reads. They are worked out in plan order, makers before readers; Feedback goes the other way
round, so plans with it are gone through again until nothing changes. A set is a number with a bit for each outside key,
and of two sets one of which contains the other only the smaller is kept. Whoever has more than `MOST_SETS` keeps the
smallest; then the answer is not exact.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from polaris._insight.foresee import runs_after
from polaris._insight.scene import Role, Scene
from polaris._model.keys import Key
from polaris.errors import DeclarationError

MOST_SETS = 64
"""How many sets are kept for one step."""

MOST_LOOKS = 200_000
"""How many sets are looked at in all before only one is kept for each further step: about a second."""

MOST_ROUNDS = 8
"""How often a plan with Feedback is gone through."""

Sets = tuple[int, ...]
"""Sets of outside keys, a bit for each; none contains another."""

_NOTHING_NEEDED: Sets = (0,)


def sets_until(scene: Scene, until: Sequence[str]) -> tuple[list[tuple[Key, ...]], bool]:
    """Give the sets that reach one of some builders or keys, and whether these are all.

    Raises:
        DeclarationError: there is no such builder or key.
    """
    keys, builders = _goals(scene, until)
    if any(map(scene.can_see, keys)) or any(_has_made(scene, role) for role in builders):
        return [()], True
    search = _Search(scene)
    search.run()
    found = search.least([*(search.bring(key) for key in keys), *(search.runs[role.number] for role in builders)])
    numbers = {role.number for role in builders} | {scene.maker[key] for key in keys if key in scene.maker}
    sets = [tuple(key for key, bit in search.bits.items() if one & bit) for one in found]
    true = [one for one in sets if not set(keys).isdisjoint(one) or _is_reached(scene, one, numbers)]
    return true, search.is_exact and len(true) == len(sets)


def _goals(scene: Scene, until: Sequence[str]) -> tuple[list[Key], list[Role]]:
    known = {info.name for info in scene.plan.keys}
    keys = [Key(name) for name in until if name in known]
    builders = [role for role in scene.roles if role.step.name in until and role.step.name not in keys]
    strange = set(until) - {*keys, *(role.step.name for role in builders)}
    if strange:
        names = ", ".join(sorted({*known, *(role.step.name for role in scene.roles)}))
        raise DeclarationError(
            f"{scene.plan.workflow!r} has no builder or data {min(strange)!r}.", do=f"It has {names}."
        )
    return keys, builders


def _has_made(scene: Scene, role: Role) -> bool:
    return not role.is_dirty and all(any(map(scene.can_see, slot)) for slot in role.step.slots)


def _is_reached(scene: Scene, data: Collection[Key], numbers: set[int]) -> bool:
    """Say whether one of the steps runs in a call with the data, or in one without, if every one makes what it can."""
    return not numbers.isdisjoint(runs_after(scene, data, hopeful=True))


class _Search:
    """Works out, step by step, which sets have it run."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.bits: Mapping[Key, int] = {key: 1 << number for number, key in enumerate(scene.absent)}
        self.runs: list[Sets] = [() for _ in scene.roles]
        self._changes: list[Sets] = [() for _ in scene.roles]
        self.is_exact = True
        self._looks = 0

    def run(self) -> None:
        """Go through the plan, again and again as long as Feedback brings something new."""
        has_loops = any(role.feedback for role in self._scene.roles)
        for _ in range(MOST_ROUNDS if has_loops else 1):
            before = [*self.runs, *self._changes]
            for role in self._scene.roles:
                self._look_at(role)
            if before == [*self.runs, *self._changes]:
                return
        self.is_exact = self.is_exact and not has_loops

    def bring(self, key: Key) -> Sets:
        """Give the sets that bring a key which is not there."""
        number = self._scene.maker.get(key)
        if number is not None:
            return self.runs[number]
        return (self.bits[key],) if key in self.bits else ()

    def least(self, alternatives: Iterable[Sets]) -> Sets:
        """Join alternatives: the sets that contain no other."""
        different = set(alternatives)
        if len(different) == 1:
            return different.pop()
        most = MOST_SETS if self._looks < MOST_LOOKS else 1
        sets = sorted({one for some in different for one in some}, key=lambda one: (one.bit_count(), one))
        self._looks += len(sets)
        found: list[int] = []
        for one in sets:
            if any(less & one == less for less in found):
                continue
            if len(found) == most:
                self.is_exact = False
                break
            found.append(one)
        return tuple(found)

    def _look_at(self, role: Role) -> None:
        if role.is_over:
            return
        lacking = self._scene.lacking(role)
        if self._scene.is_ready(role):
            runs = _NOTHING_NEEDED
        elif lacking:
            runs = self._all_of(self.least(map(self.bring, keys)) for keys in lacking)
        else:
            runs = self.least(map(self._change, role.triggers))
        self.runs[role.number] = self._changes[role.number] = runs
        if lacking and any(self._scene.stands(key, role) for key in role.produces):  # woken, it loses them
            self._changes[role.number] = self.least([runs, *map(self._change, role.triggers)])

    def _change(self, key: Key) -> Sets:
        """Give the sets that change a key, or take it away."""
        number = self._scene.maker.get(key)
        return self.bring(key) if number is None else self._changes[number]

    def _all_of(self, requirements: Iterable[Sets]) -> Sets:
        found: Sets = _NOTHING_NEEDED
        for sets in requirements:
            found = self.least(tuple(one | other for other in sets) for one in found)
        return found
