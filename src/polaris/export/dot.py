"""Pictures as DOT text, the language of Graphviz.

One node per builder, with its products inside it; one per datum from outside; a small circle where alternatives meet.
The text is a pure function of what is drawn: one statement a line, in a fixed order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from polaris._model.contract import Input
from polaris._model.keys import Key
from polaris._model.plan import Plan, Step
from polaris.errors import RenderError
from polaris.export.detail import modules, view_for
from polaris.export.labels import attributes, cell, escaped, font, html, identifier, row, table, text
from polaris.export.legend import legend_label
from polaris.export.style import (
    CARRIED_WIDTH,
    STROKES,
    THEMES,
    Direction,
    Reading,
    Role,
    State,
    Theme,
    ThemeName,
    data_border,
    data_paint,
)
from polaris.export.view import Run, View, best_role, direction_of, reading

FONT = "Helvetica"

_RANK_SEPARATION = {"TB": 0.5, "LR": 0.62}
_LEGEND_COLUMNS = {"TB": 4, "LR": None}
_TAIL_SIDE = {"TB": "s", "LR": "e"}
_TAILB = "e"
_FEEDBACK_SIDE = {"TB": "e", "LR": "s"}
_WORDLESS = (State.PLANNED, State.NOT_REACHED)
_LINE_END = '<BR ALIGN="LEFT"/>'


class _Drawing(NamedTuple):
    """What is drawn, and how."""

    view: View
    theme: Theme
    way: Direction


def dot(
    plan: Plan,
    run: Run | None = None,
    *,
    direction: Direction | None = None,
    legend: bool = True,
    theme: ThemeName = "light",
    focus: object = None,
    depth: int | None = None,
) -> str:
    """Give a picture of a plan, or of a run on it, as DOT text.

    Args:
        plan: what to draw.
        run: an outcome or a run's state; what is done, there and waited for is then shown in words and colours.
        direction: ``"TB"`` from top to bottom, ``"LR"`` from left to right; by default the one that suits the size.
        legend: whether to explain the signs that the picture uses.
        theme: ``"light"`` or ``"dark"``.
        focus: a builder, its name, a type or its key: show only what leads there, and what comes of it.
        depth: how many edges to follow from the focus; None for all.

    Raises:
        RenderError: there is no such direction, theme or depth, or no such builder or data to look at.
    """
    if theme not in THEMES:
        raise RenderError(f"There is no theme {theme!r}.", do=f"Use {' or '.join(map(repr, THEMES))}.")
    view = view_for(plan, run, focus=focus, depth=depth)
    drawing = _Drawing(view, THEMES[theme], direction_of(view.plan, direction))
    body = [*_nodes(drawing), *_edges(drawing)]
    if legend:
        body = ["subgraph cluster_all {", *(f"  {line}" for line in [_legend(drawing), *body]), "}"]
    lines = [*_defaults(drawing), *body]
    return "\n".join([f"digraph {identifier(plan.workflow)} {{", *(f"  {line}" for line in lines), "}", ""])


def _defaults(drawing: _Drawing) -> Iterator[str]:
    view, theme, way = drawing
    title = font(text(view.plan.workflow), color=theme.title, size=15, bold=True)
    if view.subtitle:
        title += "   " + font(escaped(view.subtitle), color=theme.faint, size=11)
    graph = attributes(
        {
            "rankdir": way,
            "bgcolor": theme.background,
            "pad": 0.35,
            "nodesep": 0.28,
            "ranksep": _RANK_SEPARATION[way],
            "splines": "true",
            "outputorder": "edgesfirst",
            "labelloc": "t",
            "labeljust": "l",
            "fontname": FONT,
            "label": html(title),
        }
    )
    usual = STROKES[Reading.NEEDS]
    edge = attributes(
        {
            "fontname": FONT,
            "fontsize": 9,
            "penwidth": usual.width,
            "arrowsize": 0.65,
            "color": theme.readings[Reading.NEEDS],
        }
    )
    yield f"graph {graph}"
    yield f"node {attributes({'shape': 'plain', 'fontname': FONT, 'fontsize': 11})}"
    yield f"edge {edge}"


def _legend(drawing: _Drawing) -> str:
    label = legend_label(drawing.view, drawing.theme, columns=_LEGEND_COLUMNS[drawing.way])
    return f"graph {attributes({'peripheries': 0, 'margin': 8, 'labelloc': 'b', 'labeljust': 'l', 'label': label})}"


# --- nodes -------------------------------------------------------------------------------------------------------


def _nodes(drawing: _Drawing) -> Iterator[str]:
    for key in drawing.view.outside:
        yield _outside_node(key, drawing)
    for module, numbers in modules(drawing.view).items():
        lines = [line for number in numbers for line in _builder_nodes(drawing.view.plan.steps[number], drawing)]
        yield from _framed(module, lines, drawing.theme) if module else lines


def _framed(module: str, lines: Iterable[str], theme: Theme) -> Iterator[str]:
    """Put the builders of a module into a frame."""
    look = attributes(
        {
            "peripheries": 1,
            "style": "rounded",
            "color": theme.faint,
            "margin": 10,
            "labelloc": "t",
            "labeljust": "l",
            "label": html(font(text(module), color=theme.faint, size=10)),
        }
    )
    yield f"subgraph {identifier('cluster_m', module)} {{"
    yield f"  graph {look}"
    yield from (f"  {line}" for line in lines)
    yield "}"


def _builder_nodes(step: Step, drawing: _Drawing) -> Iterator[str]:
    yield f"{identifier('b', step.name)} {attributes({'label': html(_builder_table(step, drawing))})}"
    for read in step.inputs:
        if len(read.keys) > 1:
            yield _meeting_node(step, read, drawing)


def _outside_node(key: Key, drawing: _Drawing) -> str:
    view, theme, _ = drawing
    target = key in view.plan.target
    paint = data_paint(theme, view.roles[key], target=target)
    look = attributes(
        {
            "shape": "box",
            "style": "rounded,filled,dashed" if key in view.transients else "rounded,filled",
            "color": paint.border,
            "fillcolor": paint.fill,
            "penwidth": data_border(view.roles[key], target=target),
            "height": 0.3,
            "margin": "0.14,0.06",
            "label": html(font(text(key), color=paint.text, bold=target)),
        }
    )
    return f"{identifier('i', key)} {look}"


def _meeting(step: Step, read: Input) -> str:
    return identifier("or", step.name, read.parameter)


def _meeting_node(step: Step, read: Input, drawing: _Drawing) -> str:
    view, theme, _ = drawing
    look = attributes(
        {
            "shape": "circle",
            "style": "filled",
            "color": theme.values.get(best_role(read, view), theme.builders[State.PLANNED].border),
            "fillcolor": theme.background,
            "width": 0.24,
            "fixedsize": "true",
            "fontsize": 8,
            "fontcolor": theme.faint,
            "label": "or",
        }
    )
    return f"{_meeting(step, read)} {look}"


def _builder_table(step: Step, drawing: _Drawing) -> str:
    view, theme, _ = drawing
    state = view.states[step.name]
    paint = theme.builders[state]
    name = font(text(step.name), color=paint.text, bold=True)
    if state not in _WORDLESS:
        name += " " + font(state, color=paint.text, size=9)
    elif step.is_async:
        name += " " + font("async", color=theme.faint, size=9)
    lines = [name]
    if step.name in view.notes:
        lines.append(font(escaped(view.notes[step.name]), color=paint.text, size=9))
    products = _products(step, drawing)
    across = max(map(len, products))
    head = "".join(f"{line}{_LINE_END}" for line in lines)
    rows = [row(cell(head, align="left", cellpadding=1, colspan=across if across > 1 else ""))]
    rows += [row(*cells) for cells in products]
    return table(*rows, border=1, style="rounded", color=paint.border, bgcolor=paint.fill, spacing=4, padding=4)


def _products(step: Step, drawing: _Drawing) -> list[list[str]]:
    """Give the rows of cells with what a builder makes.

    From top to bottom the products stand in one row. From left to right several stand one below the other, each with
    its joining word before it: so every edge leaves at the side of its own product.
    """
    joints = [("or" if place else "and") for slot in step.slots for place, _ in enumerate(slot)]
    cells = [_product(key, port, drawing) for port, key in enumerate(step.produces)]
    if drawing.way == "LR" and len(cells) > 1:
        words = [cell(cellpadding=0), *(_joint(joint, drawing.theme) for joint in joints[1:])]
        stacked = [list(pair) for pair in zip(words, cells, strict=True)]
        if step.may_decline:
            stacked.append([_joint("or", drawing.theme), _joint("nothing", drawing.theme, align="left")])
        return stacked
    line = cells[:1]
    for joint, product in zip(joints[1:], cells[1:], strict=True):
        line += [_joint(joint, drawing.theme), product]
    if step.may_decline:
        line.append(_joint("or nothing", drawing.theme))
    return [line]


def _joint(word: str, theme: Theme, *, align: str = "") -> str:
    return cell(font(word, color=theme.faint, size=8), align=align, cellpadding=0)


def _product(key: Key, port: int, drawing: _Drawing) -> str:
    view, theme, _ = drawing
    target = key in view.plan.target
    paint = data_paint(theme, view.roles[key], target=target)
    return cell(
        font(text(key), color=paint.text, bold=target),
        port=f"p{port}",
        border=round(data_border(view.roles[key], target=target)),
        style="rounded,dashed" if key in view.transients else "rounded",
        color=paint.border,
        bgcolor=paint.fill,
    )


# --- edges -------------------------------------------------------------------------------------------------------


def _edges(drawing: _Drawing) -> Iterator[str]:
    for step in drawing.view.plan.steps:
        for read in step.inputs:
            if len(read.keys) == 1:
                yield _edge(read.keys[0], step, reading(read), drawing)
            else:
                yield from _edges_that_meet(read, step, drawing)


def _edge(key: Key, step: Step, kind: Reading, drawing: _Drawing) -> str:
    """Give the edge that brings a value to a builder.

    Feedback is written the other way round, with its arrow at the tail. That is the order in which the builders settle,
    so it cannot bend the layout; and it keeps to one side, so it is seen to go back. Only from a product that is not
    its builder's last it leaves like any other edge: on that side it would seem to come from the last.
    For an edge from a builder to itself room is kept only if it names no sides.
    """
    view, theme, way = drawing
    head = identifier("b", step.name)
    look = _look(theme, kind, view.roles[key], done=view.states[step.name] is State.DONE)
    if key in step.produces:
        return f"{head} -> {head}{look}"
    if kind is Reading.FEEDBACK:
        side = _FEEDBACK_SIDE[way]
        return f"{head}:{side} -> {_tail(key, view, side if _is_last(key, view) else _TAIL_SIDE[way])}{look}"
    return f"{_tail(key, view, _TAIL_SIDE[way])} -> {head}{look}"


def _edges_that_meet(read: Input, step: Step, drawing: _Drawing) -> Iterator[str]:
    """Give the edges of alternatives: from each to the circle, and on to the builder with the value that is there."""
    view, theme, way = drawing
    kind, done = reading(read), view.states[step.name] is State.DONE
    for key in read.keys:
        look = _look(theme, kind, view.roles[key], done=done, arrow="none")
        yield f"{_tail(key, view, _TAIL_SIDE[way])} -> {_meeting(step, read)}{look}"
    onward = _look(theme, kind, best_role(read, view), done=done)
    yield f"{_meeting(step, read)} -> {identifier('b', step.name)}{onward}"


def _tail(key: Key, view: View, side: str) -> str:
    if key not in view.makers:
        return f"{identifier('i', key)}:{side}"
    number, port = view.makers[key]
    return f"{identifier('b', view.plan.steps[number].name)}:p{port}:{side}"


def _is_last(key: Key, view: View) -> bool:
    return key not in view.makers or view.plan.steps[view.makers[key][0]].produces[-1] == key


def _look(theme: Theme, kind: Reading, role: Role, *, done: bool, arrow: str = "") -> str:
    """Give the attributes in which an edge differs from the usual one."""
    stroke, usual = STROKES[kind], STROKES[Reading.NEEDS]
    color = theme.values.get(role, theme.readings[kind])
    width = CARRIED_WIDTH if done and role is Role.PRESENT else stroke.width
    head = arrow or stroke.head
    different = attributes(
        {
            "style": stroke.style if stroke.style != usual.style else "",
            "color": color if color != theme.readings[Reading.NEEDS] else "",
            "penwidth": width if width != usual.width else "",
            "dir": "back" if kind is Reading.FEEDBACK else "",
            "arrowtail" if kind is Reading.FEEDBACK else "arrowhead": head if head != usual.head else "",
            "label": stroke.label,
            "fontcolor": color if stroke.label else "",
        }
    )
    return f" {different}" if different else ""
