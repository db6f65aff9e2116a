"""Ways to the target: whether one is left once a variant is made, and whether its maker may yet decide otherwise.

Theory. Nothing that is there is delivered anew; whatever else may come, comes. So a builder decides once and for all if
everything that could trigger it again is surely there when it runs: then the variants that it did not make are *ruled
out*, and the target is reached if it can be had without them, however the other builders decide. A builder decides
again if outside data behind its triggers may still be absent, or are taken, or are lost with their call, and if it or
anything that triggers it reads through Feedback: the next pass may bring news. That is all but the exact answer, and
errs on one side only: where it finds no way, there is none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from graphlib import TopologicalSorter

from polaris._model.contract import Contract, Input
from polaris._model.graph import Graph
from polaris._model.keys import Key
from polaris._model.markers import Mode

Roots = frozenset[Key]
NO_ROOTS: Roots = frozenset()


def waking(contract: Contract) -> Iterator[Input]:
    """Give the parameters whose change wakes a builder in the same pass."""
    return (given for given in contract.inputs if given.mode in {Mode.CONSUMES, Mode.TAKE})


def in_order(used: Sequence[Contract], maker: Mapping[Key, Contract]) -> tuple[Contract, ...]:
    """Sort builders so that each comes after those whose products wake it."""
    contracts = {contract.name: contract for contract in used}
    before = {
        name: {maker[key].name for given in waking(one) for key in given.keys if key in maker} - {name}
        for name, one in contracts.items()
    }
    return tuple(contracts[name] for name in TopologicalSorter(before).static_order())


class Ways:
    """Finds out whether ways are left.

    Args:
        graph: the graph.
        used: the contracts of the plan, each after those whose products wake it.
        roots: the outside keys whose delivery can change a key.
        lost: keys that may be gone although they were there.

    Attributes:
        steps: how many looks `reaches` takes: at every builder, and at every key that one requires.
    """

    def __init__(
        self, graph: Graph, used: Sequence[Contract], roots: Mapping[Key, Roots], lost: Collection[Key]
    ) -> None:
        self._target, self._target_all = graph.target, graph.target_all
        self._again = frozenset(_again(used, roots, lost))
        self._made = [contract.produces for contract in used]
        self._waits = [sum(given.required for given in contract.inputs) for contract in used]
        self._owners: list[int] = []
        self._places: dict[Key, list[int]] = {}
        for number, contract in enumerate(used):
            for given in contract.inputs:
                if given.required:
                    for key in given.keys:
                        self._places.setdefault(key, []).append(len(self._owners))
                    self._owners.append(number)
        self.steps = len(used) + sum(map(len, self._places.values()))
        made = {key for keys in self._made for key in keys}
        read = {key for contract in used for given in contract.inputs for key in given.keys}
        self._first = [key for key in read if key not in made]
        self._first += [key for keys, waits in zip(self._made, self._waits, strict=True) if not waits for key in keys]

    def may_decide_again(self, contract: Contract) -> bool:
        """Say whether a builder that has run may run again although nothing that is there is delivered anew."""
        return contract.name in self._again

    def reaches(self, ruled_out: Collection[Key]) -> bool:
        """Say whether the target can be there if all outside data come, and every builder makes what helps."""
        waits, satisfied = self._waits.copy(), bytearray(len(self._owners))
        looked_at = set(ruled_out)
        arriving = self._first.copy()
        while arriving:
            key = arriving.pop()
            if key in looked_at:
                continue
            looked_at.add(key)
            for place in self._places.get(key, ()):
                if not satisfied[place]:
                    satisfied[place] = 1
                    owner = self._owners[place]
                    waits[owner] -= 1
                    if not waits[owner]:
                        arriving.extend(self._made[owner])
        wanted = [key in looked_at and key not in ruled_out for key in self._target]
        return all(wanted) if self._target_all else any(wanted)


def _again(used: Sequence[Contract], roots: Mapping[Key, Roots], lost: Collection[Key]) -> Iterator[str]:
    """Give the builders that may decide again."""
    sure: dict[Key, Roots] = {key: frozenset((key,)).difference(lost) for key in roots}
    looping: set[Key] = set()
    for contract in used:
        woken = [key for given in waking(contract) for key in given.keys]
        behind = NO_ROOTS.union(*(roots[key] for key in woken))
        there = _surely_there(contract, sure)
        loops = any(given.mode is Mode.FEEDBACK for given in contract.inputs) or not looping.isdisjoint(woken)
        if (loops or not behind <= there) and not contract.declaration.once:
            yield contract.name
        sure.update(dict.fromkeys(contract.produces, there))
        looping.update(contract.produces if loops else ())


def _surely_there(contract: Contract, sure: Mapping[Key, Roots]) -> Roots:
    """Give the outside keys that must be there when a builder runs: of alternatives, those that all of them need."""
    triggers = list(waking(contract))
    needed = [given.keys for given in triggers if given.required] or [
        tuple(key for one in triggers for key in one.keys)
    ]
    return NO_ROOTS.union(*(sure[keys[0]].intersection(*(sure[key] for key in keys)) for keys in needed if keys))
