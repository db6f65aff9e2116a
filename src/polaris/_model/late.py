"""Nouns that are handed out before they are read: most of what a process has compiled it never looks into."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, TypeVar


class Late:
    """A frozen noun whose fields may be read when the first of them is looked at. Nobody can tell it from others."""

    __slots__ = ("_read",)

    if not TYPE_CHECKING:  # a type checker knows the fields, and need not know that they may come later

        def __getattr__(self, name: str) -> object:
            if name in type(self).__dataclass_fields__:
                _fill(self, object.__getattribute__(self, "_read"))
            return object.__getattribute__(self, name)


N = TypeVar("N", bound=Late)


def late(noun: type[N], read: Callable[[], N], **known: object) -> N:
    """Give a noun whose fields are read when the first of them is looked at, but for those that are known.

    Args:
        noun: its class.
        read: gives one whose fields to take; of threads that look at once, each may call it.
        **known: fields that need not be read.
    """
    made = object.__new__(noun)
    object.__setattr__(made, "_read", read)
    for name, value in known.items():
        object.__setattr__(made, name, value)
    return made


def _fill(noun: Late, read: Callable[[], Late]) -> None:
    full = read()
    assert is_dataclass(full)  # noqa: S101 - for type checkers
    for field in fields(full):
        try:
            object.__getattribute__(noun, field.name)
        except AttributeError:
            object.__setattr__(noun, field.name, getattr(full, field.name))
    object.__setattr__(noun, "_read", lambda: full)
