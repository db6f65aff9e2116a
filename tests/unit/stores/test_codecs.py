"""Values as JSON text: reading them, and codecs of users."""

from __future__ import annotations

import re
import subprocess
import sys
import typing
from dataclasses import dataclass
from fractions import Fraction
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pydantic
import pytest

import polaris.stores
from polaris._model.keys import TypeForm
from polaris.errors import CodecError
from polaris.protocols import Codec
from polaris.stores.codecs import JsonCodec, decode_json, encoder
from polaris.stores.exact import exact
from tests.unit.stores.shapes import Account, Card, Cat, Colour, Dog, Holder, Level, Order, Plain, Strict, Tree, UserId


class Never(msgspec.Struct, forbid_unknown_fields=True):
    number: typing.Annotated[int, msgspec.Meta(ge=0)] = 0


@dataclass
class Refusing:
    number: int

    def __post_init__(self) -> None:
        raise ValueError(f"secret {self.number}")


@pytest.mark.parametrize(
    ("text", "form", "path", "why"),
    [
        ('{"id":5}', Order, ".id", "expected `str`, got `int`"),
        ('{"id":"a"}', Order, "", "object missing required field `pay`"),
        ('{"id":"a","pay":{"number":"1","limit":"x"}}', Order, ".pay.limit", "expected `float | null`, got `str`"),
        (
            '{"id":"a","pay":{"number":"1"},"lines":[{"number":1}]}',
            Order,
            ".lines[0].number",
            "expected `str`, got `int`",
        ),
        ('{"secret":{"number":1}}', dict[str, Card], "[...].number", "expected `str`, got `int`"),
        ('{"secret":1}', dict[int, int], "[...]", "expected `int`, got `str`"),
        ('"secret"', Colour, "", "invalid enum value"),
        ("[3]", list[Level], "[0]", "invalid enum value"),
        ('{"type":"secret"}', Cat | Dog, ".type", "invalid value"),
        ('{"secret":1}', Never, "", "object contains unknown field"),
        ('{"number":-1}', Never, ".number", "expected `int` >= 0"),
        ('"secret"', UUID, "", "invalid UUID"),
        ("secret", Card, "", "JSON is malformed: invalid character (byte 0)"),
        ("", Card, "", "input data was truncated"),
        ('{"number":"', Card, "", "input data was truncated"),
        ("[" * 100_000, list[Any], "", "it is nested too deeply, or contains itself"),
        ('[{"number":42}]', list[Refusing], "[0]", "ValueError is raised"),
        ('{"path":5}', Holder, ".path", f"it is no {Path.__name__}"),
        ('["secret"]', list[IPv4Address], "[0]", "it is no IPv4Address"),
        ('"1/0"', Fraction, "", "it is no Fraction"),
        ("[1]", complex, "", "it is no complex"),
        ("[1,2,3]", complex, "", "it is no complex"),
        ('["secret"]', list[Plain], "[0]", "a Plain cannot be read from JSON"),
        ('"secret"', re.Pattern[str], "", "a Pattern[str] cannot be read from JSON"),
        ('{"user":{"name":"a"}}', Account, ".user.born", "pydantic does not take it (missing)"),
        ('{"number":11}', Strict, ".number", "pydantic does not take it (value_error)"),
        ('{"secret":"x"}', pydantic.RootModel[dict[str, int]], "", "pydantic does not take it (int_parsing)"),
        ('"secret"', Strict, "", "pydantic does not take it (model_type)"),
    ],
)
def test_a_text_that_does_not_fit_is_refused_by_key_and_field(text: str, form: TypeForm, path: str, why: str) -> None:
    with pytest.raises(CodecError) as caught:
        decode_json(text, form)
    assert (caught.value.path, caught.value.why) == (path, why)
    assert "secret" not in str(caught.value)


def test_a_text_that_fits_is_read() -> None:
    assert decode_json('{"id":"a","pay":{"number":"1","limit":5}}', Order) == Order(id=UserId("a"), pay=Card("1", 5.0))


def test_an_alias_of_a_type_is_the_type() -> None:
    alias = typing.Annotated[Card, "any note"]
    codec = JsonCodec()
    assert codec.decode(codec.encode(Card("1"), alias), alias) == Card("1")


def test_a_reader_is_made_once_per_type() -> None:
    codec = JsonCodec()
    assert codec._reader(list[Card]) is codec._reader(list[Card])
    assert codec._reader(list[Card]) is not codec._reader(list[Tree])


# --- any codec ---------------------------------------------------------------------------------------------------


class Reversing:
    """A codec of a user's, who hides what is stored."""

    def encode(self, value: object, form: TypeForm) -> str:
        return JsonCodec().encode(value, form)[::-1]

    def decode(self, text: str, form: TypeForm) -> object:
        return JsonCodec().decode(text[::-1], form)


class Forgetful:
    """A codec of a user's that loses what it is given."""

    def encode(self, value: object, form: TypeForm) -> str:
        return ""

    def decode(self, text: str, form: TypeForm) -> object:
        return Card("")


@pytest.mark.parametrize("codec", [JsonCodec(), Reversing()])
def test_a_value_is_given_as_it_will_be_read_again(codec: Codec) -> None:
    card = Card("1", 5)
    text, back = encoder(codec)(card, Card)
    assert text == codec.encode(Card("1", 5), Card)
    assert exact(back, codec.decode(text, Card))
    assert exact(back, Card("1", 5.0))


def test_a_codec_that_loses_something_is_found_out() -> None:
    with pytest.raises(CodecError) as caught:
        encoder(Forgetful())(Card("secret"), Card)
    assert (caught.value.key, caught.value.path) == ("Card", ".number")


def test_who_has_no_pydantic_needs_none() -> None:
    program = (
        "import sys; from dataclasses import dataclass; from pathlib import Path;"
        "from polaris.stores.codecs import JsonCodec;"
        "print(JsonCodec().encode_checked([Path('a')], list[Path]), 'pydantic' in sys.modules)"
    )
    source = Path(polaris.stores.__file__).parents[2]
    command = [sys.executable, "-c", f"import sys; sys.path.insert(0, {str(source)!r}); {program}"]
    answer = subprocess.run(command, capture_output=True, text=True, check=True)
    assert answer.stdout == f"('[\"a\"]', [{Path('a')!r}]) False\n"
