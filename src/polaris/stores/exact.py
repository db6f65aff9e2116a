"""Says whether a value that came back from a store is exactly the one that went in, and if not, where it differs.

Two values are exactly equal if they have the same class and equal fields, all the way down. That is stricter than
``==``: ``1``, ``1.0`` and ``True`` are three values, ``0.0`` and ``-0.0`` two, and a subclass is not its base. One
thing is allowed, because type checkers allow it: an int where a float is declared comes back as the equal float.

The rules are a table from classes to judges, one small function each; what a class is, is found out once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime, time
from decimal import Decimal
from functools import cache, cached_property
from pathlib import PurePath
from typing import NamedTuple, cast

from polaris.stores.fields import Thing, has_equality


class Difference(NamedTuple):
    """Where a value comes back different, such as ``.pay.card``, and why; it never holds the value."""

    path: str
    why: str


Judge = Callable[[Thing, Thing], Difference | None]
"""Compares two values of one class."""

_MISSING = object()
_PLAIN = frozenset({str, int, bool, bytes, type(None)})
_ANOTHER = Difference("", "it comes back as another value")
_NO_EQUALITY = Difference("", "its class has no equality (eq=False), so that it cannot be checked")


def exact(value: object, other: object) -> bool:
    """Say whether two values are exactly equal."""
    return difference(value, other) is None


def difference(value: object, back: object) -> Difference | None:
    """Say where a value and what came back of it first differ; None if they are exactly equal."""
    if value is back:
        return None
    cls: Thing = type(value)
    other: Thing = type(back)
    if cls is other:
        return _judge(cls)(value, back)
    if cls is int and other is float and value == back:
        return None
    return Difference("", f"it comes back as {other.__qualname__}, not {cls.__qualname__}")


def parts(value: object) -> Iterator[tuple[str, object]]:
    """Give what a value is made of, one level down, each with its part of the path; nothing for a plain value."""
    names = _names(value)
    if names is not None:
        yield from ((f".{name}", getattr(value, name, None)) for name in names)
    elif isinstance(value, dict):
        pairs = cast(dict[object, object], value).items()
        yield from (("[...]", child) for pair in pairs for child in pair)
    elif isinstance(value, (set, frozenset)):
        yield from (("[...]", child) for child in cast(Iterable[object], value))
    elif isinstance(value, (list, tuple)):
        yield from ((f"[{place}]", child) for place, child in enumerate(cast(Iterable[object], value)))


# --- what a class is ---------------------------------------------------------------------------------------------


@cache
def _judge(cls: Thing) -> Judge:
    """Give the judge of a class: that of records if it has fields, else of the first base that is in the table."""
    if not has_equality(cls):
        return _refused
    if _fields(cls) is not None:
        return _record
    return next((judge for base, judge in _JUDGES if issubclass(cls, base)), _plain)


@cache
def _fields(cls: Thing) -> tuple[str, ...] | None:
    """Give the names of the fields of a class; None if it is no record."""
    if hasattr(cls, "__attrs_attrs__"):
        return tuple(field.name for field in cls.__attrs_attrs__)
    if is_dataclass(cls):
        return tuple(field.name for field in fields(cls))
    if hasattr(cls, "__struct_fields__"):
        return tuple(cls.__struct_fields__)
    if _is_model(cls):
        return (*cls.model_fields, "__pydantic_extra__", "__pydantic_private__")
    return cls._fields if hasattr(cls, "_fields") else None


def _is_model(cls: Thing) -> bool:
    return hasattr(cls, "__pydantic_private__")


def _names(value: object) -> tuple[str, ...] | None:
    """Give the names of all that a record holds, also what its class does not declare; None if it is no record."""
    cls: Thing = type(value)
    names = _fields(cls)
    if names is None or not cls.__dictoffset__ or _is_model(cls):
        return names
    others = vars(value).keys() - names
    return names + tuple(sorted(name for name in others if not _is_derived(cls, name))) if others else names


def _is_derived(cls: type, name: str) -> bool:
    """Say whether an attribute follows from the others: a cached property, or what ``typing`` notes of a generic."""
    return name == "__orig_class__" or isinstance(getattr(cls, name, None), cached_property)


# --- judges ------------------------------------------------------------------------------------------------------


def _refused(_value: Thing, _back: Thing) -> Difference | None:
    return _NO_EQUALITY


def _plain(value: Thing, back: Thing) -> Difference | None:
    try:
        return None if value == back else _ANOTHER
    except Exception:  # noqa: BLE001 - `==` is whatever the class makes of it
        return Difference("", "its class cannot be compared")


def _spelled(value: Thing, back: Thing) -> Difference | None:
    """For classes of which different values may be equal: 0.0 and -0.0."""
    return None if repr(value) == repr(back) else _ANOTHER


def _decimal(value: Decimal, back: Decimal) -> Difference | None:
    return Difference("", "NaN does not equal itself") if value.is_nan() else _spelled(value, back)


def _moment(value: Thing, back: Thing) -> Difference | None:
    if type(value.tzinfo) is not type(back.tzinfo) or value.utcoffset() != back.utcoffset():
        return Difference("", "its time zone does not come back; use UTC, or an offset of whole minutes")
    return None if value == back and value.fold == back.fold else _ANOTHER


def _record(value: Thing, back: Thing) -> Difference | None:
    for name in _names(value) or ():
        mine: object = getattr(value, name, _MISSING)
        theirs: object = getattr(back, name, _MISSING)
        cls = type(mine)
        if cls in _PLAIN and cls is type(theirs) and mine == theirs:
            continue  # what `difference` would find, in half the time
        found = difference(mine, theirs)
        if found is not None:
            return Difference(f".{name}{found.path}", "it does not come back" if theirs is _MISSING else found.why)
    return None


def _sequence(value: Thing, back: Thing) -> Difference | None:
    if len(value) != len(back):
        return Difference("", "it comes back with another length")
    found = _first(value, back)
    return found and Difference(f"[{found[0]}]{found[1].path}", found[1].why)


def _mapping(value: Thing, back: Thing) -> Difference | None:
    """The order counts, too."""
    if len(value) != len(back):
        return Difference("", "it comes back with another length")
    return _unnamed(value, back) or _unnamed(value.values(), back.values())


def _set(value: Thing, back: Thing) -> Difference | None:
    if value != back:
        return _ANOTHER
    twin = {element: element for element in back}
    return _unnamed(value, (twin[element] for element in value))


def _unnamed(value: Iterable[object], back: Iterable[object]) -> Difference | None:
    """Compare elements whose places cannot be named without telling a value, such as a key."""
    found = _first(list(value), list(back))
    return found and Difference(f"[...]{found[1].path}", found[1].why)


def _first(value: Iterable[object], back: Iterable[object]) -> tuple[int, Difference] | None:
    """Give the place of the first two that differ."""
    for place, (mine, theirs) in enumerate(zip(value, back, strict=True)):
        cls = type(mine)
        if cls in _PLAIN and cls is type(theirs) and mine == theirs:
            continue
        found = difference(mine, theirs)
        if found is not None:
            return place, found
    return None


_JUDGES: tuple[tuple[type, Judge], ...] = (
    (float, _spelled),
    (complex, _spelled),
    (PurePath, _spelled),
    (Decimal, _decimal),
    (datetime, _moment),
    (time, _moment),
    (dict, _mapping),
    (list, _sequence),
    (tuple, _sequence),
    (set, _set),
    (frozenset, _set),
)
