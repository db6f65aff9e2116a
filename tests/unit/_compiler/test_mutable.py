"""Which types have values that can be changed in place."""

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, NewType, TypedDict

import attrs
import msgspec
import pydantic
import pytest

from polaris._compiler.mutable import is_mutable


@dataclass
class Loose: ...


@dataclass(frozen=True)
class Firm: ...


@attrs.define
class LooseAttrs: ...


@attrs.frozen
class FirmAttrs: ...


class LooseStruct(msgspec.Struct): ...


class FirmStruct(msgspec.Struct, frozen=True): ...


class LooseModel(pydantic.BaseModel): ...


class FirmModel(pydantic.BaseModel, frozen=True): ...


class Form(TypedDict):
    name: str


class Pair(NamedTuple):
    one: int


class Colour(enum.Enum):
    RED = 1


Name = NewType("Name", str)
Loosened = NewType("Loosened", Loose)


@pytest.mark.parametrize(
    "form", [Loose, LooseAttrs, LooseStruct, LooseModel, Form, list[Firm], dict[str, Firm], Loosened]
)
def test_values_of_these_can_be_changed(form: Any) -> None:  # noqa: ANN401 - a type form
    assert is_mutable(form)


@pytest.mark.parametrize(
    "form",
    [Firm, FirmAttrs, FirmStruct, FirmModel, Pair, Colour, Name, tuple[Firm, ...], Sequence[Firm], Literal[1], None],
)
def test_values_of_these_cannot_or_nothing_is_known_of_it(form: Any) -> None:  # noqa: ANN401 - a type form
    assert not is_mutable(form)
