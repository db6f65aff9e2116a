"""The part of a picture that is looked at: what leads to one builder or datum, and what comes of it.

From there the edges are followed backwards and forwards, never turning: that is its cone. What the builders in it read
is shown, too, whoever makes it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from types import FunctionType

from polaris._model.declaration import declaration_of
from polaris._model.keys import Key, key_of
from polaris._model.plan import Plan
from polaris.errors import RenderError
from polaris.export.labels import listed, shown
from polaris.export.view import View, with_steps

_Numbers = Mapping[int, Collection[int]]


def focused(view: View, focus: object, depth: int | None) -> View:
    """Give the part of a picture around a builder or datum.

    Args:
        view: the whole picture.
        focus: a builder, its name, a type or its key.
        depth: how many edges to follow from there; None for all.

    Raises:
        RenderError: the workflow has no such builder or data, or there is no such depth.
    """
    if focus is None:
        raise RenderError("A depth needs something to count from.", do="Give a focus, too.")
    if depth is not None and depth < 0:
        raise RenderError(f"A depth of {depth} shows nothing.", do="Give 0 or more.")
    name = _name(focus)
    readers = _readers(view.plan)
    above, below = _starts(name, view, readers)
    forwards = {
        number: [reader for key in step.produces for reader in readers.get(key, ())]
        for number, step in enumerate(view.plan.steps)
    }
    backwards = {
        number: [view.makers[key][0] for read in step.inputs for key in read.keys if key in view.makers]
        for number, step in enumerate(view.plan.steps)
    }
    near = _reached(above, backwards, depth) | _reached(below, forwards, depth)
    part = with_steps(view, [step for number, step in enumerate(view.plan.steps) if number in near], [Key(name)])
    return replace(part, subtitle=" - ".join(filter(None, [view.subtitle, _words(name, depth)])))


def _words(name: str, depth: int | None) -> str:
    far = "" if depth is None else f", {depth} edge{'' if depth == 1 else 's'} away"
    return f"around {shown(name)}{far}"


def _name(focus: object) -> str:
    if isinstance(focus, FunctionType):
        declared = declaration_of(focus)
        return (declared and declared.name) or focus.__name__
    return focus if isinstance(focus, str) else key_of(focus)


def _readers(plan: Plan) -> Mapping[Key, list[int]]:
    readers: dict[Key, list[int]] = {}
    for number, step in enumerate(plan.steps):
        for key in dict.fromkeys(key for read in step.inputs for key in read.keys):
            readers.setdefault(key, []).append(number)
    return readers


def _starts(name: str, view: View, readers: Mapping[Key, list[int]]) -> tuple[dict[int, int], dict[int, int]]:
    """Give where the cone begins, with the number of edges to there: backwards, and forwards."""
    key = Key(name)
    if key in view.roles:
        made_by = {view.makers[key][0]: 0} if key in view.makers else {}
        return made_by, dict.fromkeys(readers.get(key, ()), 1)
    for number, step in enumerate(view.plan.steps):
        if step.name == name:
            return {number: 0}, {number: 0}
    names = [shown(each) for each in (*(step.name for step in view.plan.steps), *view.roles)]
    raise RenderError(
        f"{view.plan.workflow!r} has no builder or data {name!r} to look at.", do=f"It has {listed(names)}."
    )


def _reached(starts: Mapping[int, int], edges: _Numbers, depth: int | None) -> set[int]:
    found = {number: distance for number, distance in starts.items() if _within(distance, depth)}
    queue = list(found)
    for number in queue:
        further = found[number] + 1
        if _within(further, depth):
            new = _new(edges[number], found)
            found.update(dict.fromkeys(new, further))
            queue.extend(new)
    return set(found)


def _new(numbers: Iterable[int], found: Mapping[int, int]) -> list[int]:
    return [number for number in dict.fromkeys(numbers) if number not in found]


def _within(distance: int, depth: int | None) -> bool:
    return depth is None or distance <= depth
