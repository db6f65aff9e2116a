"""Wrapped functions: a decorator made with `functools.wraps` stands before the function whose hints count."""

from __future__ import annotations

from types import FunctionType

from polaris._model.declaration import Function


def layers(function: Function) -> tuple[Function, ...]:
    """Give a function and everything it wraps, the outermost first."""
    found = {id(function): function}
    while (function := getattr(function, "__wrapped__", None)) is not None and id(function) not in found:
        found[id(function)] = function
    return tuple(found.values())


def innermost(function: Function) -> FunctionType | None:
    """Give the plain function at the end of the wrappers, or None if there is none."""
    last = layers(function)[-1]
    return last if isinstance(last, FunctionType) else None
