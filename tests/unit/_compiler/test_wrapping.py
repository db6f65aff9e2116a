"""Wrapped functions, from the outside in."""

import functools
from collections.abc import Callable
from typing import Any

from polaris._compiler.wrapping import innermost, layers


def plain() -> None: ...


def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call() -> Any:  # noqa: ANN401
        return function()

    return call


def test_a_function_wraps_nothing() -> None:
    assert layers(plain) == (plain,)
    assert innermost(plain) is plain


def test_wrappers_are_taken_off_one_by_one() -> None:
    inner = wrapped(plain)
    outer = wrapped(inner)
    assert layers(outer) == (outer, inner, plain)
    assert innermost(outer) is plain


def test_functions_that_wrap_each_other_come_to_an_end() -> None:
    def one() -> None: ...
    def other() -> None: ...

    one.__wrapped__, other.__wrapped__ = other, one  # type: ignore[attr-defined]
    assert layers(one) == (one, other)


def test_what_is_no_function_inside_is_none() -> None:
    assert innermost(print) is None
    assert innermost(functools.wraps(print)(lambda: None)) is None


def test_something_else_under_that_name_is_not_followed() -> None:
    def one() -> None: ...

    one.__wrapped__ = "text"  # type: ignore[attr-defined]
    assert layers(one) == (one,)
