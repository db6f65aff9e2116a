"""Types that msgspec does not know; `test_codecs_exact.py` has values of each."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from ipaddress import IPv4Interface
from pathlib import Path, PurePosixPath

import msgspec
import pytest

from polaris.stores.hooks import RefusedError, from_plain, is_hooked, is_written_as_text, to_plain
from tests.unit.stores.shapes import Card, Plain, User


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (PurePosixPath("a/b"), "a/b"),
        (Fraction(1, 3), "1/3"),
        (IPv4Interface("10.0.0.1/8"), "10.0.0.1/8"),
        (1 + 2j, [1.0, 2.0]),
    ],
)
def test_a_value_is_written_and_read_by_its_class(value: object, written: object) -> None:
    assert to_plain(value) == written
    assert from_plain(type(value), written) == value


def test_a_model_of_pydantic_writes_and_reads_itself() -> None:
    user = User(name="a", born=date(2020, 1, 1))
    written = to_plain(user)
    assert isinstance(written, msgspec.Raw)
    assert from_plain(User, msgspec.json.decode(written)) == user


def test_what_nobody_knows_is_refused() -> None:
    with pytest.raises(RefusedError) as caught:
        to_plain(Plain())
    assert (caught.value.path, caught.value.why) == ("", "a Plain cannot be written as JSON")
    with pytest.raises(RefusedError, match="a Plain cannot be read from JSON"):
        from_plain(Plain, {})


def test_what_is_no_such_value_is_refused() -> None:
    with pytest.raises(RefusedError, match="it is no Fraction"):
        from_plain(Fraction, "1/0")
    with pytest.raises(RefusedError) as caught:
        from_plain(User, {"name": "a"})
    assert (caught.value.path, caught.value.why) == (".born", "pydantic does not take it (missing)")


def test_what_is_written_as_text_can_stand_as_a_key() -> None:
    assert [is_written_as_text(cls) for cls in (Path, Fraction, complex, User, str)] == [
        True,
        True,
        False,
        False,
        False,
    ]


def test_a_class_is_hooked_if_a_hook_or_pydantic_knows_it() -> None:
    assert [is_hooked(cls) for cls in (Path, IPv4Interface, complex, User, Card, str)] == [True] * 4 + [False] * 2
