"""The shape of values, class by class."""

import dataclasses
import sys
from collections.abc import Callable
from dataclasses import InitVar, dataclass, field
from enum import Enum
from typing import (
    Annotated,
    Any,
    ClassVar,
    Final,
    Generic,
    Literal,
    NamedTuple,
    NewType,
    NotRequired,
    Optional,
    Required,
    TypedDict,
    TypeVar,
)

import attrs
import msgspec
import pydantic
import pytest
from typing_extensions import ReadOnly, TypeAliasType

from polaris._compiler.analyse.schema import shapes_of
from polaris._model.keys import Key, TypeForm, key_of
from polaris._model.plan import Schema

T = TypeVar("T")

Fields = tuple[tuple[str, str, bool], ...]


class A: ...


class B: ...


UserId = NewType("UserId", str)
AdminId = NewType("AdminId", UserId)
Ids = TypeAliasType("Ids", list[UserId])


def text_of(form: TypeForm) -> str:
    return shapes_of({Key("It"): form}).texts[Key("It")]


def schemas_of(*forms: TypeForm) -> dict[str, Schema]:
    return {schema.name: schema for schema in shapes_of({key_of(form): form for form in forms}).schemas}


def described(form: type) -> tuple[str, Fields]:
    schema = schemas_of(form)[form.__qualname__.rpartition("<locals>.")[2]]
    return schema.form, schema.fields


@pytest.mark.parametrize(
    ("form", "text"),
    [
        (A, "A"),
        (str, "str"),
        (UserId, "str"),
        (AdminId, "str"),
        (NewType("Many", list[UserId]), "list[str]"),
        (Ids, "list[str]"),
        (Annotated[UserId, "unit"], "str"),
        (list[A], "list[A]"),
        (dict[str, list[A]], "dict[str, list[A]]"),
        (tuple[A, ...], "tuple[A, ...]"),
        (B | A, "A | B"),
        (Optional[A], "A | None"),  # noqa: UP045
        (list[B | None], "list[B | None]"),
        (Literal["a", 1], "Literal['a', 1]"),
        (Callable[[A, B], None], "Callable[[A, B], None]"),
        (Any, "Any"),
        (T, "T"),
        (None, "None"),
        (type(None), "None"),
        ("Unknown", "Unknown"),
        (Final[A], "A"),
        (Required[A], "A"),
    ],
    ids=str,
)
def test_a_shape_is_written_as_in_python_with_newtypes_opened(form: TypeForm, text: str) -> None:
    assert text_of(form) == text


def test_a_dataclass() -> None:
    @dataclass
    class Ride:
        limit: ClassVar[int]
        one: int
        two: "list[A]" = field(default_factory=list[A])
        three: UserId | None = None
        temporary: InitVar[int] = 3

    assert described(Ride) == (
        "dataclass",
        (("one", "int", True), ("two", "list[A]", False), ("three", "None | str", False)),
    )


def test_a_dataclass_inherits_its_fields() -> None:
    @dataclass
    class Base:
        one: int

    @dataclass
    class Ride(Base):
        two: str

    assert described(Ride) == ("dataclass", (("one", "int", True), ("two", "str", True)))


def test_a_dataclass_that_was_made_without_annotations_of_its_own() -> None:
    made = dataclasses.make_dataclass("Made", [("n", int)])
    del made.__annotations__
    assert described(made) == ("dataclass", (("n", "int", True),))


def test_an_enum_has_its_members() -> None:
    class Color(Enum):
        RED = 1
        GREEN = "green"
        BLUE = ()
        CRIMSON = 1

    assert described(Color) == ("enum", (("RED", "1", True), ("GREEN", "'green'", True), ("BLUE", "tuple", True)))


def test_a_typed_dict() -> None:
    class Movie(TypedDict):
        name: Required[str]
        year: NotRequired[int]
        code: ReadOnly[UserId]  # type: ignore[valid-type]

    class Part(Movie, total=False):
        number: int

    assert described(Movie) == ("typeddict", (("name", "str", True), ("year", "int", False), ("code", "str", True)))
    assert ("number", "int", False) in described(Part)[1]


def test_a_named_tuple() -> None:
    class Pair(NamedTuple):
        one: int
        two: "A" = A()

    assert described(Pair) == ("namedtuple", (("one", "int", True), ("two", "A", False)))


def test_a_named_tuple_without_hints_holds_anything() -> None:
    from collections import namedtuple  # noqa: PYI024 - it is about the old form

    assert described(namedtuple("Pair", "one two", defaults=(2,))) == (
        "namedtuple",
        (("one", "Any", True), ("two", "Any", False)),
    )


def test_a_struct_has_the_names_it_is_encoded_with() -> None:
    class Event(msgspec.Struct, rename="camel", tag="event", tag_field="kind"):
        first_one: int
        second_one: str = "x"
        third_one: list[int] = []  # noqa: RUF012 - a struct copies it

    class Plain(msgspec.Struct, kw_only=True):
        one: int = 1
        two: str

    assert described(Event) == (
        "struct",
        (
            ("kind", "'event'", True),
            ("firstOne", "int", True),
            ("secondOne", "str", False),
            ("thirdOne", "list[int]", False),
        ),
    )
    assert set(described(Plain)[1]) == {("one", "int", False), ("two", "str", True)}


def test_a_pydantic_model() -> None:
    class Customer(pydantic.BaseModel):
        name: str
        tags: list[str] = []

    assert described(Customer) == ("pydantic", (("name", "str", True), ("tags", "list[str]", False)))


def test_an_attrs_class() -> None:
    @attrs.define
    class Order:
        number: int
        note: str = ""

    assert described(Order) == ("attrs", (("number", "int", True), ("note", "str", False)))


def test_an_attrs_class_without_hints_holds_anything() -> None:
    @attrs.define
    class Old:
        one = attrs.field(type=int)
        two = attrs.field()

    assert described(Old) == ("attrs", (("one", "int", True), ("two", "Any", True)))


def test_any_other_class_has_no_fields_that_are_known() -> None:
    assert described(A) == ("class", ())


def test_the_classes_of_fields_are_described_too_also_in_a_circle() -> None:
    found = schemas_of(Tree)
    assert found["Tree"].fields == (("leaf", "Leaf", True), ("children", "list[Tree]", True))
    assert found["Leaf"].fields == (("name", "str", True),)
    assert list(found) == ["Leaf", "Tree"]


def test_two_classes_of_one_name_get_names_of_their_own() -> None:
    def other() -> type:
        @dataclass
        class Leaf:
            number: int

        return Leaf

    @dataclass
    class Both:
        one: Leaf
        two: other()  # type: ignore[valid-type]

    assert {name: schema.fields for name, schema in schemas_of(Both).items()} == {
        "Both": (("one", "Leaf", True), ("two", "Leaf#2", True)),
        "Leaf": (("name", "str", True),),
        "Leaf#2": (("number", "int", True),),
    }


def test_the_classes_of_a_generic_are_described() -> None:
    @dataclass
    class Page(Generic[T]):
        items: list[T]

    assert text_of(Page[A]) == "Page[A]"
    assert schemas_of(Page[A])["Page"].fields == (("items", "list[T]", True),)


def test_a_hint_that_cannot_be_read_stays_as_it_is() -> None:
    @dataclass
    class Ride:
        one: "Unknown"  # type: ignore[name-defined] # noqa: F821
        two: list["Unknown"]  # type: ignore[name-defined] # noqa: F821

    assert described(Ride)[1] == (("one", "Unknown", True), ("two", "list['Unknown']", True))


def test_the_classes_are_given_along() -> None:
    shapes = shapes_of({Key("Tree"): Tree})
    assert set(shapes.classes) == {Tree, Leaf}


@dataclass
class Leaf:
    name: str


@dataclass
class Tree:
    leaf: Leaf
    children: "list[Tree]"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters came with Python 3.12")
def test_an_alias_of_the_language_is_opened() -> None:
    names: dict[str, Any] = {"A": A}
    exec("type Many = list[A]", names)
    assert text_of(names["Many"]) == "list[A]"
