"""Constraints in the metadata of a type - of annotated-types, msgspec and pydantic - and values that keep to them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from math import ceil, floor
from typing import Any, cast

from hypothesis import strategies as st

from polaris._model.keys import TypeForm

Strategy = st.SearchStrategy[Any]

_NAMES = ("gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "pattern", "tz")
"""The attributes by which all three libraries say what a value is like."""

_CHECKS: Mapping[str, Callable[[Any, Any], bool]] = {
    "gt": lambda value, bound: value > bound,
    "ge": lambda value, bound: value >= bound,
    "lt": lambda value, bound: value < bound,
    "le": lambda value, bound: value <= bound,
    "multiple_of": lambda value, step: value % step == 0,
    "min_length": lambda value, size: len(value) >= size,
    "max_length": lambda value, size: len(value) <= size,
    "pattern": lambda value, pattern: re.search(pattern, value) is not None,
    "func": lambda value, accepts: bool(accepts(value)),
}


def limits_in(metadata: Iterable[object]) -> list[tuple[str, Any]]:
    """Give the constraints in the metadata of a type, each with its bound."""
    return [limit for one in metadata for limit in _limits_of(one)]


def _limits_of(one: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - whatever stands there
    if hasattr(one, "__iter__") and type(one).__module__ == "annotated_types":  # a group, such as an interval
        yield from limits_in(one)
        return
    found = [(name, getattr(one, name, None)) for name in _NAMES]
    if type(one).__name__ == "Predicate":
        found.append(("func", getattr(one, "func", None)))
    yield from ((name, bound) for name, bound in found if bound is not None)


def constrained(form: TypeForm, limits: list[tuple[str, Any]], drawn: Callable[..., Strategy]) -> Strategy:
    """Draw values of a type that keep to constraints.

    Args:
        form: the type.
        limits: the constraints.
        drawn: gives the strategy for the type, with further arguments if it is one of collections.
    """
    bounds = dict(limits)
    strategy: Strategy
    if form is int:
        strategy = _integers(bounds)
    elif form in {float, Decimal}:
        strategy = _numbers(form, bounds)
    elif form is str and "pattern" in bounds:
        pattern: str = bounds["pattern"]
        strategy = cast("Strategy", st.from_regex(pattern))
    elif form in {str, bytes}:
        texts: Callable[..., Strategy] = st.text if form is str else st.binary
        strategy = texts(**_sizes(bounds))
    else:
        strategy = drawn(**_sizes(bounds))
    if bounds.pop("tz", False):
        strategy = strategy.map(_in_utc)
    checks = [(_CHECKS[name], bound) for name, bound in limits if name != "tz"]
    return strategy.filter(lambda value: all(check(value, bound) for check, bound in checks))


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC)


def _sizes(bounds: Mapping[str, Any]) -> dict[str, int]:
    named = {"min_size": bounds.get("min_length"), "max_size": bounds.get("max_length")}
    return {name: size for name, size in named.items() if size is not None}


def _integers(bounds: Mapping[str, Any]) -> Strategy:
    low = [ceil(bounds[name]) for name in ("gt", "ge") if name in bounds]
    high = [floor(bounds[name]) for name in ("lt", "le") if name in bounds]
    step = bounds.get("multiple_of", 1)
    least, most = (ceil(max(low) / step) if low else None), (floor(min(high) / step) if high else None)
    return st.integers(least, most).map(lambda number: number * step)


def _numbers(form: TypeForm, bounds: Mapping[str, Any]) -> Strategy:
    low = [bounds[name] for name in ("gt", "ge") if name in bounds]
    high = [bounds[name] for name in ("lt", "le") if name in bounds]
    least, most = max(low, default=None), min(high, default=None)
    step = bounds.get("multiple_of")
    if step is not None:
        whole = {"ge": None if least is None else least / step, "le": None if most is None else most / step}
        counted = _integers({name: bound for name, bound in whole.items() if bound is not None})
        return counted.map(lambda number: form(number * step))
    numbers = st.floats if form is float else st.decimals
    return numbers(least, most, allow_nan=False, allow_infinity=False)
