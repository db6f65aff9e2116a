"""Exactly equal: the same class and equal fields, all the way down."""

from __future__ import annotations

import enum
import math
import pickle
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from ipaddress import ip_address
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any, Generic, NamedTuple, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import attrs
import msgspec
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polaris.stores.exact import difference, exact, parts

T = TypeVar("T")


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1


class Right(enum.Flag):
    READ = 1
    WRITE = 2


class Point(NamedTuple):
    x: Any
    y: Any = 0


@dataclass
class Card:
    number: Any
    notes: Any = None


@dataclass(frozen=True, slots=True)
class Slotted:
    number: Any


@dataclass
class Gold(Card):
    pass


@dataclass(eq=False)
class Unequal:
    number: int = 1


@dataclass
class Partly:
    number: int = field(compare=False)


@dataclass(repr=False)
class Late:
    number: int = field(init=False)


@dataclass
class Page(Generic[T]):
    items: list[T]

    @cached_property
    def size(self) -> int:
        return len(self.items)


@attrs.define
class Attrs:
    _number: Any


@attrs.define(eq=False)
class UnequalAttrs:
    number: int = 1


class Struct(msgspec.Struct):
    number: Any


class UnequalStruct(msgspec.Struct, eq=False):
    number: int = 1


class Model(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(extra="allow")
    number: Any
    _secret: int = pydantic.PrivateAttr(default=0)


class Text(str):
    __slots__ = ()


class Plain:
    def __init__(self, number: object) -> None:
        self.number = number

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Plain) and self.number == other.number

    __hash__ = object.__hash__


class Stubborn:
    def __eq__(self, other: object) -> bool:
        raise RuntimeError("the secret is 42")

    __hash__ = object.__hash__


PARIS = ZoneInfo("Europe/Paris")
NOON = datetime(2024, 7, 1, 12)  # noqa: DTZ001


def copied(value: object) -> object:
    """Give a copy that is another object all the way down, as one from a store is."""
    return pickle.loads(pickle.dumps(value))


EQUAL: tuple[object, ...] = (
    None,
    True,
    0,
    2**80,
    -0.0,
    1.5,
    math.inf,
    "",
    "Zürich",
    b"ab",
    bytearray(b"ab"),
    1 + 2j,
    UUID(int=5),
    NOON,
    NOON.replace(tzinfo=UTC),
    NOON.replace(tzinfo=timezone(timedelta(hours=5, minutes=30))),
    NOON.replace(tzinfo=PARIS),
    date(2024, 7, 1),
    time(1, 2, 3),
    time(1, 2, tzinfo=UTC),
    timedelta(days=-1, microseconds=7),
    Decimal("1.00"),
    Fraction(1, 3),
    PurePosixPath("a/b"),
    ip_address("::1"),
    Colour.RED,
    Level.LOW,
    Right.READ | Right.WRITE,
    Point(1, [2]),
    Card(Card(1), [{"a": (1, 2)}]),
    Slotted(1),
    Partly(1),
    Late(),
    Page([1]),
    Attrs(1),
    Struct(1),
    Model.model_validate({"number": 1, "other": 2}),
    Plain(1),
    [],
    [1, [2, [3]]],
    (1, "a"),
    {1, 2},
    frozenset({Slotted(1), Slotted(2)}),
    {"b": 1, "a": [2]},
)


@pytest.mark.parametrize("value", EQUAL, ids=lambda value: type(value).__name__)
def test_a_copy_is_exactly_equal(value: object) -> None:
    assert difference(value, copied(value)) is None
    assert exact(value, copied(value))


DIFFERENT: list[tuple[object, object, str]] = [
    (1, True, ""),
    (True, 1, ""),
    (1.0, 1, ""),
    (1, 2, ""),
    (2**53 + 1, float(2**53), ""),
    (0.0, -0.0, ""),
    (0j, -0j, ""),
    (math.nan, None, ""),
    ("1", 1, ""),
    (Text("a"), "a", ""),
    (Level.LOW, 1, ""),
    (Colour.RED, Colour.BLUE, ""),
    (Right.READ, Right.READ | Right.WRITE, ""),
    (b"a", bytearray(b"a"), ""),
    (Decimal("1.0"), Decimal("1.00"), ""),
    (Decimal("NaN"), Decimal("NaN"), ""),
    (Decimal("sNaN"), Decimal("sNaN"), ""),
    (NOON, NOON.replace(tzinfo=UTC), ""),
    (NOON, NOON.replace(fold=1), ""),
    (NOON, NOON + timedelta(microseconds=1), ""),
    (NOON.replace(tzinfo=PARIS), NOON.replace(tzinfo=timezone(timedelta(hours=2))), ""),
    (NOON.replace(tzinfo=UTC), NOON.replace(hour=13, tzinfo=timezone(timedelta(hours=1))), ""),
    (time(1, tzinfo=UTC), time(1), ""),
    (PureWindowsPath("A"), PureWindowsPath("a"), ""),
    (PurePosixPath("a"), PureWindowsPath("a"), ""),
    ([1], (1,), ""),
    ([1], [1, 2], ""),
    ([1, [2, 3]], [1, [2, 4]], "[1][1]"),
    ((1, "a"), (1, "b"), "[1]"),
    (Point(1, 2), (1, 2), ""),
    (Point(1, [2]), Point(1, [3]), ".y[0]"),
    ({"a": 1}, {"a": 2}, "[...]"),
    ({"a": 1}, {"b": 1}, "[...]"),
    ({"a": 1}, {"a": 1, "b": 2}, ""),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}, "[...]"),
    ({1: "a"}, {True: "a"}, "[...]"),
    ({"a": Card(1)}, {"a": Card(2)}, "[...].number"),
    (OrderedDict(a=1), {"a": 1}, ""),
    ({1, 2}, {1, 3}, ""),
    ({1, 2}, {True, 2}, "[...]"),
    ({0.0}, {-0.0}, "[...]"),
    ({1}, frozenset({1}), ""),
    (frozenset({Point(1, 2)}), frozenset({Point(True, 2)}), "[...].x"),
    (Card(1), Card(2), ".number"),
    (Card(Card(1)), Card(Card(True)), ".number.number"),
    (Card([1, Slotted(Struct(1))]), Card([1, Slotted(Struct(2))]), ".number[1].number.number"),
    (Gold(1), Card(1), ""),
    (Unequal(), Unequal(), ""),
    (Partly(1), Partly(2), ".number"),
    (Attrs(1), Attrs(2), "._number"),
    (UnequalAttrs(), UnequalAttrs(), ""),
    (Struct(1), Struct(2), ".number"),
    (UnequalStruct(), UnequalStruct(), ""),
    (Model(number=1), Model(number=2), ".number"),
    (Model.model_validate({"number": 1, "other": 2}), Model(number=1), ".__pydantic_extra__"),
    (Plain(1), Plain(2), ""),
    (Stubborn(), Stubborn(), ""),
    (object(), object(), ""),
]


@pytest.mark.parametrize(("value", "back", "path"), DIFFERENT)
def test_what_differs_is_named_by_its_path_and_never_by_its_value(value: object, back: object, path: str) -> None:
    found = difference(value, back)
    assert found is not None
    assert found.path == path
    assert not exact(value, back)


def test_an_int_where_a_float_is_declared_may_come_back_as_the_equal_float() -> None:
    assert exact(1, 1.0)
    assert exact([Card(2**53)], [Card(float(2**53))])
    assert not exact(2**53 + 1, float(2**53))
    assert not exact(True, 1.0)
    assert not exact(1.0, 1)


def test_an_attribute_that_the_class_does_not_declare_counts() -> None:
    value, back = Card(1), Card(1)
    vars(value)["extra"] = 1
    assert difference(value, back) == (".extra", "it does not come back")
    vars(back)["extra"] = 2
    assert difference(value, back) == (".extra", "it comes back as another value")
    vars(back)["extra"] = 1
    assert exact(value, back)


def test_a_field_that_was_never_set_counts() -> None:
    value, back = Late(), Late()
    assert exact(value, back)
    value.number = 1
    assert difference(value, back) == (".number", "it does not come back")


def test_what_follows_from_the_fields_does_not_count() -> None:
    value, back = Page[int]([1]), Page([1])
    assert value.size == 1
    assert exact(value, back)


def test_private_attributes_of_a_model_count() -> None:
    value, back = Model(number=1), Model(number=1)
    value._secret = 5
    found = difference(value, back)
    assert found is not None
    assert found.path == ".__pydantic_private__[...]"


def test_the_same_object_is_equal_to_itself() -> None:
    nan = [Decimal("NaN")]
    assert exact(nan, nan)


def test_a_class_that_cannot_be_compared_says_so_and_no_more() -> None:
    found = difference(Stubborn(), Stubborn())
    assert found is not None
    assert found.why == "its class cannot be compared"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda children: st.lists(children) | st.dictionaries(st.text(), children) | st.builds(Card, children, children),
    max_leaves=10,
)


@given(JSON)
def test_every_value_is_exactly_equal_to_its_copy(value: object) -> None:
    assert exact(value, copied(value))


@given(JSON, JSON)
def test_what_is_exactly_equal_is_equal(value: object, other: object) -> None:
    assert not exact(value, other) or value == other


def deep_parts(value: object) -> Iterator[str]:
    for path, child in parts(value):
        yield path
        yield from (path + inner for inner in deep_parts(child))


def test_a_value_is_taken_apart_with_its_paths_but_keys_are_not_told() -> None:
    value = Card([1, {"secret": Point(1, {2})}], Slotted(None))
    assert list(deep_parts(value)) == [
        ".number",
        ".number[0]",
        ".number[1]",
        ".number[1][...]",
        ".number[1][...]",
        ".number[1][...].x",
        ".number[1][...].y",
        ".number[1][...].y[...]",
        ".notes",
        ".notes.number",
    ]
