"""What is drawn is what a store gives back as it was, and every part of a value is drawn by our rules."""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, time
from math import isfinite
from typing import Annotated, Any, Generic, NotRequired, TypedDict, TypeVar

import attrs
import msgspec
import pydantic
import pytest
from annotated_types import Gt
from hypothesis import strategies as st

from polaris._model.keys import TypeForm
from polaris.testing import values
from polaris.testing.strategies import Strategies
from tests.unit.testing.drawing import all_of

T = TypeVar("T")

NONE: Strategies = {}


@dataclass(frozen=True)
class Item:
    name: str


@attrs.frozen
class Parcel:
    weight: float


class Courier(msgspec.Struct, frozen=True):
    name: str
    speed: float


class Label(pydantic.BaseModel):
    text: str = pydantic.Field(alias="from")


class Paid(pydantic.BaseModel):
    amount: float = pydantic.Field(gt=0)


@dataclass(frozen=True)
class Weighed:
    grams: Annotated[float, Gt(0)]


class Bill(pydantic.BaseModel):
    amount: float


@attrs.frozen
class Box(Generic[T]):
    content: T


class Patch(TypedDict, total=False):
    name: str
    price: float


class Profile(TypedDict):
    name: str
    motto: NotRequired[str]


def drawn(form: TypeForm, strategies: Strategies = NONE) -> list[Any]:
    return all_of(values(form, strategies))


@pytest.mark.parametrize("form", [datetime, time])
def test_moments_are_not_folded(form: TypeForm) -> None:
    assert {moment.fold for moment in drawn(form)} == {0}


@pytest.mark.parametrize(("form", "name"), [(Parcel, "weight"), (Courier, "speed"), (Bill, "amount")])
def test_numbers_inside_every_kind_of_class_are_finite(form: TypeForm, name: str) -> None:
    assert all(isfinite(getattr(value, name)) for value in drawn(form))


@pytest.mark.parametrize(("form", "name"), [(Parcel, "weight"), (Courier, "speed"), (Bill, "amount")])
def test_a_strategy_of_ones_own_is_used_inside_every_kind_of_class(form: TypeForm, name: str) -> None:
    assert {getattr(value, name) for value in drawn(form, {float: st.just(1.5)})} == {1.5}


@pytest.mark.parametrize(
    ("form", "kinds"),
    [(Sequence[int], {list, tuple}), (Mapping[str, int], {dict}), (AbstractSet[int], {set, frozenset})],
    ids=str,
)
def test_an_abstract_collection_is_one_that_a_store_takes(form: TypeForm, kinds: set[type]) -> None:
    assert {type(value) for value in drawn(form)} <= kinds


def test_complex_numbers_are_finite() -> None:
    assert all(isfinite(number.real) and isfinite(number.imag) for number in drawn(complex))


@pytest.mark.parametrize(("form", "name"), [(Weighed, "grams"), (Paid, "amount")])
def test_a_constraint_is_kept_to(form: TypeForm, name: str) -> None:
    numbers = [getattr(value, name) for value in drawn(form)]
    assert all(number > 0 and isfinite(number) for number in numbers)
    assert {getattr(value, name) for value in drawn(form, {float: st.just(1.5)})} == {1.5}


def test_a_field_with_an_alias_is_drawn() -> None:
    assert {type(label.text) for label in drawn(Label)} == {str}


def test_a_generic_attrs_class_is_drawn_with_its_arguments() -> None:
    assert {type(box.content) for box in drawn(Box[Item])} == {Item}


def test_a_key_that_is_not_required_is_drawn_and_left_out() -> None:
    assert {tuple(sorted(value)) for value in drawn(Profile)} == {("name",), ("motto", "name")}


def test_the_keys_of_a_typed_dict_that_is_not_total_are_left_out_too() -> None:
    assert {} in drawn(Patch)
    assert {tuple(sorted(value)) for value in drawn(Patch)} == {(), ("name",), ("price",), ("name", "price")}
