"""The tables are complete, and nothing is said by colour alone."""

from __future__ import annotations

import re

import pytest

from polaris.export.style import (
    STROKES,
    THEMES,
    Paint,
    Reading,
    Role,
    State,
    Stroke,
    Theme,
    data_border,
    data_paint,
)

EVERY_THEME = pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)


@EVERY_THEME
def test_a_theme_has_colours_for_every_state_role_and_reading(theme: Theme) -> None:
    assert set(theme.builders) == set(State)
    assert set(theme.data) == set(Role)
    assert set(theme.readings) == set(Reading)
    assert set(theme.values) == {Role.PRESENT, Role.WAITED, Role.ABSENT}


def luminance(color: str) -> float:
    """Give the relative luminance of a colour, as the accessibility guidelines define it."""
    color = "#ffffff" if color == "white" else color
    parts = [int(part, 16) / 255 for part in re.findall("[0-9a-f]{2}", color)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Give the contrast of two colours: from 1, none, to 21."""
    dark, bright = sorted([luminance(one), luminance(other)])
    return (bright + 0.05) / (dark + 0.05)


@EVERY_THEME
def test_text_can_be_read_on_its_ground(theme: Theme) -> None:
    paints: list[Paint] = [*theme.builders.values(), *theme.data.values(), *theme.targets.values()]
    assert [paint for paint in paints if contrast(paint.text, paint.fill) < 4.5] == []
    assert contrast(theme.title, theme.background) >= 4.5
    assert contrast(theme.faint, theme.background) >= 4.5


def test_no_two_kinds_of_edges_look_alike_in_black_and_white() -> None:
    def shape(stroke: Stroke) -> tuple[str, str, str]:
        return stroke.style, stroke.head, stroke.label

    assert len(set(map(shape, STROKES.values()))) == len(Reading)
    assert len({stroke.mermaid for stroke in STROKES.values()}) == len(Reading)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_a_target_has_a_paint_of_its_own_until_it_is_there(theme: Theme) -> None:
    assert data_paint(theme, Role.PRODUCT, target=True) != data_paint(theme, Role.PRODUCT, target=False)
    assert data_paint(theme, Role.ABSENT, target=True) != data_paint(theme, Role.ABSENT, target=False)
    assert data_paint(theme, Role.PRESENT, target=True) == data_paint(theme, Role.PRESENT, target=False)


def test_a_target_and_what_is_waited_for_have_thick_borders() -> None:
    assert data_border(Role.PRODUCT, target=True) == 2.0
    assert data_border(Role.WAITED, target=False) == 1.8
    assert data_border(Role.PRESENT, target=False) == 1.0
