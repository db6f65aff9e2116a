"""Contexts that do not differ from run to run, so that what builders make of them can be compared."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import replace
from functools import wraps
from hashlib import sha256
from itertools import count
from typing import Any

from polaris._model.context import Context
from polaris._model.declaration import Function

RUN_ID = "checked"
"""The id that builders see, whatever the run is called."""

_examples = count()


class Arguments:
    """The arguments that builders were called with in one example, each with a number."""

    def __init__(self) -> None:
        self.example = next(_examples)
        self._known: list[tuple[object, object]] = []

    def number_of(self, *arguments: object) -> int:
        """Give the number of some arguments: equal ones have the same."""
        for number, known in enumerate(self._known):
            if known == arguments:
                return number
        self._known.append(deepcopy((arguments[0], arguments[1])))
        return len(self._known) - 1


class Names:
    """Gives the idempotency keys of a run other names, which every run of the example has.

    Runs that call a builder with equal arguments see equal names; a run that calls it again, and not for a retry or
    after a crash, sees another. In another example they are others, as if it were another day.
    """

    def __init__(self, arguments: Arguments, services: frozenset[str]) -> None:
        self._arguments = arguments
        self._services = services
        self._known: dict[tuple[str, str, int], dict[str, int]] = {}

    def around(self, function: Function, *, is_async: bool) -> Function:
        """Give a builder that is handed such contexts."""

        @wraps(function)
        def named(*args: object, **kwargs: object) -> object:
            read = {name: one for name, one in kwargs.items() if self._is_data(name, one)}
            number = self._arguments.number_of([one for one in args if self._is_data("", one)], read)
            passed = self._all(kwargs.values(), number)
            return function(*self._all(args, number), **dict(zip(kwargs, passed, strict=True)))

        @wraps(function)
        async def named_async(*args: object, **kwargs: object) -> object:
            awaitable: Any = named(*args, **kwargs)
            return await awaitable

        return named_async if is_async else named

    def _is_data(self, name: str, value: object) -> bool:
        return name not in self._services and not isinstance(value, Context)

    def _all(self, arguments: Iterable[object], number: int) -> list[object]:
        return [self._named(one, number) if isinstance(one, Context) else one for one in arguments]

    def _named(self, context: Context, arguments: int) -> Context:
        known = self._known.setdefault((context.run_id, context.builder, arguments), {})
        again = known.setdefault(context.idempotency_key, len(known))
        name = f"{self._arguments.example} {context.builder} {arguments} {again}"
        return replace(context, run_id=RUN_ID, idempotency_key=sha256(name.encode()).hexdigest())
