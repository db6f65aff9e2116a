"""What is found in a type because of which its values cannot be stored."""

from __future__ import annotations

import collections
import re
import threading
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Mapping, MutableSet, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Generic, Literal, NewType, TypeVar, Union
from zoneinfo import ZoneInfo

import attrs
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polaris._compiler.codes import RULES
from polaris._model.keys import TypeForm
from polaris.errors import CodecError
from polaris.stores.codecs import JsonCodec
from polaris.stores.storable import flaws
from tests.unit.stores.registry import EXACT
from tests.unit.stores.shapes import (
    Account,
    Bare,
    Box,
    Card,
    Cat,
    Dog,
    Either,
    Hidden,
    Init,
    Loose,
    Mixed,
    Order,
    Page,
    Plain,
    Text,
    Tree,
    Unequal,
    User,
)

RULE = {rule.code: rule for rule in RULES}
B = TypeVar("B", bound=int)
T = TypeVar("T")

Tags = NewType("Tags", list)  # type: ignore[type-arg]


@dataclass
class Bounded(Generic[B]):
    number: B


@dataclass
class Anything(Box):  # type: ignore[type-arg]
    pass


@dataclass
class Nested:
    boxes: dict[str, list[Loose]]
    again: Loose
    seats: list[dict[tuple[int, int], Any]]


@dataclass
class Partly:
    number: int
    note: str = field(default="", compare=False)


@dataclass
class Fixed:
    number: Final[int] = 5
    tags: tuple[()] = ()


@attrs.define
class Renamed:
    number: int = attrs.field(alias="no")


class Numbers(dict[str, int]):
    pass


class Stamp(datetime):
    pass


def told(form: TypeForm) -> list[str]:
    """Give what the compiler would say."""
    return [RULE[flaw.code].message.format_map(flaw.words) for flaw in flaws(form)]


def codes(form: TypeForm) -> list[str]:
    return [flaw.code for flaw in flaws(form)]


@pytest.mark.parametrize("name", EXACT)
def test_nothing_is_wrong_with_what_comes_back_exactly(name: str) -> None:
    form, _ = EXACT[name]
    assert flaws(form) == ()


@pytest.mark.parametrize(
    "form", [Fixed, Renamed, Bounded, msgspec.Raw, int | msgspec.UnsetType, Literal[True], list[Cat | Dog | None]]
)
def test_nothing_is_wrong_with_what_looks_odd_but_comes_back(form: TypeForm) -> None:
    assert flaws(form) == ()


FOUND: list[tuple[TypeForm, str, str, str]] = [
    (Any, "POL401", "`Any` does not say", "Name the type"),
    (object, "POL401", "`object` does not say", "Name the type"),
    (Loose, "POL401", "`Loose.anything: Any` does not say", "Name the type"),
    (Bare, "POL401", "`Bare.things: list` does not say", "Say what is in it: `list[str]`."),
    (Tags, "POL401", "`list` in `Tags` does not say", "Say what is in it: `list[str]`."),
    (Box, "POL401", "`Box` does not say", "Say what it is made with: `Box[str]`."),
    (Anything, "POL401", "`Anything.item: T` does not say", "Name the type"),
    (Page[Any], "POL401", "`Page.items: list[Any]`", "Name the type"),
    (Sequence[str], "POL402", "`Sequence[str]` names an interface", "`list[str]` or `tuple[str, ...]`."),
    (Iterable, "POL402", "`Iterable` names an interface", "`list[...]` or `tuple[..., ...]`."),
    (Mapping[str, int], "POL402", "`Mapping[str, int]` names an interface", "`dict[str, int]`."),
    (MutableSet[int], "POL402", "`MutableSet[int]` names an interface", "`set[int]` or `frozenset[int]`."),
    (Plain, "POL403", "how to write a Plain as JSON", "`Resource[Plain]`"),
    (threading.Event, "POL403", "how to write an Event as JSON", "`Resource[Event]`"),
    (list[deque[int]], "POL403", "how to write a deque as JSON", "Use a plain `list`"),
    (OrderedDict[str, int], "POL403", "how to write an OrderedDict as JSON", "Use a plain `dict`."),
    (Numbers, "POL403", "how to write a Numbers as JSON", "Use a plain `dict`."),
    (Text, "POL403", "how to write a Text as JSON", '`Text = NewType("Text", str)`'),
    (Stamp, "POL403", "how to write a Stamp as JSON", '`Stamp = NewType("Stamp", datetime)`'),
    (re.Pattern[str], "POL403", "how to write a Pattern as JSON", "Keep its text"),
    (ZoneInfo, "POL403", "how to write a ZoneInfo as JSON", "Keep its name, as text"),
    (dict[tuple[int, int], str], "POL404", "no keys that are tuple[int, int]", "`list[tuple[tuple[int, int], str]]`"),
    (dict[bool, str], "POL404", "no keys that are bool", "`list[tuple[bool, str]]`"),
    (Init, "POL405", "`Init.seed: int` is an InitVar", "Make `seed` a field"),
    (Hidden, "POL406", "`Hidden._inner: int` is a private field", "Call it `inner`"),
    (Unequal, "POL407", "`Unequal` cannot be stored: Unequal has no equality", "Take `eq=False` from Unequal"),
    (list[Unequal], "POL407", "`list[Unequal]` cannot be stored: Unequal has no equality", "`__eq__`"),
    (Partly, "POL408", "`Partly.note: str` is left out of comparisons", "Let `note` take part"),
    (
        Either,
        "POL409",
        "`Either.pay: Card | Tree` cannot be read back: JSON cannot tell Card from Tree",
        "Structs with a",
    ),
    (list[str | datetime], "POL409", "`list[datetime | str]` cannot", "a field of its own"),
    (memoryview, "POL410", "`memoryview` is a view", "Use `bytes`."),
    (Mixed, "POL411", "`Mixed` cannot be stored: enums must contain", "a codec of your own"),
    (Callable[[int], int], "POL403", "how to write a Callable as JSON", "`Resource[Callable]`"),
    (Literal[b"a"], "POL411", "literal may only contain", "a codec of your own"),
]


@pytest.mark.parametrize(("form", "code", "message", "hint"), FOUND)
def test_what_cannot_be_stored_is_told_with_what_to_write_instead(
    form: TypeForm, code: str, message: str, hint: str
) -> None:
    assert [flaw.code for flaw in flaws(form)] == [code]
    (flaw,) = flaws(form)
    assert message in RULE[code].message.format_map(flaw.words)
    assert hint in RULE[code].hint.format_map(flaw.words)


def test_every_fault_is_told_once_however_often_its_class_is_met() -> None:
    assert codes(Nested) == ["POL401", "POL404", "POL401"]
    assert [(flaw.owner, flaw.field) for flaw in flaws(Nested)] == [
        (Loose, "anything"),
        (Nested, "seats"),
        (Nested, "seats"),
    ]
    assert told(Nested)[1].startswith("`Nested.seats: list[dict[tuple[int, int], Any]]` cannot")


def test_what_a_model_of_pydantic_is_made_of_is_for_pydantic_to_say() -> None:
    assert flaws(Account) == flaws(User) == ()


def test_a_hint_that_cannot_be_read_is_told_with_its_class() -> None:
    @dataclass
    class Odd:
        number: Missing  # type: ignore[name-defined]  # noqa: F821

    @dataclass
    class Around:
        odd: Odd  # type: ignore[valid-type]

    assert codes(Odd) == ["POL411"]
    assert "its hints cannot be read (NameError: name 'Missing' is not defined)" in told(Odd)[0]


def test_an_untyped_named_tuple_says_nothing_of_its_fields() -> None:
    assert told(collections.namedtuple("Old", ["x"]))[0].startswith("`Old.x: Any` does not say")


def test_numbers_of_numpy_are_numbers_of_python() -> None:
    scalar = type("float64", (), {"__module__": "numpy"})
    (flaw,) = flaws(scalar)
    assert flaw.words["do"] == "Use `list[float]`, or a number of Python itself."


def test_a_type_is_walked_through_once() -> None:
    assert flaws(Order) is flaws(Order)
    assert flaws(Tree) == ()


PARTS = st.sampled_from([form for form, _ in EXACT.values()] + [form for form, *_ in FOUND])


@given(PARTS, PARTS, st.sampled_from([list, set, dict, tuple, Union, Page, Box]))
def test_msgspec_takes_every_type_in_which_nothing_is_found(one: TypeForm, other: TypeForm, around: TypeForm) -> None:
    form = dict[one, other] if around is dict else Union[one, other] if around is Union else around[one]  # noqa: UP007
    if not any(code != "POL408" for code in codes(form)):
        JsonCodec()._reader(form)


def test_what_is_found_would_have_been_refused_at_the_first_save() -> None:
    for form, value in ((Either, Either(Card("1"))), (Plain, Plain()), (Hidden, Hidden(5)), (Unequal, Unequal(1))):
        with pytest.raises(CodecError):
            JsonCodec().encode(value, form)
