"""How much of a plan is shown: all of it, the part that is looked at, or, of a big one, less of what explains itself.

Over forty builders, those that pass one thing on from one to the next are drawn as one, the builders of a module stand
in one frame, and what many read from outside is named in their boxes instead of joined to them by edges. Nothing is
ever drawn smaller.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from polaris._model.contract import Input
from polaris._model.keys import Key
from polaris._model.markers import Mode
from polaris._model.plan import Plan, Step
from polaris.export.focus import focused
from polaris.export.labels import listed, shown
from polaris.export.style import State
from polaris.export.view import Run, View, view_of, with_steps

MOST_BUILDERS = 40
"""How many builders are shown one by one."""

MOST_EDGES = 8
"""From how many edges on a datum from outside is named in the boxes of those that read it, in a big plan."""

OWN_MODULE = "the workflow's own module"

_SETTLED = (State.PLANNED, State.DONE)


def view_for(plan: Plan, run: Run | None = None, *, focus: object = None, depth: int | None = None) -> View:
    """Give what a picture shows, in the detail that suits its size.

    Args:
        plan: the plan.
        run: the run to show on it.
        focus: a builder, its name, a type or its key: show only what leads there, and what comes of it.
        depth: how many edges to follow from the focus; None for all.

    Raises:
        RenderError: the workflow has no such builder or data, or there is no such depth.
    """
    view = part_of(plan, run, focus=focus, depth=depth)
    return _collapsed(view) if len(view.plan.steps) > MOST_BUILDERS else view


def part_of(plan: Plan, run: Run | None = None, *, focus: object = None, depth: int | None = None) -> View:
    """Give what a picture shows, builder by builder; as `view_for`."""
    view = view_of(plan, run)
    return view if focus is None and depth is None else focused(view, focus, depth)


def modules(view: View) -> Mapping[str, Sequence[int]]:
    """Give the builders by module, if there are enough of both for frames; else all of them under no name."""
    found: dict[str, list[int]] = {}
    for number, step in enumerate(view.plan.steps):
        found.setdefault(_module(step) or OWN_MODULE, []).append(number)
    return found if view.is_big and len(found) > 1 else {"": range(len(view.plan.steps))}


def _module(step: Step) -> str:
    return step.function.rpartition(":")[0]


# --- chains ------------------------------------------------------------------------------------------------------


def _collapsed(view: View) -> View:
    """Draw every chain as one builder, and no edges of what many read."""
    states, notes = dict(view.states), dict(view.notes)
    steps: list[Step] = []
    popular = _popular(view)
    for chain in _chains(view):
        step = chain[0]
        if len(chain) > 1:
            step = _as_one(chain)
            part = next((each for each in chain if view.states[each.name] not in _SETTLED), chain[-1])
            states[step.name] = view.states[part.name]
            notes[step.name] = f"{len(chain)} builders" + _where(part, view)
        named, step = _without(step, popular)
        if named:
            notes[step.name] = ", ".join(filter(None, [notes.get(step.name), named]))
        steps.append(step)
    return replace(with_steps(view, steps, view.outside), states=states, notes=notes, is_big=True)


def _popular(view: View) -> frozenset[Key]:
    count = Counter(given.keys[0] for step in view.plan.steps for given in step.inputs if len(given.keys) == 1)
    return frozenset(key for key in view.outside if count[key] > MOST_EDGES)


def _without(step: Step, popular: frozenset[Key]) -> tuple[str, Step]:
    """Take what many read out of a builder's edges, and say in words that it reads them."""
    named = [given for given in step.inputs if len(given.keys) == 1 and given.keys[0] in popular]
    words = f"reads {listed([shown(given.keys[0]) for given in named])}" if named else ""
    return words, replace(step, inputs=tuple(given for given in step.inputs if given not in named))


def _where(part: Step, view: View) -> str:
    """Say which builder of a chain it is that is not done."""
    if view.states[part.name] in _SETTLED:
        return ""
    note = view.notes.get(part.name)
    return f", at {shown(part.name)}" + (f": {note}" if note else "")


def _as_one(chain: Sequence[Step]) -> Step:
    return replace(
        chain[-1],
        name=f"{chain[0].name} ... {chain[-1].name}",
        inputs=chain[0].inputs,
        may_decline=any(step.may_decline for step in chain),
        is_async=any(step.is_async for step in chain),
    )


def _chains(view: View) -> Iterator[list[Step]]:
    """Give all builders, in the order of the plan; those that are links of one chain together."""
    steps = view.plan.steps
    follows = dict(_links(view))
    later = set(follows.values())
    for number, step in enumerate(steps):
        if number in later:
            continue
        chain = [step]
        while number in follows:
            number = follows[number]  # noqa: PLW2901 - on to the next link
            chain.append(steps[number])
        yield chain


def _links(view: View) -> Iterator[tuple[int, int]]:
    """Give the pairs of builders of one module that share one product, which is nobody else's concern."""
    steps = view.plan.steps
    readers: dict[Key, list[int]] = {}
    for number, step in enumerate(steps):
        for read in step.inputs:
            for key in read.keys:
                readers.setdefault(key, []).append(number)
    for number, step in enumerate(steps):
        only = _sole(step)
        if only is None:
            continue
        key = only.keys[0]
        maker = view.makers[key][0] if key in view.makers else number
        before = steps[maker]
        alone = readers[key] == [number] and len(before.produces) == 1 and key not in view.plan.target
        if maker != number and alone and _module(before) == _module(step):
            yield maker, number


def _sole(step: Step) -> Input | None:
    """Give what a builder consumes, if it is one datum and nothing else."""
    if len(step.inputs) != 1:
        return None
    only = next(iter(step.inputs))
    return only if len(only.keys) == 1 and only.mode is Mode.CONSUMES and only.required else None
