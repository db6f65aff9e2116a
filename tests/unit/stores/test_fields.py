"""What a record holds, field by field, with live types."""

from __future__ import annotations

import typing
from dataclasses import InitVar, dataclass, field
from typing import Annotated, Any, ClassVar, Final, Generic, NamedTuple, NewType, TypeVar

import attrs
import msgspec
import pytest

from polaris._model.keys import TypeForm
from polaris.stores.fields import Field, fields_of, has_equality, is_class, is_model, is_typed_dict, plain
from tests.unit.stores.shapes import (
    Address,
    Card,
    Cat,
    Email,
    Hidden,
    Order,
    Page,
    Person,
    Point,
    Tree,
    Unequal,
    User,
    UserId,
)

T = TypeVar("T")
U = TypeVar("U")


@dataclass
class Pair(Generic[T, U]):
    first: T
    second: list[U]


@dataclass
class Swapped(Pair[U, int], Generic[U]):
    third: U


@dataclass
class Filled(Swapped[str]):
    pass


@dataclass
class Given:
    number: int
    seed: InitVar[int]
    kind: ClassVar[int] = 5
    bare: ClassVar = 6
    note: str = field(default="", compare=False)


@attrs.define
class Part:
    number: int
    note: str = attrs.field(default="", eq=False)


@attrs.define
class Untyped:
    anything = attrs.field()
    number = attrs.field(type=int)


class Ghost(msgspec.Struct, eq=False):
    number: int


class Loose(NamedTuple):
    anything: object


def pairs(form: TypeForm) -> dict[str, TypeForm]:
    found = fields_of(form)
    assert found is not None
    return {each.name: each.form for each in found}


@pytest.mark.parametrize(
    ("form", "fields"),
    [
        (Order, {"id": UserId, "pay": Card, "lines": list[Card], "tags": dict[str, Card]}),
        (Tree, {"name": str, "children": list[Tree]}),
        (Page[Card], {"items": list[Card], "next": int | None}),
        (Pair[int, str], {"first": int, "second": list[str]}),
        (Swapped[str], {"first": str, "second": list[int], "third": str}),
        (Filled, {"first": str, "second": list[int], "third": str}),
        (Pair, {"first": T, "second": list[U]}),
        (Person, {"name": str, "age": int}),
        (Hidden, {"_inner": int}),
        (Cat, {"lives": int}),
        (Point, {"x": int, "y": int}),
        (Address, {"street": str, "zip": int}),
        (Given, {"number": int, "seed": int, "note": str}),
        (Part, {"number": int, "note": str}),
        (Untyped, {"anything": Any, "number": int}),
    ],
)
def test_fields_have_live_types(form: TypeForm, fields: dict[str, TypeForm]) -> None:
    assert pairs(form) == fields


@pytest.mark.parametrize("form", [int, list[int], User, int | str, None, typing.Any, "Order"])
def test_what_is_no_record_has_no_fields(form: TypeForm) -> None:
    assert fields_of(form) is None


def test_a_named_tuple_without_hints_may_hold_anything() -> None:
    import collections

    assert pairs(collections.namedtuple("Old", ["x"])) == {"x": Any}


def test_a_field_says_whether_it_is_kept_and_whether_it_counts() -> None:
    assert fields_of(Given) == (
        Field("number", int),
        Field("seed", int, is_init_only=True),
        Field("note", str, is_compared=False),
    )
    assert fields_of(Part) == (Field("number", int), Field("note", str, is_compared=False))


def test_a_hint_that_cannot_be_read_raises_what_reading_it_raises() -> None:
    @dataclass
    class Odd:
        number: Missing  # type: ignore[name-defined]  # noqa: F821

    with pytest.raises(NameError):
        fields_of(Odd)


def test_what_stands_around_a_type_is_taken_off() -> None:
    assert plain(Annotated[Email, "note"]) is str
    assert plain(Final[NewType("Number", int)]) is int  # type: ignore[misc]
    assert plain(None) is type(None)
    assert plain(list[Email]) == list[Email]


def test_kinds_of_classes_are_known_by_what_they_carry() -> None:
    assert [is_typed_dict(cls) for cls in (Address, dict, Order)] == [True, False, False]
    assert [is_model(cls) for cls in (User, Order)] == [True, False]
    assert [is_class(form) for form in (Order, list[int], None)] == [True, False, False]


def test_a_class_says_whether_its_values_can_be_equal() -> None:
    assert [has_equality(cls) for cls in (Order, Cat, Address, Point)] == [True] * 4
    assert [has_equality(cls) for cls in (Unequal, Ghost, object)] == [False] * 3
