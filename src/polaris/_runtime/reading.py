"""What straight-line code knows of keys while it is written, and how a parameter reads them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from operator import itemgetter
from types import FunctionType, MappingProxyType

from polaris._model.contract import Input
from polaris._model.declaration import Function
from polaris._model.keys import Key

_NONE: Mapping[str, object] = MappingProxyType({})

Option = tuple[str, str, int]
"""What a parameter may read: the test for it (empty if it is surely there), the variable, and its round."""


class Sure(IntEnum):
    """How sure something is while the source is written."""

    NO = 0
    MAYBE = 1
    YES = 2


@dataclass(slots=True, kw_only=True)
class Variable:
    """A key in the source.

    Attributes:
        key: the key.
        name: the variable that holds its value.
        delivered: whether the delivery holds it.
        there: whether it is there.
        made: whether what is there was made in this call; if that is not known, the variable `flag` says so.
        maker: number of the step that may have made it in this call.
        is_dated: whether the variable `at` holds the round of its last change, for a later pass may change it.
        is_compared: whether the variable `news` holds the round in which it last became a different one.
        is_late: whether it may come in a later pass for the first time.
    """

    key: Key
    name: str
    delivered: bool = False
    there: Sure = Sure.NO
    made: Sure = Sure.NO
    maker: int | None = None
    is_dated: bool = False
    is_compared: bool = False
    is_late: bool = False

    @property
    def flag(self) -> str:
        """The variable that says whether it was made."""
        return f"made_{self.name}"

    @property
    def at(self) -> str:
        """The variable that holds the round of its last change; 0 if there was none."""
        return f"at_{self.name}"

    @property
    def news(self) -> str:
        """The variable that holds the round in which it last became a different one; 0 if there was none."""
        return f"news_{self.name}"

    @property
    def is_traced(self) -> bool:
        """Whether it is written down when it changes."""
        return self.is_dated or self.is_compared

    @property
    def test(self) -> str:
        """The test whether it is there; empty if that is known."""
        return f"{self.name} is not None" if self.there is Sure.MAYBE else ""


def options_of(given: Input, variables: Mapping[Key, Variable], made_at: int, *, dated: bool = False) -> list[Option]:
    """Give what a parameter may read: the latest first, then as written. None but the last has no test.

    Args:
        given: the parameter.
        variables: what is known of the keys.
        made_at: the round of what is made.
        dated: give a key of which it is not known when it came twice, once for each round.
    """
    found: list[Option] = []
    for option in _candidates([variables[key] for key in given.keys], made_at, dated=dated):
        found.append(option)
        if not option[0]:
            return found
    if found and given.required:  # it runs only if one of them is there
        found[-1] = ("", *found[-1][1:])
    return found


def _candidates(ones: list[Variable], made_at: int, *, dated: bool) -> Iterator[Option]:
    ones = [one for one in ones if one.there is not Sure.NO]
    for one in ones:
        if one.made is Sure.YES:
            yield one.test, one.name, made_at
        elif one.made is Sure.MAYBE and (dated or len(ones) > 1):
            yield f"{one.test} and {one.flag}" if one.test else one.flag, one.name, made_at
    for one in ones:
        if one.made is not Sure.YES:
            yield one.test, one.name, 1


def latest(given: Input, variables: Mapping[Key, Variable], made_at: int) -> str:
    """Write the call that gives the round and the value of what a parameter reads in a later pass.

    Args:
        given: the parameter.
        variables: what is known of the keys.
        made_at: the round of what is made in the first pass.
    """
    ones = [variables[key] for key in given.keys]
    found = [f"({_date(one, made_at)}, {one.name})" for one in ones if one.there is not Sure.NO]
    return f"latest_({', '.join(found)})"


def _date(one: Variable, made_at: int) -> str:
    if one.is_dated:
        return one.at
    if one.made is Sure.MAYBE:
        return f"{made_at} if {one.flag} else 1"
    return str(made_at if one.made is Sure.YES else 1)


def latest_of(*dated: tuple[int, object]) -> tuple[int, object]:
    """Give the latest of values with their rounds, of equals the first; those that are None are absent."""
    return max((one for one in dated if one[1] is not None), key=itemgetter(0), default=(0, None))


def choice(options: list[tuple[str, str]], other: str) -> str:
    """Write the choice of the first option whose test holds."""
    text = other
    for test, value in reversed(options):
        text = f"{value} if {test} else {text}" if test else value
    return text


def placed(passed: Mapping[str, str], places: tuple[str, ...]) -> Iterator[str]:
    """Write arguments: by position as far as there is no gap, then by name."""
    count = next((place for place, name in enumerate(places) if name not in passed), len(places))
    yield from (passed[name] for name in places[:count])
    yield from (f"{name}={text}" for name, text in passed.items() if name not in places[:count])


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
