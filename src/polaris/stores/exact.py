"""Says whether a value that came back from a store is exactly the one that went in, and if not, where it differs.

Two values are exactly equal if they have the same class and equal fields, all the way down. That is stricter than
``==``: ``1``, ``1.0`` and ``True`` are three values, ``0.0`` and ``-0.0`` two, and a subclass is not its base. One
thing is allowed, because type checkers allow it: an int where a float is declared comes back as the equal float.

The rules are a table from classes to judges, one small function each; the first class that fits decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, NamedTuple

Thing = Any  # whatever users have made


class Difference(NamedTuple):
    """Where a value came back different: the path of the field, such as ``.pay.card``, and why; never a value."""

    path: str
    why: str

    def within(self, part: str) -> Difference:
        """Give the same difference, as seen from one level up."""
        return Difference(part + self.path, self.why)


_CHANGED = Difference("", "it comes back as another value")

_Judge = Callable[[Thing, Thing], Difference | None]


def exact(value: object, other: object) -> bool:
    """Say whether two values are exactly equal."""
    return difference(value, other) is None


def difference(value: Thing, back: Thing) -> Difference | None:
    """Say where `value` and what came back of it first differ; None if they are exactly equal."""
    cls = type(value)
    if type(back) is not cls:
        if cls is int and type(back) is float and value == back:
            return None
        return Difference("", f"it comes back as {type(back).__name__}, not {cls.__name__}")
    names = _names(value)
    if names is not None:
        return _first((f".{name}", getattr(value, name, None), getattr(back, name, None)) for name in names) or (
            None if _attributes(value) == _attributes(back) else Difference("", "it has attributes that are no fields")
        )
    judge = next((judge for kind, judge in _JUDGES if issubclass(cls, kind)), _plain)
    return judge(value, back)


# --- judges: each is given two values of one class ---------------------------------------------------------------


def _plain(value: Thing, back: Thing) -> Difference | None:
    try:
        return None if bool(value == back) else _CHANGED
    except Exception:  # noqa: BLE001 - `==` is whatever the user's class makes of it
        return Difference("", "its class cannot be compared")


def _spelled(value: Thing, back: Thing) -> Difference | None:
    """For classes in which different values may be equal, or a value unequal to itself."""
    return None if repr(value) == repr(back) else _CHANGED


def _decimal(value: Thing, back: Thing) -> Difference | None:
    return Difference("", "NaN is not equal to itself") if value.is_nan() else _spelled(value, back)


def _moment(value: Thing, back: Thing) -> Difference | None:
    if type(value.tzinfo) is not type(back.tzinfo) or value.utcoffset() != back.utcoffset():
        return Difference("", "its time zone does not come back; use UTC or a fixed offset in whole minutes")
    return None if (value, value.fold) == (back, back.fold) else _CHANGED


def _sequence(value: Thing, back: Thing) -> Difference | None:
    if len(value) != len(back):
        return _CHANGED
    return _first((f"[{place}]", one, other) for place, (one, other) in enumerate(zip(value, back, strict=True)))


def _mapping(value: Mapping[Thing, Thing], back: Mapping[Thing, Thing]) -> Difference | None:
    keys = _sequence(list(value), list(back))
    if keys is not None:
        return Difference("[...]", keys.why)
    return _first(("[...]", value[key], back[key]) for key in value)


def _set(value: Thing, back: Thing) -> Difference | None:
    typed, typed_back = ({(type(one), repr(one)) for one in members} for members in (value, back))
    return None if value == back and typed == typed_back else _CHANGED


_JUDGES: tuple[tuple[tuple[type, ...], _Judge], ...] = (
    ((Enum,), _plain),
    ((float, complex), _spelled),
    ((Decimal,), _decimal),
    ((datetime, time), _moment),
    ((list, tuple), _sequence),
    ((dict,), _mapping),
    ((set, frozenset), _set),
)


def _first(parts: Iterable[tuple[str, Thing, Thing]]) -> Difference | None:
    for part, one, other in parts:
        found = difference(one, other)
        if found is not None:
            return found.within(part)
    return None


def _names(value: Thing) -> tuple[str, ...] | None:
    """Give the names of a value's fields, in the order of its class; None if it has none."""
    if is_dataclass(value):
        return tuple(field.name for field in fields(value))
    for attribute in ("__struct_fields__", "_fields"):
        if hasattr(value, attribute):
            return tuple(getattr(value, attribute))
    if hasattr(value, "__attrs_attrs__"):
        return tuple(field.name for field in value.__attrs_attrs__)
    if hasattr(type(value), "__pydantic_fields__"):
        return tuple(type(value).__pydantic_fields__)
    return None


def _attributes(value: Thing) -> set[str]:
    return set(getattr(value, "__dict__", ()))
