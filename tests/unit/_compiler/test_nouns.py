"""What the stages hand to each other."""

import dataclasses
import functools

import pytest

from polaris._compiler.nouns import Marked
from polaris._compiler.wrapping import layers
from polaris._model.declaration import PLAIN


def plain() -> None: ...


@functools.wraps(plain)
def wrapper() -> None: ...


def test_a_marked_function_is_called_outside_and_read_inside() -> None:
    marked = Marked(layers(wrapper), PLAIN)
    assert marked.function is wrapper
    assert marked.plain() is plain


def test_what_is_handed_over_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        Marked((plain,), PLAIN).declaration = PLAIN  # type: ignore[misc]
