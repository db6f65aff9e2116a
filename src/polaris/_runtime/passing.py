"""How arguments get into a function: which may be passed by position, and what stands for those left out."""

from __future__ import annotations

from collections.abc import Mapping
from types import FunctionType, MappingProxyType

from polaris._model.declaration import Function

_NONE: Mapping[str, object] = MappingProxyType({})


def places_of(function: Function, only: tuple[str, ...]) -> tuple[str, ...]:
    """Give the parameters that may be passed by position, in order: faster than by name.

    Args:
        function: the function; one that is wrapped in another takes its arguments by name.
        only: those that its signature shows as positional-only.
    """
    if not isinstance(function, FunctionType):
        return only
    own = function.__code__.co_varnames[: function.__code__.co_argcount]
    return own if own[: len(only)] == only else only


def defaults_of(function: Function) -> Mapping[str, object]:
    """Give the defaults of a function's own parameters."""
    if not isinstance(function, FunctionType):
        return _NONE
    own = function.__code__.co_varnames[: function.__code__.co_argcount]
    by_position = zip(reversed(own), reversed(function.__defaults__ or ()), strict=False)
    return {**dict(by_position), **(function.__kwdefaults__ or {})}
