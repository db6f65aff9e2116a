"""What comes back from JSON exactly as it was."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polaris.errors import CodecError
from polaris.stores.codecs import JsonCodec
from polaris.stores.exact import exact
from tests.unit.stores.registry import EXACT
from tests.unit.stores.shapes import Card


@pytest.mark.parametrize("name", EXACT)
@given(data=st.data())
def test_a_value_comes_back_exactly(name: str, data: st.DataObject) -> None:
    form, values = EXACT[name]
    value = data.draw(values)
    codec = JsonCodec()
    text, back = codec.encode_checked(value, form)
    json.loads(text)
    assert exact(value, back)
    assert codec.encode(value, form) == text
    assert exact(codec.decode(text, form), value)


def test_an_int_where_a_float_is_declared_becomes_the_float() -> None:
    _, back = JsonCodec().encode_checked(Card("1", 5), Card)
    assert exact(back, Card("1", 5.0))
    with pytest.raises(CodecError):
        JsonCodec().encode(Card("1", 2**53 + 1), Card)
