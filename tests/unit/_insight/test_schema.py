"""Schemas are asked of real types, and tried on values as they are stored."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, make_dataclass
from datetime import datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Any, Generic, Literal, NamedTuple, NewType, TypedDict, TypeVar

import pytest

import polaris
from polaris import Workflow
from polaris._insight.schema import next_inputs_schema, split
from polaris._model.ahead import NextInputs, Way

T = TypeVar("T")


class Colour(Enum):
    RED = "red"
    TWO = 2


class Odd(Enum):
    PAIR = (1, 2)


class Point(NamedTuple):
    x: int
    y: int = 0


class Person(TypedDict, total=False):
    name: str


@dataclass(frozen=True)
class Page(Generic[T]):
    number: int


@dataclass(frozen=True)
class Item:
    sku: str
    price: Decimal
    parts: list[Item]
    when: datetime | None = None


Name = NewType("Name", str)
Kind = NewType("Kind", Literal["a|b", 2, True, None])  # type: ignore[valid-newtype] # noqa: PYI061
Bits = NewType("Bits", Literal[b"x"])  # type: ignore[valid-newtype]
Shade = NewType("Shade", Literal[Colour.RED])  # type: ignore[valid-newtype]
Table = NewType("Table", dict[str, tuple[int, ...]])
Pair = NewType("Pair", tuple[int, str])
Nothing = NewType("Nothing", tuple[()])
Bag = NewType("Bag", set[bytes])
File = NewType("File", Path)
Any_ = NewType("Any_", list[Any])
Ordered = NewType("Ordered", OrderedDict[str, int])

FIRST_TWIN = make_dataclass("Twin", [("n", int)])
SECOND_TWIN = make_dataclass("Twin", [("one", FIRST_TWIN)])


@dataclass(frozen=True)
class Out:
    n: int


def schema_of(form: object) -> tuple[Any, dict[str, Any]]:
    """Give the schema of one type, and of the classes in it."""

    def build(given: object) -> Out: ...

    build.__annotations__ = {"given": form, "return": Out}
    plan = polaris.compile_plan(Workflow("flow", target=Out, builders=[build]))
    key = next(info.name for info in plan.keys if info.kind == "input")
    schema: dict[str, Any] = next_inputs_schema(plan, NextInputs(workflow="flow", ways=(Way(data=(key,)),)))
    return schema["oneOf"][0]["properties"][key], schema.get("$defs", {})


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (Name, {"type": "string"}),
        (Kind, {"enum": ["a|b", 2, True, None]}),
        (Bits, {}),
        (Shade, {}),
        (Table, {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "integer"}}}),
        (
            Pair,
            {
                "type": "array",
                "prefixItems": [{"type": "integer"}, {"type": "string"}],
                "minItems": 2,
                "maxItems": 2,
            },
        ),
        (Bag, {"type": "array", "uniqueItems": True, "items": {"type": "string", "contentEncoding": "base64"}}),
        (Any_, {"type": "array", "items": {}}),
    ],
)
def test_a_shape_is_described_as_it_is_written(form: object, expected: object) -> None:
    assert schema_of(form)[0] == expected


def test_a_class_is_described_once_even_if_it_holds_itself() -> None:
    found, classes = schema_of(list[Item])
    assert found == {"type": "array", "items": {"$ref": "#/$defs/Item"}}
    assert classes["Item"] == {
        "title": "Item",
        "type": "object",
        "properties": {
            "sku": {"type": "string"},
            "price": {"type": "string", "format": "decimal"},
            "parts": {"type": "array", "items": {"$ref": "#/$defs/Item"}},
            "when": {"anyOf": [{"type": "null"}, {"type": "string", "format": "date-time"}]},
        },
        "required": ["sku", "price", "parts"],
    }


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        (Colour, {"title": "Colour", "enum": ["red", 2]}),
        (Odd, {"title": "Odd"}),
        (
            Point,
            {
                "title": "Point",
                "type": "array",
                "prefixItems": [{"type": "integer"}, {"type": "integer"}],
                "minItems": 1,
                "maxItems": 2,
            },
        ),
        (Person, {"title": "Person", "type": "object", "properties": {"name": {"type": "string"}}, "required": []}),
        (File, {"title": "Path"}),
    ],
)
def test_classes_are_described_by_their_kind(form: object, expected: dict[str, object]) -> None:
    found, classes = schema_of(form)
    assert found == {"$ref": f"#/$defs/{expected['title']}"}
    assert classes[str(expected["title"])] == expected


@pytest.mark.parametrize("form", [Page[int], Ordered])
def test_a_generic_class_is_described_as_it_declares_itself(form: object) -> None:
    assert "$ref" in schema_of(form)[0]


def test_one_object_for_each_set_with_all_of_its_keys_and_no_other() -> None:
    def build(name: Name, pair: Pair) -> Out: ...

    plan = polaris.compile_plan(Workflow("flow", target=Out, builders=[build]))
    ways = (Way(data=("Name",)), Way(data=(Name, Pair)), Way(data=()))
    one, two, none = next_inputs_schema(plan, NextInputs(workflow="flow", ways=ways))["oneOf"]
    assert one == {
        "type": "object",
        "properties": {"Name": {"type": "string"}},
        "required": ["Name"],
        "additionalProperties": False,
    }
    assert two["required"] == ["Name", "Pair"]
    assert none == {"type": "object", "properties": {}, "required": [], "additionalProperties": False}


def test_where_nothing_helps_nothing_fits() -> None:
    def build(name: Name) -> Out: ...

    plan = polaris.compile_plan(Workflow("flow", target=Out, builders=[build]))
    assert next_inputs_schema(plan, NextInputs(workflow="flow"))["oneOf"] == [False]


def test_a_name_becomes_a_part_of_a_pointer() -> None:
    found, classes = schema_of(SECOND_TWIN)
    assert found == {"$ref": "#/$defs/Twin"}
    assert classes["Twin"]["properties"] == {"one": {"$ref": "#/$defs/Twin%232"}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a | b", ["a", "b"]),
        ("dict[str, a | b] | None", ["dict[str, a | b]", "None"]),
        ("Literal['a | [b', \"it's | \"] | c", ["Literal['a | [b', \"it's | \"]", "c"]),
        (r"Literal['\' | '] | c", [r"Literal['\' | ']", "c"]),
    ],
)
def test_a_shape_is_split_outside_of_brackets_and_quotes(text: str, expected: list[str]) -> None:
    assert split(text, "|") == expected
