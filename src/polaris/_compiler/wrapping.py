"""Wrapped functions: a decorator made with `functools.wraps` stands before the function whose hints count."""

from __future__ import annotations

from types import FunctionType

from polaris._model.declaration import Function


def layers(function: Function) -> tuple[Function, ...]:
    """Give a function and everything it wraps, the outermost first."""
    found = [function]
    while callable(inner := getattr(found[-1], "__wrapped__", None)) and not any(inner is layer for layer in found):
        found.append(inner)
    return tuple(found)


def innermost(function: Function) -> FunctionType | None:
    """Give the plain function at the end of the wrappers, or None if there is none."""
    last: object = layers(function)[-1]
    return last if isinstance(last, FunctionType) else None
