"""What the house asks of a noun: frozen, slotted, keyword-only."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest


def fields(noun: Any) -> tuple[dataclasses.Field[Any], ...]:  # noqa: ANN401 - any dataclass
    return dataclasses.fields(noun)


def assert_frozen(noun: object) -> None:
    for field in fields(noun):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(noun, field.name, getattr(noun, field.name))
        with pytest.raises(dataclasses.FrozenInstanceError):
            delattr(noun, field.name)


def assert_slotted(noun: object) -> None:
    assert not hasattr(noun, "__dict__")


def assert_keyword_only(noun: object) -> None:
    kind: Callable[..., object] = type(noun)
    first, *_ = fields(noun)
    with pytest.raises(TypeError, match="positional argument"):
        kind(getattr(noun, first.name))


def assert_noun(noun: object) -> None:
    assert_frozen(noun)
    assert_slotted(noun)
    assert_keyword_only(noun)
    kind: Callable[..., object] = type(noun)
    again = kind(**{field.name: getattr(noun, field.name) for field in fields(noun)})
    assert again == noun
