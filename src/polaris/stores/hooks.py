"""Types that msgspec does not know: how a value is written, and how it is read again."""

from __future__ import annotations

import sys
from collections.abc import Callable
from fractions import Fraction
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import PurePath

import msgspec

from polaris._model.keys import key_of
from polaris.stores.fields import Thing, is_model

Write = Callable[[Thing], object]
Read = Callable[[Thing, Thing], object]


class RefusedError(ValueError):
    """A hook does not take a value.

    Attributes:
        path: which part of it, such as ``.name``.
        why: why not; never the value.
    """

    def __init__(self, path: str, why: str) -> None:
        self.path = path
        self.why = why
        super().__init__(path, why)


def to_plain(value: object) -> object:
    """Give what msgspec writes for a value that it does not know.

    Raises:
        RefusedError: nobody knows it.
    """
    cls: Thing = type(value)
    if is_model(cls):
        return _write_model(value)
    for base, write, _ in HOOKS:
        if issubclass(cls, base):
            return write(value)
    raise RefusedError("", f"a {cls.__qualname__} cannot be written as JSON")


def from_plain(cls: Thing, plain: Thing) -> object:
    """Make a value of a class that msgspec does not know from what it has read.

    Raises:
        RefusedError: it is no such value, or nobody knows the class.
    """
    if isinstance(cls, type) and is_model(cls):
        return _read_model(cls, plain)
    for base, _, read in HOOKS:
        if isinstance(cls, type) and issubclass(cls, base):
            try:
                return read(cls, plain)
            except (TypeError, ValueError, ArithmeticError):
                raise RefusedError("", f"it is no {cls.__qualname__}") from None
    raise RefusedError("", f"a {key_of(cls)} cannot be read from JSON")


def is_hooked(cls: type) -> bool:
    """Say whether values of a class are written and read by a hook."""
    return is_model(cls) or any(issubclass(cls, base) for base, _, _ in HOOKS)


def is_written_as_text(cls: type) -> bool:
    """Say whether a hook writes values of a class as text."""
    return any(issubclass(cls, base) and write is str for base, write, _ in HOOKS)


def _read_text(cls: Thing, plain: Thing) -> object:
    if not isinstance(plain, str):
        raise TypeError
    return cls(plain)


def _read_pair(cls: Thing, plain: Thing) -> object:
    first, second = plain
    return cls(first, second)


HOOKS: tuple[tuple[type, Write, Read], ...] = (
    (PurePath, str, _read_text),
    (Fraction, str, _read_text),
    (IPv4Address, str, _read_text),
    (IPv6Address, str, _read_text),
    (IPv4Network, str, _read_text),
    (IPv6Network, str, _read_text),
    (complex, lambda value: [value.real, value.imag], _read_pair),
)
"""Classes (interfaces are addresses), how a value is written, and how it is read again."""


def _write_model(value: Thing) -> msgspec.Raw:
    return msgspec.Raw(value.model_dump_json(by_alias=True, round_trip=True, warnings="error").encode())


def _read_model(cls: Thing, plain: Thing) -> object:
    pydantic = sys.modules["pydantic"]
    try:
        return cls.model_validate_json(msgspec.json.encode(plain))
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        name = next(iter(first["loc"]), None)
        path = f".{name}" if name in cls.model_fields else ""  # what else stands there may be a key of a dict
        raise RefusedError(path, f"pydantic does not take it ({first['type']})") from None
