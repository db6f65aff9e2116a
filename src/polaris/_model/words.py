"""How names are put together in sentences."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from polaris._model.keys import key_of

if TYPE_CHECKING:
    from rich.text import Text

Styles = tuple[tuple[str, str], ...]
"""Patterns of a text, and how each is shown."""

BUILDER = (r"`[^`\n]+`", "cyan")
"""How builders are shown."""


def listed(names: Iterable[str], word: str) -> str:
    """Put names together: ``A, B and C``."""
    found = list(names)
    return f" {word} ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)


def name_of(form: object) -> str:
    """Give the key of a type; a key is one already."""
    return form if isinstance(form, str) else key_of(form)


def coloured(text: str, styles: Styles) -> Text:
    """Give a text with colours, for terminals; only what asks for it has `rich` loaded."""
    from rich.text import Text  # optional, extra `cli`

    found = Text(text)
    for pattern, style in styles:
        found.highlight_regex(pattern, style)
    return found
