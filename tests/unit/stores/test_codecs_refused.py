"""What is refused when it is to be stored, because it would not come back exactly."""

from __future__ import annotations

import math
import re
from collections import OrderedDict, defaultdict, deque
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePath
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from polaris._model.keys import TypeForm
from polaris.errors import CodecError
from polaris.stores.codecs import JsonCodec
from tests.unit.stores.shapes import (
    Bare,
    Box,
    Broken,
    Card,
    Colour,
    Either,
    Gold,
    Growing,
    Hidden,
    Holder,
    Init,
    Level,
    Loose,
    Lossy,
    Mixed,
    Order,
    Plain,
    Point,
    Strict,
    Text,
    Tree,
    Unequal,
    UserId,
)


def noted() -> Strict:
    model = Strict(number=1)
    model._note = "secret"
    return model


def with_attribute() -> Card:
    card = Card("1")
    vars(card)["extra"] = "secret"
    return card


PARIS = ZoneInfo("Europe/Paris")
NOON = datetime(2024, 7, 1, 12, tzinfo=UTC)

NUMBER: Any = 5  # for hints that are not true
LIST: Any = [1]

REFUSED: list[tuple[str, object, Any, str]] = [
    # by msgspec, when it is shown the type
    ("a union of two dataclasses", Card("1"), Card | Tree, ""),
    ("a union of two dataclasses in a field", Either(Card("1")), Either, ""),
    ("str or datetime", "a", str | datetime, ""),
    ("str or Enum", "a", str | Colour, ""),
    ("tuple or list", [1], tuple[int, ...] | list[int], ""),
    ("an InitVar", Init(1), Init, ""),
    ("an Enum of tuples", Mixed.PAIR, Mixed, ""),
    # when it is encoded
    ("a class without fields", Plain(), Plain, ""),
    ("a pattern", re.compile("secret"), re.Pattern[str], ""),
    ("a deque of patterns", [deque([1])], list[deque[int]], "[0]"),
    ("a subclass of str", Text("secret"), str, ""),
    ("a subclass of str in a field", Card(Text("secret")), Card, ".number"),
    ("half a character", Order(id=UserId("\ud800"), pay=Card("1")), Order, ".id"),
    ("a dict by tuple", {(1, 2): 3}, dict[tuple[int, int], int], ""),
    ("a dict by bool", Loose({True: 1}), Loose, ".anything"),
    ("a dict by dataclass", {Point(1): 3}, dict[Point, int], ""),
    ("a class in a dict", {"secret": [Plain()]}, dict[str, list[Plain]], "[...][0]"),
    ("a set of classes", {Fraction, 5}, set[Any], "[...]"),
    # when it is decoded
    ("NaN", Holder(Path(), count=1, pay=Card("1", math.nan)), Holder, ".pay.limit"),
    ("NaN alone", math.nan, float, ""),
    ("infinity", math.inf, float, ""),
    ("an OrderedDict", OrderedDict(a=1), OrderedDict[str, int], ""),
    ("a defaultdict", defaultdict(int, a=1), defaultdict[str, int], ""),
    ("True in int", Holder(Path(), count=True), Holder, ".count"),
    ("a field of another type", Card(NUMBER), Card, ".number"),
    (
        "a list element of another type",
        Order(id=UserId("a"), pay=Card("1"), lines=[Card(NUMBER)]),
        Order,
        ".lines[0].number",
    ),
    ("complex NaN", complex(math.nan, 1), complex, ""),
    # when it is compared
    ("an attrs field with a leading underscore", Hidden(5), Hidden, "._inner"),
    ("NaN or None", Card("1", math.nan), Card, ".limit"),
    ("a subclass of a dataclass", Order(id=UserId("a"), pay=Gold("1")), Order, ".pay"),
    ("Any", Loose(NOON), Loose, ".anything"),
    ("object", (1, 2), object, ""),
    ("a bare list", Bare([Card("1")]), Bare, ".things[0]"),
    ("a bare dict", {"secret": (1,)}, dict, "[...]"),
    ("an unparametrised generic", Box(Card("1")), Box, ".item"),
    ("a tuple in a Sequence", Holder(Path(), letters=("a",)), Holder, ".letters"),
    ("a list in a tuple", Holder(Path(), pair=LIST), Holder, ".pair"),
    ("an IntEnum in int", Holder(Path(), count=Level.LOW), Holder, ".count"),
    ("a zone with rules", Holder(Path(), when=NOON.astimezone(PARIS)), Holder, ".when"),
    ("a fold", Holder(Path(), when=NOON.replace(tzinfo=None, fold=1)), Holder, ".when"),
    ("an offset with seconds", NOON.astimezone(timezone(timedelta(seconds=3601))), datetime, ""),
    ("Decimal NaN", Holder(Path(), amount=Decimal("NaN")), Holder, ".amount"),
    ("a signalling NaN", Decimal("sNaN"), Decimal, ""),
    ("a __post_init__ that does more each time", Growing(1), Growing, ".number"),
    ("eq=False", Unequal(1), Unequal, ""),
    ("an undeclared attribute", with_attribute(), Card, ".extra"),
    ("a Path where a PurePath is declared", Path("secret"), PurePath, ""),
    # pydantic
    ("a private attribute of a model", noted(), Strict, ".__pydantic_private__[...]"),
    ("an excluded field of a model", Lossy(shown=1, hidden=2), Lossy, ".hidden"),
    ("a field of another type in a model", Strict.model_construct(number="secret"), Strict, ""),
    ("a field that its model does not take", [Strict.model_construct(number=11)], list[Strict], "[0].number"),
]


@pytest.mark.parametrize(("value", "form", "path"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_what_would_not_come_back_exactly_is_refused_by_key_and_field(value: object, form: TypeForm, path: str) -> None:
    with pytest.raises(CodecError) as caught:
        JsonCodec().encode(value, form)
    error = caught.value
    assert error.path == path
    assert error.why
    assert str(error).startswith(f"{error.key}{path} cannot be stored: {error.why}. ")
    assert "secret" not in str(error)
    assert error.__cause__ is None
    assert error.__context__ is None or error.__suppress_context__  # a traceback would show the value


def test_a_key_that_json_cannot_have_is_refused_as_a_key() -> None:
    with pytest.raises(
        CodecError, match=r"cannot be stored: JSON has no such keys; use text, numbers, dates or enums\."
    ):
        JsonCodec().encode({(1, 2): 3}, dict[tuple[int, int], int])


def test_a_value_that_contains_itself_is_refused() -> None:
    tree = Tree("root")
    tree.children.append(tree)
    with pytest.raises(CodecError, match="Tree cannot be stored: it is nested too deeply, or contains itself"):
        JsonCodec().encode(tree, Tree)


def test_what_users_code_says_when_it_fails_may_be_a_value_and_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Broken, "is_ready", True)
    with pytest.raises(CodecError) as caught:
        JsonCodec().decode('[{"number":42}]', list[Broken])
    assert (caught.value.path, caught.value.why) == ("", "KeyError is raised")
