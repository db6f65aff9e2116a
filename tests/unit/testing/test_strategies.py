"""Values drawn from types, and deliveries drawn from workflows."""

import enum
import importlib
import sys
from abc import ABC, abstractmethod
from collections import namedtuple
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from math import isfinite
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, TypedDict, TypeVar
from uuid import UUID

import attrs
import msgspec
import pydantic
import pytest
import typing_extensions
from hypothesis import strategies as st
from typing_extensions import TypeAliasType

from polaris._model.keys import TypeForm, runtime_class
from polaris.errors import DeclarationError, MissingExtraError
from polaris.testing import values
from polaris.testing.strategies import Strategies
from tests.unit.testing.drawing import all_of, first

T = TypeVar("T")

NONE: Strategies = {}


@dataclass(frozen=True)
class Item:
    name: str
    price: float


@dataclass
class Cart:
    items: list[Item]
    coupon: Item | None
    note: Annotated[str, "shown to the courier"] = field(default="", kw_only=True)
    total: float = field(default=-1.0, init=False)


@dataclass(frozen=True)
class Chain:
    link: int
    rest: "Chain | None"


@dataclass(frozen=True)
class Page(Generic[T]):
    rows: list[T]
    first: T
    by_name: dict[str, tuple[T, int]]


@dataclass(frozen=True)
class Moment:
    at: datetime
    on: date
    clock: time
    lasts: timedelta
    of: UUID


@attrs.frozen
class Address:
    street: str
    _floor: int


class Courier(msgspec.Struct, frozen=True):
    name: str


class Invoice(pydantic.BaseModel):
    number: int


class Point(NamedTuple):
    x: int
    item: Item


class Pair(NamedTuple, Generic[T]):
    left: T
    right: T


class Form(TypedDict):
    name: str
    item: Item


class OlderForm(typing_extensions.TypedDict):
    name: str


class Status(enum.Enum):
    OPEN = 1
    SHUT = 2


class Opaque:
    def __init__(self, handle) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001 - nothing says what it is made of
        self.handle = handle


class Shape(ABC):
    @abstractmethod
    def area(self) -> float: ...


@dataclass(frozen=True)
class Holder:
    inside: list[Opaque]


UserId = NewType("UserId", str)
AdminId = NewType("AdminId", UserId)
Items = TypeAliasType("Items", list[Item])


def drawn(form: TypeForm, strategies: Strategies = NONE) -> list[Any]:
    """Give a hundred values of a type, the same each time."""
    return all_of(values(form, strategies))


# --- values ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "form",
    [
        Item,
        Cart,
        Chain,
        Page[Item],
        Page[Page[UserId]],
        Page,
        Moment,
        Address,
        Courier,
        Invoice,
        Point,
        Pair[Item],
        Form,
        OlderForm,
        Status,
        UserId,
        AdminId,
        Items,
        Annotated[Item, "the only one"],
        Annotated[Items, "all of them"],
        list[Item],
        dict[UserId, Item],
        set[int],
        frozenset[str],
        tuple[Item, ...],
        tuple[Item, int],
        Decimal,
        type(None),
    ],
    ids=str,
)
def test_a_value_is_an_instance_of_its_type(form: TypeForm) -> None:
    assert {type(value) for value in drawn(form)} == {runtime_class(form)}


def test_the_fields_of_a_value_are_of_their_types() -> None:
    for cart in drawn(Cart):
        assert all(type(item) is Item for item in cart.items)
        assert type(cart.coupon) in {Item, type(None)}
        assert type(cart.note) is str


def test_a_field_with_a_default_is_drawn_and_one_that_is_not_for_callers_is_left_alone() -> None:
    assert len({cart.note for cart in drawn(Cart)}) > 1
    assert {cart.total for cart in drawn(Cart)} == {-1.0}


def test_the_arguments_of_a_generic_class_are_put_in_the_place_of_its_variables() -> None:
    for page in drawn(Page[Item]):
        assert type(page.first) is Item
        assert all(type(row) is Item for row in page.rows)
        assert all(type(one) is Item and type(number) is int for one, number in page.by_name.values())
    assert first(values(Page[Item]), lambda page: page.rows and page.by_name)


def test_the_arguments_of_a_generic_named_tuple_are_put_in_the_place_of_its_variables() -> None:
    assert {(type(pair.left), type(pair.right)) for pair in drawn(Pair[Item])} == {(Item, Item)}


def test_the_fields_of_a_named_tuple_are_of_their_types() -> None:
    assert {(type(point.x), type(point.item)) for point in drawn(Point)} == {(int, Item)}


def test_a_typed_dict_has_its_keys() -> None:
    assert {frozenset(form) for form in drawn(Form)} == {frozenset({"name", "item"})}
    assert all(type(form["name"]) is str and type(form["item"]) is Item for form in drawn(Form))


def test_a_union_is_each_of_its_members() -> None:
    assert {type(value) for value in drawn(Item | Point | None)} == {Item, Point, type(None)}


def test_a_literal_is_each_of_its_members() -> None:
    assert set(drawn(Literal["cash", "card", 3])) == {"cash", "card", 3}


def test_an_enum_is_each_of_its_members() -> None:
    assert set(drawn(Status)) == set(Status)


def test_a_tuple_of_any_length_is_short_and_may_be_empty() -> None:
    lengths = {len(value) for value in drawn(tuple[Item, ...])}
    assert {0, 1} < lengths <= set(range(5))


def test_a_tuple_of_a_fixed_length_has_one_value_for_each_place() -> None:
    assert {tuple(map(type, value)) for value in drawn(tuple[Item, int, UserId])} == {(Item, int, str)}
    assert set(drawn(tuple[()])) == {()}


@pytest.mark.parametrize("form", [list[int], set[int], frozenset[int], dict[int, str]], ids=str)
def test_a_collection_is_short_and_may_be_empty(form: TypeForm) -> None:
    lengths = {len(value) for value in drawn(form)}
    assert {0, 1} < lengths <= set(range(5))


def test_a_type_may_hold_itself() -> None:
    chain = first(values(Chain), lambda chain: chain.rest and chain.rest.rest)
    assert chain == Chain(0, Chain(0, Chain(0, None)))


def test_numbers_are_those_that_a_store_gives_back_as_they_were() -> None:
    assert all(map(isfinite, drawn(float)))
    assert all(map(isfinite, drawn(Decimal)))
    assert all(isfinite(item.price) for item in drawn(Item))


def test_moments_have_no_time_zone() -> None:
    assert {moment.at.tzinfo for moment in drawn(Moment)} == {None}
    assert {moment.clock.tzinfo for moment in drawn(Moment)} == {None}


# --- strategies of one's own -----------------------------------------------------------------------------------------

TEA = Item("tea", 3.5)


@pytest.mark.parametrize(
    "form", [Item, Annotated[Item, "the only one"], TypeAliasType("Thing", Item)], ids=["class", "annotated", "alias"]
)
def test_a_strategy_of_ones_own_is_used_for_its_type(form: TypeForm) -> None:
    assert set(drawn(form, {Item: st.just(TEA)})) == {TEA}
    assert set(drawn(Item, {form: st.just(TEA)})) == {TEA}


def test_a_strategy_of_ones_own_is_used_inside_other_types() -> None:
    strategies = {Item: st.just(TEA), str: st.just("please ring")}
    for cart in drawn(Cart, strategies):
        assert set(cart.items) <= {TEA}
        assert cart.coupon in {TEA, None}
        assert cart.note == "please ring"


@pytest.mark.parametrize("form", [list[Item], tuple[Item, ...], dict[int, Item], Page[Item], Point, Form], ids=str)
def test_a_strategy_of_ones_own_is_used_inside_every_kind_of_type(form: TypeForm) -> None:
    tea = first(values(form, {Item: st.just(TEA)}), lambda value: "Item(" in repr(value))
    assert "Item(name='tea', price=3.5)" in repr(tea)
    assert "Item(name=''" not in repr(tea)


def test_a_strategy_for_a_new_type_is_not_used_for_its_base() -> None:
    strategies = {UserId: st.just(UserId("u1"))}
    assert set(drawn(UserId, strategies)) == {"u1"}
    assert set(drawn(AdminId, strategies)) == {"u1"}
    assert len(set(drawn(str, strategies))) > 1


def test_a_strategy_for_one_generic_is_not_used_for_another() -> None:
    strategies = {list[int]: st.just([1, 2, 3])}
    assert all(value == [1, 2, 3] for value in drawn(list[int], strategies))
    assert [1, 2, 3] not in drawn(list[str], strategies)


def test_a_strategy_that_was_registered_with_hypothesis_is_used() -> None:
    class Registered:
        def __init__(self, number: object) -> None:
            self.number = number

    st.register_type_strategy(Registered, st.integers(1, 3).map(Registered))
    assert {value.number for value in drawn(Registered)} == {1, 2, 3}


# --- what cannot be drawn --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("form", "name"), [(Opaque, "Opaque"), (Shape, "Shape"), (Any, "Any"), (Holder, "Opaque"), (list[Opaque], "Opaque")]
)
def test_a_type_that_cannot_be_drawn_is_named_with_what_to_write(form: TypeForm, name: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        drawn(form)
    assert caught.value.what == f"No values of {name} can be drawn."
    assert caught.value.do == f"Pass strategies={{{name}: ...}}, or call st.register_type_strategy({name}, ...)."
    assert caught.value.__cause__ is not None


def test_what_the_message_says_helps() -> None:
    opaque = Opaque(1)
    assert drawn(Holder, {Opaque: st.just(opaque)})
    assert first(values(Holder, {Opaque: st.just(opaque)}), lambda holder: holder.inside) == Holder([opaque])


def test_a_named_tuple_without_types_cannot_be_drawn() -> None:
    with pytest.raises(DeclarationError, match="No values of Bare can be drawn."):
        drawn(namedtuple("Bare", "x y"))  # noqa: PYI024 - users have them


def test_a_class_whose_hints_cannot_be_resolved_cannot_be_drawn() -> None:
    @dataclass
    class Outer:
        inner: "Inner"

    @dataclass
    class Inner:
        number: int

    with pytest.raises(DeclarationError, match="No values of Outer can be drawn."):
        drawn(Outer)


def test_without_hypothesis_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("polaris.testing", "polaris.testing.properties", "polaris.testing.strategies"):
        monkeypatch.delitem(sys.modules, module, raising=False)
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(MissingExtraError) as caught:
        importlib.import_module("polaris.testing")
    assert (caught.value.feature, caught.value.extra) == ("polaris.testing", "testing")
