"""The legend: the signs that a picture uses, each with its meaning, as the label of the frame around the picture.

It is a table without nodes, so it costs no layout.
"""

from __future__ import annotations

from collections.abc import Iterator

from polaris.export.labels import cell, font, html, row, table
from polaris.export.style import (
    ELSEWHERE_LEGEND,
    ROLE_LEGENDS,
    STROKES,
    TARGET_LEGEND,
    TRANSIENT_LEGEND,
    Paint,
    Reading,
    Role,
    Stroke,
    Theme,
    data_border,
    data_paint,
)
from polaris.export.view import View, reading

_WIDTH, _HEIGHT = 26, 14  # of a sample, in points
_GAP = 10
_DOT = 6


def legend_label(view: View, theme: Theme, *, columns: int | None) -> str:
    """Give the legend as an HTML-like label.

    Args:
        view: what the picture shows.
        theme: its colours.
        columns: how many entries stand in a row; None: all.
    """
    entries = list(_entries(view, theme))
    size = columns or len(entries)
    rows = [entries[start : start + size] for start in range(0, len(entries), size)]
    return html(table(*(row(*entry) for entry in rows), spacing=2, padding=1))


def _entries(view: View, theme: Theme) -> Iterator[str]:
    keys = [*view.outside, *view.makers]
    for role, words in ROLE_LEGENDS.items():
        if any(view.roles[key] is role and key not in view.plan.target for key in keys):
            yield _entry(_box(data_paint(theme, role, target=False), data_border(role, target=False)), words, theme)
    if any(view.roles[key] is Role.PRODUCT for key in view.outside):
        yield _entry(_box(data_paint(theme, Role.PRODUCT, target=False), 1), ELSEWHERE_LEGEND, theme)
    for role in [view.roles[key] for key in view.plan.target if key in keys][:1]:
        yield _entry(_box(data_paint(theme, role, target=True), data_border(role, target=True)), TARGET_LEGEND, theme)
    if not view.transients.isdisjoint(keys):
        paint = Paint(theme.faint, theme.background, theme.faint)
        yield _entry(_box(paint, 1, "rounded,dashed"), TRANSIENT_LEGEND, theme)
    used = {reading(read) for step in view.plan.steps for read in step.inputs}
    in_a_run = view.run is not None
    for kind, stroke in STROKES.items():
        if kind in used:
            color = theme.readings[Reading.NEEDS if in_a_run else kind]
            yield _entry(_line(color, stroke, theme), stroke.legend, theme)


def _entry(sample: str, words: str, theme: Theme) -> str:
    return cell(sample) + cell(font(words, color=theme.faint, size=9), align="left") + cell(width=_GAP)


def _box(paint: Paint, border: float, style: str = "rounded") -> str:
    look = _fixed(_WIDTH, _HEIGHT, border=round(border), style=style, color=paint.border, bgcolor=paint.fill)
    return table(row(look))


def _line(color: str, stroke: Stroke, theme: Theme) -> str:
    """Give a line: the bottom of a cell in the upper half of the sample, and the dot that some heads have."""
    dots = {"dotnormal": color, "odot": theme.background}
    length = _WIDTH - (_DOT if stroke.head in dots else 0)
    style = "" if stroke.style == "solid" else stroke.style
    upper = [_fixed(length, _HEIGHT // 2, border=round(stroke.width), sides="B", style=style, color=color)]
    if stroke.head in dots:
        dot = _fixed(_DOT, _DOT, border=1, style="rounded", color=color, bgcolor=dots[stroke.head])
        upper.append(cell(table(row(dot)), rowspan=2))
    return table(row(*upper), row(_fixed(length, _HEIGHT // 2)))


def _fixed(width: int, height: int, **look: str | float) -> str:
    return cell(width=width, height=height, fixedsize="true", **look)
