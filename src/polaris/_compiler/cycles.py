"""Cycles in a graph of names: linear in its size, and without recursion, however long a chain is."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

Successors = Mapping[str, Sequence[str]]


def cycles(names: Iterable[str], after: Successors) -> Iterator[tuple[str, ...]]:
    """Give one cycle of every knot of names that wait for each other.

    It begins with the smallest name and is as short as one through that name can be.

    Args:
        names: the names.
        after: for each name that has any, the names that come after it.
    """
    tangled = _without_ends(sorted(names), after)
    inner = {name: [other for other in after.get(name, ()) if other in tangled] for name in tangled}
    for knot in _knots(inner):
        if len(knot) > 1:
            yield _round_trip(min(knot), knot, inner)


def _without_ends(names: Sequence[str], after: Successors) -> Collection[str]:
    """Leave out, again and again, what nothing is before: of an acyclic graph nothing is left."""
    waits = dict.fromkeys(names, 0)
    for others in after.values():
        for other in others:
            waits[other] += 1
    ready = [name for name in names if not waits[name]]
    for name in ready:
        del waits[name]
        for other in after.get(name, ()):
            waits[other] -= 1
            if not waits[other]:
                ready.append(other)
    return waits


def _knots(after: Successors) -> list[frozenset[str]]:
    """Give the strongly connected parts: Kosaraju's two walks, one forwards and one backwards."""
    before: dict[str, list[str]] = {name: [] for name in after}
    for name, others in after.items():
        for other in others:
            before[other].append(name)
    found: list[frozenset[str]] = []
    placed: set[str] = set()
    for root in reversed(_finished(after)):
        knot: set[str] = set()
        waiting = [root]
        while waiting:
            name = waiting.pop()
            if name not in placed:
                placed.add(name)
                knot.add(name)
                waiting.extend(before[name])
        found.append(frozenset(knot))
    return found


def _finished(after: Successors) -> list[str]:
    """Give all names in the order in which a walk into the depth leaves them."""
    seen: set[str] = set()
    order: list[str] = []
    for root in after:
        path = [(root, iter((root,)))]
        while path:
            name, others = path[-1]
            other = next((other for other in others if other not in seen), None)
            if other is not None:
                seen.add(other)
                path.append((other, iter(after[other])))
            else:
                path.pop()
                order.append(name)
        order.pop()
    return order


def _round_trip(start: str, knot: Collection[str], after: Successors) -> tuple[str, ...]:
    """Give a shortest way from a name back to itself."""
    came_from: dict[str, str] = {}
    waiting = deque([start])
    while start not in came_from:
        name = waiting.popleft()
        for other in after[name]:
            if other in knot and other not in came_from:
                came_from[other] = name
                waiting.append(other)
    way = [start]
    while (previous := came_from[way[-1]]) != start:
        way.append(previous)
    return (start, *reversed(way[1:]))
