"""Pictures as Mermaid text, which many sites draw inside Markdown.

The same reading as the other pictures, with what the language has: a builder and its products are one box of text, and
an edge says which product it carries where there are several. Ids are numbers, so no name can break the syntax.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from polaris._model.contract import Input
from polaris._model.keys import Key
from polaris._model.plan import Plan, Step
from polaris.export.detail import modules, view_for
from polaris.export.labels import shown
from polaris.export.style import LIGHT, STROKES, TARGET_BORDER, Direction, Paint, Reading, Role, State
from polaris.export.view import Run, View, alt_text, best_role, direction_of, reading

_SPECIAL = str.maketrans({char: f"#{ord(char)};" for char in "\"#%&'*:;<>@\\`{}~"})

_CLASSES: Mapping[str, tuple[Paint, str]] = {
    "builder": (LIGHT.builders[State.PLANNED], ""),
    "input": (LIGHT.data[Role.INPUT], ""),
    "transient": (LIGHT.data[Role.INPUT], ",stroke-dasharray:4 3"),
    "target": (LIGHT.targets[Role.PRODUCT], f",stroke-width:{TARGET_BORDER:g}px"),
    "meeting": (Paint(LIGHT.builders[State.PLANNED].border, LIGHT.background, LIGHT.faint), ""),
}


def _word(state: State | Role) -> str:
    """Give the name of the class of what is in a state."""
    return state.replace(" ", "_")


_RUN_CLASSES: Mapping[str, tuple[Paint, str]] = {
    **{_word(state): (paint, "") for state, paint in LIGHT.builders.items() if state},
    **{_word(role): (LIGHT.data[role], "") for role in (Role.PRESENT, Role.WAITED, Role.ABSENT)},
    "meeting": _CLASSES["meeting"],
}


def mermaid(
    plan: Plan,
    run: Run | None = None,
    *,
    direction: Direction | None = None,
    focus: object = None,
    depth: int | None = None,
) -> str:
    """Give a picture of a plan, or of a run on it, as the text of a Mermaid flowchart.

    Args:
        plan: what to draw.
        run: an outcome or a run's state; what is done, there and waited for is then shown in words and colours.
        direction: ``"TB"`` or ``"LR"``; by default the one that suits the size.
        focus: a builder, its name, a type or its key: show only what leads there, and what comes of it.
        depth: how many edges to follow from the focus; None for all.

    Raises:
        RenderError: there is no such direction or depth, or no such builder or data to look at.
    """
    view = view_for(plan, run, focus=focus, depth=depth)
    edges = [edge for number, step in enumerate(view.plan.steps) for edge in _edges(number, step, view)]
    classes = _CLASSES if run is None else _RUN_CLASSES
    lines = [
        f"flowchart {direction_of(view.plan, direction)}",
        f"accTitle: Workflow {_text(plan.workflow)}",
        f"accDescr: {alt_text(view).translate(_SPECIAL)}",
        *_nodes(view),
        *(text for _, text in edges),
        *(f"classDef {name} {_colours(paint)}{more}" for name, (paint, more) in classes.items()),
        *_line_colours([color for color, _ in edges]),
    ]
    return "\n  ".join(lines) + "\n"


def _nodes(view: View) -> Iterator[str]:
    for number, key in enumerate(view.outside):
        yield f'i{number}(["{_text(key)}"]):::{_outside_class(key, view)}'
    for place, (module, numbers) in enumerate(modules(view).items()):
        lines = [line for number in numbers for line in _builder_nodes(number, view.plan.steps[number], view)]
        if module:
            yield f'subgraph g{place}["{_text(module)}"]'
        yield from (f"  {line}" if module else line for line in lines)
        if module:
            yield "end"


def _outside_class(key: Key, view: View) -> str:
    if view.run is not None:
        return _word(view.roles[key])
    return "target" if key in view.plan.target else "transient" if key in view.transients else "input"


def _builder_nodes(number: int, step: Step, view: View) -> Iterator[str]:
    looks = "builder" if set(view.plan.target).isdisjoint(step.produces) else "target"
    if view.run is not None:
        looks = _word(view.states[step.name])
    yield f'b{number}["{_builder_text(step, view)}"]:::{looks}'
    for place, read in enumerate(step.inputs):
        if len(read.keys) > 1:
            yield f'{_meeting(number, place)}(("or")):::meeting'


def _builder_text(step: Step, view: View) -> str:
    """Give the lines of a builder's box: its name and state, what is to be said of it, and what it makes."""
    state = view.states[step.name]
    word = f" {state}" if state else " async" if step.is_async else ""
    slots = [" or ".join(_product_text(key, view) for key in slot) for slot in step.slots]
    made = f"{' and '.join(slots)}{' or nothing' if step.may_decline else ''}"
    note = view.notes.get(step.name, "").translate(_SPECIAL)
    return "<br/>".join(filter(None, [f"<b>{_text(step.name)}</b>{word}", note, made]))


def _product_text(key: Key, view: View) -> str:
    """Give a product's name: bold if it is a target, slanted if it is never stored."""
    text = _text(key)
    if key in view.transients:
        text = f"<i>{text}</i>"
    return f"<b>{text}</b>" if key in view.plan.target else text


def _edges(number: int, step: Step, view: View) -> Iterator[tuple[str, str]]:
    """Give the edges into a builder, each with its colour."""
    for place, read in enumerate(step.inputs):
        kind = reading(read)
        color = LIGHT.values.get(best_role(read, view), LIGHT.readings[kind])
        if len(read.keys) == 1:
            edges = [_edge(read.keys[0], f"b{number}", STROKES[kind].mermaid, STROKES[kind].label, view)]
        else:
            edges = list(_edges_that_meet(read, _meeting(number, place), f"b{number}", view))
        yield from ((color, edge) for edge in edges)


def _edges_that_meet(read: Input, meeting: str, head: str, view: View) -> Iterator[str]:
    stroke = STROKES[reading(read)]
    line = "---" if stroke.style == "solid" else "-.-"
    for key in read.keys:
        yield _edge(key, meeting, line, "", view)
    yield f"{meeting} {stroke.mermaid} {head}"


def _edge(key: Key, head: str, arrow: str, word: str, view: View) -> str:
    if key not in view.makers:
        tail, product = f"i{view.outside.index(key)}", ""
    else:
        number, _ = view.makers[key]
        several = len(view.plan.steps[number].produces) > 1
        tail, product = f"b{number}", _text(key) if several else ""
    label = ", ".join(filter(None, [product, word]))
    return f'{tail} {arrow}|"{label}"| {head}' if label else f"{tail} {arrow} {head}"


def _meeting(number: int, place: int) -> str:
    return f"m{number}_{place}"


def _text(name: str) -> str:
    return shown(name).translate(_SPECIAL)


def _colours(paint: Paint) -> str:
    return f"fill:{paint.fill},stroke:{paint.border},color:{paint.text}"


def _line_colours(colors: list[str]) -> Iterator[str]:
    """Give the colours of the edges that differ from the usual one; Mermaid knows edges by their numbers."""
    for color in dict.fromkeys([*LIGHT.readings.values(), *LIGHT.values.values()]):
        numbers = [str(number) for number, found in enumerate(colors) if found == color]
        if numbers and color != LIGHT.readings[Reading.NEEDS]:
            yield f"linkStyle {','.join(numbers)} stroke:{color},color:{color}"
