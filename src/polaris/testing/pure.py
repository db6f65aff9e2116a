"""Builders that are watched: whether they leave alone what they are given, and make the same of the same."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import wraps
from inspect import signature
from typing import NamedTuple
from unittest.mock import patch

from polaris._model.compiled import Compiled
from polaris._model.context import Context
from polaris._model.declaration import Function
from polaris._model.plan import Step

_LATER = 400 * 24 * 60 * 60
"""Seconds: on another day, in another month, in another year."""


class _Called(NamedTuple):
    """A call of a builder that has returned, with copies of all that was passed."""

    step: str
    call: Callable[[], object]
    arguments: Mapping[str, object]
    returned: object


class Impure(NamedTuple):
    """A builder that is not pure, and how that was seen."""

    step: str
    text: str


@dataclass(frozen=True, slots=True)
class Watch:
    """Calls of builders in one example, and what was wrong with them."""

    faults: list[Impure] = field(default_factory=list[Impure])
    calls: list[_Called] = field(default_factory=list)

    def over(self, found: Compiled, unwatched: tuple[str, ...]) -> Compiled:
        """Give a workflow whose builders are watched, but for those that are stood in for."""
        watched = {
            step.name: self._around(step, found.functions[step.name])
            for step in found.plan.steps
            if step.name not in unwatched
        }
        return replace(found, functions={**found.functions, **watched})

    def repeat(self) -> None:
        """Call all again, the last first: when the world has moved on."""
        with _much_later():
            for called in reversed(self.calls):
                self._compare(called)

    def _around(self, step: Step, function: Function) -> Function:
        services = {given.parameter for given, _ in step.resources}

        @wraps(function)
        def watched(*args: object, **kwargs: object) -> object:
            passed = signature(function).bind(*args, **kwargs)
            data = {
                name: value
                for name, value in passed.arguments.items()
                if name not in services and not isinstance(value, Context)
            }
            kept = deepcopy(data)

            def again() -> object:
                passed.arguments.update(deepcopy(kept))
                return function(*passed.args, **passed.kwargs)

            returned = function(*args, **kwargs)
            self._note_changes(step.name, kept, data)
            called = _Called(step.name, again, kept, deepcopy(returned))
            self._compare(called)
            self.calls.append(called)
            return returned

        return watched

    def _note_changes(self, step: str, kept: Mapping[str, object], data: Mapping[str, object]) -> None:
        for name, value in kept.items():
            if data[name] != value:
                text = f"{step} changes what it is given: {name} was {value!r} and is {data[name]!r}"
                self.faults.append(Impure(step, text))

    def _compare(self, called: _Called) -> None:
        returned = called.call()
        if returned != called.returned:
            given = ", ".join(f"{name}={value!r}" for name, value in called.arguments.items())
            text = (
                f"{called.step} makes something else of the same: {called.step}({given})\n"
                f"    gave {called.returned!r}\n    then {returned!r}"
            )
            self.faults.append(Impure(called.step, text))


@contextmanager
def _much_later() -> Generator[None]:
    """Let the clock be ahead, for builders that look at the day only. That of `datetime` cannot be set."""
    now, now_ns = time.time, time.time_ns
    with patch("time.time", lambda: now() + _LATER), patch("time.time_ns", lambda: now_ns() + _LATER * 1_000_000_000):
        yield
