"""A straight-line function while it is being written: its lines, and what is known of keys at the point reached."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from polaris._model.contract import Input
from polaris._model.keys import Key
from polaris._runtime.bind import Bound, BoundStep
from polaris._runtime.call import products
from polaris._runtime.index import Requirement, StepIndex
from polaris._runtime.reading import Sure, Variable, choice, defaults_of, latest, options_of, placed, places_of


class NotStraightError(Exception):
    """With this set of keys the plan must be walked. Raised and caught inside this room."""


@dataclass(slots=True)
class Page:
    """Lines being written."""

    lines: list[str] = field(default_factory=list[str])
    calls: dict[int, int] = field(default_factory=dict[int, int])
    checks: dict[int, int] = field(default_factory=dict[int, int])
    depth: int = 2

    def write(self, text: str) -> None:
        self.lines.append("    " * self.depth + text)

    def call(self, number: int, text: str) -> None:
        self.write(text)
        self.calls[len(self.lines)] = number

    def check(self, number: int, text: str) -> None:
        self.write(text)
        self.checks[len(self.lines)] = number

    @contextmanager
    def block(self, head: str) -> Generator[None]:
        """Indent what is written below a line."""
        self.write(head)
        self.depth += 1
        yield
        self.depth -= 1

    @contextmanager
    def under(self, tests: Sequence[str]) -> Generator[None]:
        """Write what is done only if all tests hold; with no tests it is done anyway."""
        if not tests:
            yield
            return
        with self.block(f"if {' and '.join(tests)}:"):
            yield


class Draft:
    """What has been written of a function, and what is known.

    Attributes:
        bound: the plan, with no resources yet.
        delivered: the keys, in the order in which the function takes their values.
        given: the keys of the resources that it is handed.
        keeps: whether a keeper is told of each step, and keeps what it makes.
        round: that of the first pass.
        now: how the source says the round of the pass that is being written.
        is_again: whether that is one after the first.
        scope: what the names in the source stand for.
        first: the variables that hold something from the beginning on: None, False, 0 or 1.
        served: the variables of the resources that are used.
        done: for each step that runs once, the variable that says whether it made anything, or True.
        has_context: whether a builder is handed its context.
        has_late: whether a key may come in a later pass for the first time.
    """

    def __init__(self, bound: Bound, delivered: tuple[Key, ...], given: frozenset[Key], *, keeps: bool) -> None:
        self.bound = bound
        self.delivered = delivered
        self.given = given
        self.keeps = keeps
        self.round = 2 if delivered else 1
        self.now = str(self.round)
        self.is_again = False
        self.page = Page()
        self.scope: dict[str, Any] = {}
        self.first: dict[str, str] = {}
        self.served: dict[Key, str] = {}
        self.done: dict[str, str | bool] = {}
        self.has_context = False
        self.has_late = False
        self.variables = {
            info.name: Variable(key=info.name, name=f"v{number}_{_identifier(info.name)}")
            for number, info in enumerate(bound.plan.keys)
        }
        for key in delivered:
            self.variables[key].delivered, self.variables[key].there = True, Sure.YES

    def named(self, name: str, thing: object) -> str:
        """Have a name stand for something in the source."""
        self.scope.setdefault(name, thing)
        return name

    def function(self, index: StepIndex) -> str:
        """Name the builder of a step.

        Raises:
            NotStraightError: there is more to do than to call it.
        """
        bound = self.bound.steps[index.number]
        if bound.retry is not None or bound.step.timeout is not None:
            raise NotStraightError
        return self.named(f"f{index.number}_{_identifier(index.name)}", bound.function)

    def kind(self, key: Key, kind: type) -> str:
        """Name the class of a key.

        Raises:
            NotStraightError: None is an instance of it.
        """
        if isinstance(None, kind):
            raise NotStraightError
        return self.named(self.variables[key].name.replace("v", "t", 1), kind)

    def check(self, index: StepIndex) -> str:
        """Name what looks at a product whose class is not exactly the one that is declared."""
        return self.named(f"check_{index.number}", partial(classes_of, self.bound.steps[index.number]))

    def tests(self, index: StepIndex) -> list[str] | None:
        """Give what must be tested before a step that is dirty runs; None if it cannot run."""
        found: dict[str, None] = {}
        for keys in wanted(index):
            ones = [self.variables[key] for key in keys]
            sure = max(one.there for one in ones)
            if sure is Sure.NO:
                return None
            if sure is Sure.MAYBE:
                found[either([one.test for one in ones if one.test])] = None
        return list(found)

    # --- what a step is called with --------------------------------------------------------------------------

    def call(self, index: StepIndex, variable: str) -> None:
        """Write the call of a builder; what it returns goes into a variable."""
        arguments = ", ".join(self._arguments(index, self.bound.steps[index.number]))
        self.page.call(index.number, f"{variable} = {self.function(index)}({arguments})")

    def begin(self, index: StepIndex) -> None:
        """Write that a step begins."""
        if self.keeps:
            self.page.check(index.number, "begin()")

    def keep(self, index: StepIndex) -> None:
        """Write that what a step made is kept, and is from then on as it will be read again."""
        if self.keeps:
            names = [self.variables[key].name for key in index.produces]
            if len(names) == 1:
                self.page.check(index.number, f"{names[0]} = keep({index.number}, {names[0]})")
            else:
                text = ", ".join(names)
                self.page.check(index.number, f"{text} = keep_all({index.number}, ({text}))")

    def _arguments(self, index: StepIndex, bound: BoundStep) -> Iterator[str]:
        passed: dict[str, str] = {}
        for given in bound.inputs:
            value = self._value(index, bound, given)
            if value is not None:
                passed[given.parameter] = value
        for service, _ in bound.step.resources:
            if service.key in self.given:
                passed[service.parameter] = self.served.setdefault(service.key, f"given_{len(self.served)}")
        if bound.step.context is not None:
            passed[bound.step.context] = self._context(index)
        for name, absent in bound.fixed.items():
            if name not in passed:
                passed[name] = self._absent(index, name, absent)
        return placed(passed, places_of(bound.function, bound.positional))

    def _value(self, index: StepIndex, bound: BoundStep, given: Input) -> str | None:
        """Give what a parameter is passed; None if it is surely left out."""
        options = [(test, name) for test, name, _ in options_of(given, self.variables, self.round)]
        if not options:
            return None
        if self.is_again and len(given.keys) > 1 and any(self.variables[key].is_dated for key in given.keys):
            picked = f"{latest(given, self.variables, self.round)}[1]"
            options = [("" if given.required else f"{picked} is not None", picked)]
        if not options[-1][0]:
            return choice(options, "")
        defaults = {**defaults_of(bound.function), **bound.fixed}
        if given.parameter not in defaults:
            raise NotStraightError
        absent = self._absent(index, given.parameter, defaults[given.parameter])
        return options[0][1] if absent == "None" and len(options) == 1 else choice(options, absent)

    def _absent(self, index: StepIndex, parameter: str, value: object) -> str:
        return "None" if value is None else self.named(f"absent_{index.number}_{_identifier(parameter)}", value)

    def _context(self, index: StepIndex) -> str:
        self.has_context = True
        ids = "keeper.uid, keeper.run_id" if self.keeps else "uid"
        rounds = [self._round(given) for given in index.step.inputs if given.triggers]
        return f"context_({index.number}, ({''.join(f'{text}, ' for text in rounds)}), {ids})"

    def _round(self, given: Input) -> str:
        """Write the round of what a parameter reads; 0 if it is absent."""
        if self.is_again and any(self.variables[key].is_dated for key in given.keys):
            return f"{latest(given, self.variables, self.round)}[0]"
        options = options_of(given, self.variables, self.round, dated=True)
        return choice([(test, str(number)) for test, _, number in options], "0")


def wanted(index: StepIndex) -> tuple[Requirement, ...]:
    """Give what must be there before a step runs: what it requires, else one of the keys that wake it."""
    required = (*index.needs, *index.needs_before)
    triggers = (*index.triggers, *index.feedback)
    return required or ((triggers,) if triggers else ())


def either(tests: Sequence[str]) -> str:
    """Write that any test holds, to stand beside other tests."""
    return tests[0] if len(tests) == 1 else f"({' or '.join(tests)})"


def classes_of(bound: BoundStep, returned: object) -> list[type]:
    """Give the class of the variant that each part of a product is for.

    Raises:
        ContractViolationError: it is not what the return type declares.
    """
    made = products(bound, returned)
    return [dict(slot)[key] for (key, _), slot in zip(made, bound.variants, strict=True)]


def _identifier(text: str) -> str:
    return re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_")
