"""Values keep to the constraints of annotated-types, msgspec and pydantic."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, NotRequired, TypedDict

import annotated_types as at
import msgspec
import pydantic
import pytest
from hypothesis import strategies as st
from msgspec import Meta

from polaris._model.keys import TypeForm
from polaris.testing import values
from tests.unit.testing.drawing import all_of

CASES: list[tuple[TypeForm, Callable[[Any], object]]] = [
    (Annotated[int, at.Gt(3), at.Le(9)], lambda n: 3 < n <= 9),
    (Annotated[int, at.Interval(ge=0, lt=5)], lambda n: 0 <= n < 5),
    (Annotated[int, at.MultipleOf(5)], lambda n: n % 5 == 0),
    (Annotated[int, at.Predicate(lambda n: n % 2 == 0)], lambda n: n % 2 == 0),
    (Annotated[int, Meta(ge=10, le=40, multiple_of=10)], lambda n: n in {10, 20, 30, 40}),
    (Annotated[float, Meta(gt=0, le=1)], lambda n: 0 < n <= 1),
    (Annotated[float, Meta(ge=0, le=2, multiple_of=0.5)], lambda n: n in {0, 0.5, 1, 1.5, 2}),
    (Annotated[float, at.Ge(1)], lambda n: 1 <= n < float("inf")),
    (Annotated[float, Meta(multiple_of=0.5)], lambda n: n % 0.5 == 0),
    (Annotated[Decimal, at.Lt(Decimal(3))], lambda n: n < 3),
    (Annotated[str, at.Len(2, 3)], lambda text: 2 <= len(text) <= 3),
    (Annotated[bytes, Meta(max_length=2)], lambda data: len(data) <= 2),
    (Annotated[str, Meta(pattern="^[a-z]{3}")], lambda text: re.search("^[a-z]{3}", text)),
    (Annotated[list[int], at.MinLen(6)], lambda items: len(items) >= 6),
    (Annotated[list[int], at.MaxLen(1)], lambda items: len(items) <= 1),
    (Annotated[int | None, at.Ge(2)], lambda n: n is None or n >= 2),
    (Annotated[datetime, Meta(tz=True)], lambda moment: moment.tzinfo is not None),
]


@pytest.mark.parametrize(("form", "is_right"), CASES, ids=[str(number) for number in range(len(CASES))])
def test_a_value_keeps_to_constraints(form: TypeForm, is_right: Callable[[Any], object]) -> None:
    assert [value for value in all_of(values(form)) if not is_right(value)] == []


class Order(pydantic.BaseModel):
    number: int = pydantic.Field(gt=3, lt=10)
    code: str = pydantic.Field(pattern="^[a-z]{3}$")
    even: int = pydantic.Field(ge=0, le=9)

    @pydantic.field_validator("even")
    @classmethod
    def is_even(cls, value: int) -> int:
        if value % 2:
            raise ValueError(value)
        return value


class Parcel(msgspec.Struct):
    weight: Annotated[int, Meta(gt=0)]
    name: Annotated[str, Meta(min_length=1, max_length=5)]


@dataclass
class Tree:
    number: int
    children: "list[Tree]"
    by_name: "dict[str, Tree]"
    parent: "Tree | None"


@dataclass
class Endless:
    again: "Endless"


@dataclass
class EndlessUnion:
    again: "EndlessUnion | Endless"


@dataclass
class EndlessList:
    again: Annotated[list["EndlessList"], at.MinLen(1)]


class Node(TypedDict):
    number: int
    below: NotRequired["Node"]


@dataclass
class Coin:
    cents: int


def test_the_constraints_and_validators_of_a_model_are_respected() -> None:
    assert all(3 < order.number < 10 and order.even % 2 == 0 for order in all_of(values(Order)))


def test_the_constraints_of_a_struct_are_respected() -> None:
    for parcel in all_of(values(Parcel)):
        assert msgspec.json.decode(msgspec.json.encode(parcel), type=Parcel) == parcel


def test_a_type_that_holds_itself_many_times_stays_small() -> None:
    def depth(tree: Tree) -> int:
        below = [*tree.children, *tree.by_name.values(), *([tree.parent] if tree.parent else [])]
        return 1 + max(map(depth, below), default=0)

    assert max(depth(tree) for tree in all_of(values(Tree))) == 3


@pytest.mark.parametrize("form", [Endless, EndlessUnion, EndlessList], ids=["field", "union", "list"])
def test_a_type_that_never_ends_cannot_be_drawn(form: TypeForm) -> None:
    with pytest.raises(Exception, match=f"No values of {form.__name__} can be drawn"):
        all_of(values(form))


def test_a_key_that_may_be_left_out_ends_a_type_that_holds_itself() -> None:
    assert {"number": 0} in all_of(values(Node))


def test_a_registered_strategy_is_used_for_a_class_with_fields() -> None:
    st.register_type_strategy(Coin, st.just(Coin(5)))
    assert {coin.cents for coin in all_of(values(Coin))} == {5}
