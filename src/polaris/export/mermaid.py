"""Pictures as Mermaid text, which many sites draw inside Markdown.

The same reading as the other pictures, with what the language has: a builder and its products are one box of text, and
an edge says which product it carries where there are several. Ids are numbers, so no name can break the syntax.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from polaris._model.contract import Input
from polaris._model.keys import Key
from polaris._model.plan import Plan, Step
from polaris.export.labels import shown
from polaris.export.style import LIGHT, STROKES, TARGET_BORDER, Paint, Reading, Role, State
from polaris.export.view import View, direction_of, reading, view_of

_SPECIAL = str.maketrans({char: f"#{ord(char)};" for char in "\"#%&'*:;<>@\\`{}~"})

_CLASSES: Mapping[str, tuple[Paint, str]] = {
    "builder": (LIGHT.builders[State.PLANNED], ""),
    "input": (LIGHT.data[Role.INPUT], ""),
    "transient": (LIGHT.data[Role.INPUT], ",stroke-dasharray:4 3"),
    "target": (LIGHT.targets[Role.PRODUCT], f",stroke-width:{TARGET_BORDER:g}px"),
    "meeting": (Paint(LIGHT.builders[State.PLANNED].border, LIGHT.background, LIGHT.faint), ""),
}


def mermaid(plan: Plan) -> str:
    """Give a picture of a plan as the text of a Mermaid flowchart."""
    view = view_of(plan)
    edges = [edge for number, step in enumerate(plan.steps) for edge in _edges(number, step, view)]
    lines = [
        f"flowchart {direction_of(plan)}",
        *_nodes(view),
        *(text for _, text in edges),
        *(f"classDef {name} {_colours(paint)}{more}" for name, (paint, more) in _CLASSES.items()),
        *_line_colours([kind for kind, _ in edges]),
    ]
    return "\n  ".join(lines) + "\n"


def _nodes(view: View) -> Iterator[str]:
    for number, key in enumerate(view.outside):
        looks = "target" if key in view.plan.target else "transient" if key in view.transients else "input"
        yield f'i{number}(["{_text(key)}"]):::{looks}'
    for number, step in enumerate(view.plan.steps):
        looks = "builder" if set(view.plan.target).isdisjoint(step.produces) else "target"
        yield f'b{number}["{_builder_text(step, view)}"]:::{looks}'
        for place, read in enumerate(step.inputs):
            if len(read.keys) > 1:
                yield f'{_meeting(number, place)}(("or")):::meeting'


def _builder_text(step: Step, view: View) -> str:
    """Give the lines of a builder's box: its name, and below it what it makes."""
    name = f"<b>{_text(step.name)}</b>" + (" async" if step.is_async else "")
    slots = [" or ".join(_product_text(key, view) for key in slot) for slot in step.slots]
    return f"{name}<br/>{' and '.join(slots)}{' or nothing' if step.may_decline else ''}"


def _product_text(key: Key, view: View) -> str:
    """Give a product's name: bold if it is a target, slanted if it is never stored."""
    text = _text(key)
    if key in view.transients:
        text = f"<i>{text}</i>"
    return f"<b>{text}</b>" if key in view.plan.target else text


def _edges(number: int, step: Step, view: View) -> Iterator[tuple[Reading, str]]:
    for place, read in enumerate(step.inputs):
        kind = reading(read)
        if len(read.keys) == 1:
            yield kind, _edge(read.keys[0], f"b{number}", STROKES[kind].mermaid, STROKES[kind].label, view)
        else:
            yield from ((kind, edge) for edge in _edges_that_meet(read, _meeting(number, place), f"b{number}", view))


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


def _line_colours(kinds: list[Reading]) -> Iterator[str]:
    """Give the colours of the edges that differ from the usual one; Mermaid knows edges by their numbers."""
    for kind, color in LIGHT.readings.items():
        numbers = [str(number) for number, found in enumerate(kinds) if found is kind]
        if numbers and color != LIGHT.readings[Reading.NEEDS]:
            yield f"linkStyle {','.join(numbers)} stroke:{color},color:{color}"
