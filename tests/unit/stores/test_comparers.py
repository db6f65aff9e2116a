"""Functions that say of most values at once that they came back exactly."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polaris._model.keys import TypeForm
from polaris.stores import comparers
from polaris.stores.comparers import comparer
from polaris.stores.exact import exact
from tests.unit.stores.registry import EXACT
from tests.unit.stores.shapes import (
    Card,
    Colour,
    Gold,
    Hidden,
    Init,
    Order,
    Page,
    Point,
    Private,
    Tree,
    Unequal,
    UserId,
)


@dataclass
class Line:
    sku: str
    pieces: int
    price: float
    when: datetime | None = None


@dataclass
class Late:
    number: int = field(init=False)


def copied(value: object) -> object:
    return pickle.loads(pickle.dumps(value))


def without_exact(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nothing be left to the slow way."""

    def refuse(_value: object, _back: object) -> bool:
        raise AssertionError

    monkeypatch.setattr(comparers, "exact", refuse)


@pytest.mark.parametrize("name", EXACT)
@given(data=st.data())
def test_what_came_back_exactly_is_surely_the_same(name: str, data: st.DataObject) -> None:
    form, values = EXACT[name]
    value = data.draw(values)
    assert comparer(form)(value, copied(value))


@pytest.mark.parametrize("name", EXACT)
@given(data=st.data())
def test_there_is_never_a_wrong_yes(name: str, data: st.DataObject) -> None:
    form, values = EXACT[name]
    other, _ = EXACT[data.draw(st.sampled_from(sorted(EXACT)))]
    value, back = data.draw(values), data.draw(values)
    for declared in (form, other):
        assert not comparer(declared)(value, back) or exact(value, back)


WRONG: list[tuple[TypeForm, object, object]] = [
    (int, 1, True),
    (int, True, 1),
    (int, 1, 1.0),
    (float, 1.0, 1),
    (float, 0.0, -0.0),
    (float, 2**53 + 1, float(2**53)),
    (float, True, 1.0),
    (str, "a", "b"),
    (str | None, None, "a"),
    (Decimal, Decimal("1.0"), Decimal("1.00")),
    (Decimal, Decimal("sNaN"), Decimal("sNaN")),
    (Colour, Colour.RED, Colour.BLUE),
    (list[int], [1], [1, 2]),
    (list[int], [1], [True]),
    (list[int], [1], (1,)),
    (tuple[int, ...], (1,), (1.0,)),
    (tuple[int, str], (1, "a"), (1, "b")),
    (dict[str, int], {"a": 1}, {"a": True}),
    (dict[str, int], {"a": 1, "b": 2}, {"b": 2, "a": 1}),
    (dict[str, int], {"a": 1}, {}),
    (Card, Gold("1"), Card("1")),
    (Card, Card("1"), Gold("1")),
    (Card, Card("1", 1.0), Card("1", 2.0)),
    (Order, Order(id=UserId("a"), pay=Card("1")), Order(id=UserId("a"), pay=Card("2"))),
    (Point, Point(1, 2), (1, 2)),
    (Unequal, Unequal(1), Unequal(1)),
    (Any, 1, True),
]


@pytest.mark.parametrize(("form", "value", "back"), WRONG)
def test_what_differs_is_not_the_same(form: TypeForm, value: object, back: object) -> None:
    assert not comparer(form)(value, back)


def test_an_int_where_a_float_is_declared_is_the_equal_float() -> None:
    assert comparer(Card)(Card("1", 5), Card("1", 5.0))


def test_an_attribute_that_the_class_does_not_declare_counts() -> None:
    value = Card("1")
    vars(value)["extra"] = 1
    assert not comparer(Card)(value, Card("1"))


def test_a_default_that_is_not_in_the_value_hides_no_attribute() -> None:
    value = Private(1)
    assert "derived" not in vars(value)
    assert comparer(Private)(value, Private(1))
    vars(value)["extra"] = 1
    assert not comparer(Private)(value, Private(1))


def test_who_is_not_sure_says_no() -> None:
    assert not comparer(Late)(Late(), Late())


def test_a_value_is_compared_without_the_slow_way(monkeypatch: pytest.MonkeyPatch) -> None:
    without_exact(monkeypatch)
    same = comparer.__wrapped__(list[Line])
    lines = [Line("a", 1, 0.0), Line("b", 2, 1.5)]
    assert same(lines, copied(lines))
    tree = Tree("root", [Tree("leaf")])
    assert comparer.__wrapped__(Tree)(tree, copied(tree))


def test_a_comparer_is_made_once_per_type() -> None:
    assert comparer(list[Card]) is comparer(list[Card])


def unreadable() -> type:
    @dataclass
    class Odd:
        number: Missing  # type: ignore[name-defined]  # noqa: F821

    return Odd


def odd_name() -> type:
    return msgspec.defstruct("Odd", [("class", int)])


@pytest.mark.parametrize("make", [unreadable, odd_name])
def test_a_class_that_cannot_be_written_about_is_compared_the_slow_way(make: Callable[[], type]) -> None:
    cls: Any = make()
    assert comparer(cls)(cls(1), cls(1))
    assert not comparer(cls)(cls(1), cls(True))


def test_what_is_given_to_init_alone_is_not_compared() -> None:
    assert comparer(Init)(Init(1, seed=5), Init(1, seed=6))


def test_private_fields_and_generics_are_compared() -> None:
    assert not comparer(Hidden)(Hidden(1), Hidden(2))
    assert not comparer(Page[Card])(Page([Card("1")]), Page([Card("2")]))


def test_none_is_the_same_as_none() -> None:
    assert comparer(None)(None, None)
    assert not comparer(None)(None, 0)
