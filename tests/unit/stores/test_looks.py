"""Which types look alike in JSON: as msgspec sees it, for every pair of types."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Literal, Union
from uuid import UUID

import msgspec
import pytest

from polaris._model.keys import TypeForm
from polaris.errors import CodecError
from polaris.stores.codecs import JsonCodec
from polaris.stores.hooks import from_plain
from polaris.stores.looks import alike_because, can_be_a_key, first_alike, looks_of
from tests.unit.stores.shapes import (
    Address,
    Card,
    Cat,
    Colour,
    Dog,
    Email,
    Level,
    Page,
    Person,
    Plain,
    Point,
    Right,
    User,
    UserId,
)


class Untagged(msgspec.Struct):
    number: int


class Elsewhere(msgspec.Struct, tag=True, tag_field="kind"):
    number: int


class Namesake(msgspec.Struct, tag="Cat"):
    number: int


TYPES: tuple[TypeForm, ...] = (
    None,
    str,
    int,
    float,
    bool,
    bytes,
    bytearray,
    memoryview,
    UUID,
    date,
    time,
    timedelta,
    datetime,
    Decimal,
    UserId,
    Colour,
    Level,
    Right,
    Literal["a"],
    Literal[5],
    Literal["a", 5],
    Literal[True],
    Point,
    Address,
    list[int],
    set[int],
    frozenset[int],
    tuple[int, str],
    tuple[int, ...],
    dict[str, int],
    Card,
    Person,
    Page[int],
    Cat,
    Dog,
    Untagged,
    Elsewhere,
    Namesake,
    Path,
    Fraction,
    complex,
    User,
    msgspec.Raw,
)


def takes(form: TypeForm) -> bool:
    """Say whether msgspec takes a type."""
    try:
        msgspec.json.Decoder(form, dec_hook=from_plain)
    except TypeError:
        return False
    return True


@pytest.mark.parametrize("one", TYPES)
def test_a_pair_looks_alike_if_msgspec_refuses_its_union(one: TypeForm) -> None:
    for other in TYPES:
        if one is not other:
            union = Union[one, other]  # noqa: UP007 - None is among them
            assert (first_alike(union) is None) is takes(union), other


ARRAY = msgspec.defstruct("Array", [("number", int)], array_like=True)
TAGGED = [msgspec.defstruct(name, [("number", int)], array_like=True, tag=True) for name in "AB"]


def test_structs_that_are_written_as_lists_look_like_lists() -> None:
    assert first_alike(list[int] | ARRAY) is not None
    assert first_alike(TAGGED[0] | TAGGED[1]) is None
    assert takes(TAGGED[0] | TAGGED[1])


def test_every_variant_is_looked_at() -> None:
    found = first_alike(int | None | Card | list[int] | Person)
    assert found is not None
    assert [look.form for look in found] == [Card, Person]


@pytest.mark.parametrize(
    ("form", "why"),
    [
        (str | datetime, "both are text"),
        (int | Level, "both are whole numbers"),
        (list[int] | Point, "both are lists"),
        (Card | Person, "both are objects"),
        (str | Path, f"a {Path.__name__} can have no alternative but None"),
        (User | Path, "a User can have no alternative but None"),
    ],
)
def test_it_is_said_why(form: TypeForm, why: str) -> None:
    found = first_alike(form)
    assert found is not None
    assert alike_because(*found) == why


KEYS: list[tuple[TypeForm, object]] = [
    (str, "a"),
    (int, 1),
    (float, 1.5),
    (bytes, b"a"),
    (UUID, UUID(int=5)),
    (date, date(2024, 7, 1)),
    (time, time(1)),
    (timedelta, timedelta(1)),
    (datetime, datetime(2024, 7, 1)),  # noqa: DTZ001
    (Decimal, Decimal("1.0")),
    (UserId, "a"),
    (Email, "a"),
    (Colour, Colour.RED),
    (Level, Level.LOW),
    (Literal["a", 5], 5),
    (bool, True),
    (type(None), None),
    (Point, Point(1)),
    (tuple[int, str], (1, "a")),
    (frozenset[int], frozenset({1})),
    (Path, Path("a")),
    (Fraction, Fraction(1, 2)),
    (complex, 1j),
    (int | str, 1),
]


@pytest.mark.parametrize(("form", "key"), KEYS)
def test_what_can_be_a_key_comes_back_as_a_key(form: TypeForm, key: object) -> None:
    try:
        JsonCodec().encode({key: 1}, dict[form, int])
        comes_back = True
    except CodecError:
        comes_back = False
    assert can_be_a_key(form) is comes_back


def test_nobody_knows_what_a_plain_class_or_a_special_form_looks_like() -> None:
    assert [looks_of(form) for form in (Plain, Any, "text")] == [[], [], []]
