"""How values of a type look in JSON, and which types look alike there."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from types import NoneType
from typing import Literal, NamedTuple, get_args
from uuid import UUID

import msgspec

from polaris._model.keys import TypeForm, members, origin_of
from polaris.stores.fields import Thing, fields_of, is_class, plain
from polaris.stores.hooks import is_hooked, is_written_as_text

LEAVES: dict[type, str] = {
    **dict.fromkeys((str, bytes, bytearray, memoryview, UUID, date, time, timedelta, datetime, Decimal), "text"),
    int: "whole number",
    float: "number",
    bool: "truth",
    NoneType: "null",
    msgspec.UnsetType: "null",
    msgspec.Raw: "anything",
}
"""Classes that are written as one piece, and what they look like."""

COLLECTIONS: dict[type, str] = {**dict.fromkeys((list, tuple, set, frozenset), "list"), dict: "object"}
"""Classes that hold other values, and what they look like."""

_KEYS = frozenset({"text", "whole number", "number", "anything"})
_NO_KEYS = frozenset({bytearray, memoryview})
_HOOKED = "hooked"
_BOTH = {"text": "text", "whole number": "whole numbers", "list": "lists", "object": "objects"}


class Look(NamedTuple):
    """What values of a type look like.

    Attributes:
        kind: what stands in JSON.
        form: the type; two of one kind can be told apart only if they are the same.
        tag: what a Struct calls itself, and where; None if it does not.
    """

    kind: str
    form: TypeForm
    tag: tuple[str, object] | None = None


def first_alike(form: TypeForm) -> tuple[Look, Look] | None:
    """Give the first two variants of a union that JSON cannot tell apart."""
    looks = [look for member in members(form) for look in looks_of(member)]
    pairs = ((one, other) for place, other in enumerate(looks) for one in looks[:place])
    return next((pair for pair in pairs if _are_alike(*pair)), None)


def looks_of(form: TypeForm) -> list[Look]:
    """Give what values of a type look like; nothing if nobody knows, several for a Literal of several classes."""
    form = plain(form)
    cls: Thing = origin_of(form) or form
    if cls is Literal:
        return [Look(LEAVES[type(value)], type(value)) for value in get_args(form) if type(value) in LEAVES]
    if not is_class(cls):
        return []
    if issubclass(cls, Enum):
        is_text = all(isinstance(member.value, str) for member in cls)
        return [Look("text" if is_text else "whole number", cls)]
    if is_hooked(cls):
        return [Look(_HOOKED, cls)]
    config = getattr(cls, "__struct_config__", None)
    if config is not None:
        tag = None if config.tag is None else (config.tag_field, config.tag)
        return [Look("list" if config.array_like else "object", form, tag)]
    kind = LEAVES.get(cls) or COLLECTIONS.get(cls)
    if kind is not None:
        return [Look(kind, form)]
    if issubclass(cls, tuple):
        return [Look("list", form)]
    return [] if fields_of(form) is None else [Look("object", form)]


def can_be_a_key(form: TypeForm) -> bool:
    """Say whether JSON can have values of a type as the keys of an object."""
    return len(members(form)) == 1 and all(map(_is_a_key, looks_of(form)))


def alike_because(one: Look, other: Look) -> str:
    """Say why JSON cannot tell two types apart."""
    hooked = next((look for look in (one, other) if look.kind == _HOOKED), None)
    if hooked is not None:
        return f"a {hooked.form.__name__} can have no alternative but None"
    return f"both are {_BOTH[one.kind]}"


def _is_a_key(look: Look) -> bool:
    if look.kind == _HOOKED:
        return is_written_as_text(look.form)
    return look.kind in _KEYS and look.form not in _NO_KEYS


def _are_alike(one: Look, other: Look) -> bool:
    kinds = {one.kind, other.kind}
    if _HOOKED in kinds and len(kinds) == 2:
        return not kinds & {"null", "anything"}
    if len(kinds) == 2 or one.kind == "null" or one.form == other.form:
        return False
    if one.tag is None or other.tag is None:
        return True
    return one.tag[0] != other.tag[0] or one.tag[1] == other.tag[1]
