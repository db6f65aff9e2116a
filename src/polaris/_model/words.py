"""How names are put together in sentences."""

from __future__ import annotations

from collections.abc import Iterable

from polaris._model.keys import key_of


def listed(names: Iterable[str], word: str) -> str:
    """Put names together: ``A, B and C``."""
    found = list(names)
    return f" {word} ".join([", ".join(found[:-1]), found[-1]] if len(found) > 1 else found)


def name_of(form: object) -> str:
    """Give the key of a type; a key is one already."""
    return form if isinstance(form, str) else key_of(form)
