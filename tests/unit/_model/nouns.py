"""What the house asks of a noun: frozen, slotted, keyword-only; the last not of tuples, which are there to be quick."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest


def names(noun: Any) -> tuple[str, ...]:  # noqa: ANN401 - any dataclass or named tuple
    if isinstance(noun, tuple):
        found: tuple[str, ...] = noun._fields  # type: ignore[attr-defined]
        return found
    return tuple(field.name for field in dataclasses.fields(noun))


def assert_frozen(noun: object) -> None:
    for name in names(noun):
        with pytest.raises(AttributeError):
            setattr(noun, name, getattr(noun, name))
        with pytest.raises(AttributeError):
            delattr(noun, name)


def assert_slotted(noun: object) -> None:
    assert not hasattr(noun, "__dict__")


def assert_keyword_only(noun: object) -> None:
    kind: Callable[..., object] = type(noun)
    first, *_ = names(noun)
    with pytest.raises(TypeError, match="positional argument"):
        kind(getattr(noun, first))


def assert_noun(noun: object) -> None:
    assert_frozen(noun)
    assert_slotted(noun)
    if not isinstance(noun, tuple):
        assert_keyword_only(noun)
    kind: Callable[..., object] = type(noun)
    again = kind(**{name: getattr(noun, name) for name in names(noun)})
    assert again == noun
