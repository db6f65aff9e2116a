"""The parameters of a function, read off its code object: `inspect.signature` would cost more than all the rest."""

from __future__ import annotations

from collections.abc import Iterator
from inspect import CO_VARARGS, CO_VARKEYWORDS
from types import FunctionType
from typing import NamedTuple


class Parameter(NamedTuple):
    """One parameter that a builder can be handed a value for.

    Attributes:
        name: its name.
        has_default: whether it may be left out.
        positional: whether it can only be passed by position.
    """

    name: str
    has_default: bool
    positional: bool


def parameters_of(function: FunctionType) -> Iterator[Parameter]:
    """Give the parameters in order, without ``*args`` and ``**kwargs``."""
    code = function.__code__
    names = code.co_varnames
    count = code.co_argcount
    first_default = count - len(function.__defaults__ or ())
    for index in range(count):
        yield Parameter(names[index], index >= first_default, index < code.co_posonlyargcount)
    defaults = function.__kwdefaults__ or {}
    for name in names[count : count + code.co_kwonlyargcount]:
        yield Parameter(name, name in defaults, positional=False)


def variadics_of(function: FunctionType) -> Iterator[tuple[str, str]]:
    """Give the stars and the name of ``*args`` and ``**kwargs``, if they are there."""
    code = function.__code__
    rest = iter(code.co_varnames[code.co_argcount + code.co_kwonlyargcount :])
    for flag, stars in ((CO_VARARGS, "*"), (CO_VARKEYWORDS, "**")):
        if code.co_flags & flag:
            yield stars, next(rest)
