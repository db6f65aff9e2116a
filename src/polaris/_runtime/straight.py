"""Writes the source of one straight-line function: what a call in memory does with one set of delivered keys.

Theory. A call in memory begins with nothing, so the walk's table folds up. What is delivered has round 1, what is made
round 2 (1, if nothing is delivered); every builder is decided once, in plan order; nothing can be undone, because
nothing was made before. A builder that is runnable is dirty, and runs, unless the delivery answers it and it runs once
or nothing wakes it.

A key is a local variable, None while it is absent, for None is never a value. What is known of it while the source is
written - that it is surely there, surely absent, surely made in this call - needs no test when the function runs.

What straight-line code does not do, and the walk does: Feedback, retries, timeouts, a product class that None is an
instance of, and a parameter that may be left out of a function which hides its own default (one that is wrapped).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from polaris._model.contract import Input
from polaris._model.keys import Key
from polaris._runtime.bind import Bound, BoundStep
from polaris._runtime.call import products
from polaris._runtime.index import StepIndex
from polaris._runtime.reading import Sure, Variable, choice, defaults_of, options_of, placed, places_of

Variants = tuple[tuple[Key, type], ...]
"""What a slot may hold: keys with their run-time classes."""


class NotStraightError(Exception):
    """With this set of keys the plan must be walked. Raised and caught inside this room."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Straight:
    """What was written.

    Attributes:
        lines: the source; its function is named ``call``.
        scope: what the names in it stand for, those left out that every such function uses.
        calls: the number of the step whose builder a line calls.
        checks: the number of the step whose product a line looks at.
        variables: the keys that may have been there at any time, in the order in which they came.
        ended: the variables whose values the function hands on.
        done: for each step that runs once, the variable that says whether it made anything, or True.
        complete: whether the target is surely there in the end.
    """

    lines: tuple[str, ...]
    scope: dict[str, Any]
    calls: Mapping[int, int]
    checks: Mapping[int, int]
    variables: Mapping[Key, Variable]
    ended: tuple[str, ...]
    done: Mapping[str, str | bool]
    complete: bool


def write(bound: Bound, delivered: Iterable[Key], given: frozenset[Key]) -> Straight:
    """Write the function for a set of delivered keys.

    Args:
        bound: the plan, with no resources yet.
        delivered: the keys, in the order in which the function takes their values.
        given: the keys of the resources that it is handed.

    Raises:
        NotStraightError: it must be walked.
    """
    return _Writer(bound, tuple(delivered), given).straight()


@dataclass(slots=True)
class _Page:
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


class _Writer:
    """Goes through a plan in order, and knows at every step what is there."""

    def __init__(self, bound: Bound, delivered: tuple[Key, ...], given: frozenset[Key]) -> None:
        self._bound = bound
        self._delivered = delivered
        self._given = given
        self._round = 2 if delivered else 1
        self._page = _Page()
        self._scope: dict[str, Any] = {}
        self._empty: dict[str, None] = {}
        self._false: dict[str, None] = {}
        self._served: dict[Key, str] = {}
        self._done: dict[str, str | bool] = {}
        self._has_context = False
        self._variables = {
            info.name: Variable(name=f"v{number}_{_identifier(info.name)}")
            for number, info in enumerate(bound.plan.keys)
        }
        for key in delivered:
            self._variables[key].delivered, self._variables[key].there = True, Sure.YES

    def straight(self) -> Straight:
        index, page = self._bound.index, self._page
        if index.loops or index.plan.timeout is not None:
            raise NotStraightError
        for step in index.steps:
            self._step(step)
        variables = {key: self._variables[key] for key in self._delivered}
        made = [key for step in index.steps for key in step.produces if self._variables[key].maker is not None]
        variables.update((key, self._variables[key]) for key in made)
        ended = [one.name for one in variables.values() if one.there is not Sure.NO]
        ended += [one.flag for one in variables.values() if one.made is Sure.MAYBE]
        ended += [name for name in self._done.values() if isinstance(name, str)]
        head = self._head()
        page.write(f'put_(outcome, "_late", (read_, order, ({"".join(f"{name}, " for name in ended)})))')
        page.write("return outcome")
        return Straight(
            lines=(*head, *page.lines, "    except Exception as error:", "        raise fail_(error, order, locals())"),
            scope=self._scope,
            calls={line + len(head): number for line, number in page.calls.items()},
            checks={line + len(head): number for line, number in page.checks.items()},
            variables=variables,
            ended=tuple(ended),
            done=self._done,
            complete=self._is_complete(),
        )

    def _head(self) -> list[str]:
        lines = ["def call(data, given, order):", "    try:"]
        body = [f"{', '.join(self._variables[key].name for key in self._delivered)}, = data"] if self._delivered else []
        body += [f"{name} = given[{key!r}]" for key, name in self._served.items()]
        body += ["uid = uid_().hex"] if self._has_context else []
        blank = ((self._empty, None), (self._false, False))
        body += [f"{' = '.join(names)} = {value}" for names, value in blank if names]
        body += ["outcome = new_(Outcome_)"]
        return lines + ["        " + line for line in body]

    def _is_complete(self) -> bool:
        plan = self._bound.plan
        there = [self._variables[key].there is Sure.YES for key in plan.target]
        return all(there) if plan.target_all else any(there)

    # --- one step --------------------------------------------------------------------------------------------

    def _step(self, index: StepIndex) -> None:
        tests = None if self._is_settled(index) else self._tests(index)
        if tests is None:
            return
        bound = self._bound.steps[index.number]
        if bound.retry is not None or bound.step.timeout is not None:
            raise NotStraightError
        if tests:
            self._page.write(f"if {' and '.join(tests)}:")
            self._page.depth += 1
        self._run(index, bound, is_sure=not tests)
        if tests:
            self._page.depth -= 1

    def _is_settled(self, index: StepIndex) -> bool:
        """Say whether the delivery answers a step that has nothing to do then."""
        if not all(any(self._variables[key].delivered for key in slot) for slot in index.slots):
            return False
        if index.step.once:
            self._done[index.step.name] = True
        return index.step.once or index.untriggered

    def _tests(self, index: StepIndex) -> list[str] | None:
        """Give what must be tested before a step runs; None if it cannot run."""
        found: dict[str, None] = {}
        for keys in index.needs or [keys for keys in [index.triggers] if keys]:
            ones = [self._variables[key] for key in keys]
            sure = max(one.there for one in ones)
            if sure is Sure.NO:
                return None
            if sure is Sure.MAYBE:
                texts = [one.test for one in ones if one.test]
                found[texts[0] if len(texts) == 1 else f"({' or '.join(texts)})"] = None
        return list(found)

    def _run(self, index: StepIndex, bound: BoundStep, *, is_sure: bool) -> None:
        number, step, page = index.number, bound.step, self._page
        function = self._named(f"f{number}_{_identifier(step.name)}", bound.function)
        first = self._variables[index.produces[0]]
        is_direct = len(index.produces) == 1 and not step.several and not first.delivered
        returned = first.name if is_direct else "returned"
        page.call(number, f"{returned} = {function}({self._arguments(index, bound)})")
        if is_direct:
            self._check_class(index, bound.variants[0], returned, may_decline=step.may_decline)
        else:
            self._unpack(index, bound)
        if not is_sure or (step.may_decline and not is_direct):
            fresh = (self._variables[key] for key in index.produces if not self._variables[key].delivered)
            self._empty.update((one.name, None) for one in fresh)
        is_certain = is_sure and not step.may_decline
        if step.once:
            self._done[step.name] = is_certain or f"done_{number}"
            if not is_certain:
                self._false[f"done_{number}"] = None
                page.write(f"done_{number} = {returned} is not None")
        for slot in bound.variants:
            self._learn(slot, number, is_certain=is_certain)
        for one in map(self._variables.__getitem__, index.takes):
            page.write(f"{one.name} = None")
            one.there = Sure.NO if is_sure else Sure.MAYBE

    def _learn(self, slot: Variants, number: int, *, is_certain: bool) -> None:
        """Note what is known of a slot when its step has had its turn."""
        for one in (self._variables[key] for key, _ in slot):
            is_there = len(slot) == 1 and (is_certain or one.there is Sure.YES)
            one.maker = number
            one.there = Sure.YES if is_there else Sure.MAYBE
            one.made = Sure.YES if is_certain or not one.delivered else Sure.MAYBE

    # --- what a step returned --------------------------------------------------------------------------------

    def _unpack(self, index: StepIndex, bound: BoundStep) -> None:
        page, number = self._page, index.number
        if bound.step.may_decline:
            page.write("if returned is not None:")
            page.depth += 1
        parts = ["returned"]
        if bound.step.several:
            parts = [f"part_{place}" for place in range(len(bound.variants))]
            check = self._check(index)
            page.check(number, f"if type(returned) is not tuple or len(returned) != {len(parts)}: {check}(returned)")
            page.check(number, f"{', '.join(parts)}, = returned")
        slots = [*zip(bound.variants, parts, range(len(parts)), strict=True)]
        for slot, part, place in slots:
            if len(slot) == 1:
                self._check_class(index, slot, part, may_decline=False)
            else:
                self._find_variant(index, slot, part, place)
        for slot, part, place in slots:
            self._assign(slot, part, place)
        if bound.step.may_decline:
            page.depth -= 1

    def _check_class(self, index: StepIndex, slot: Variants, part: str, *, may_decline: bool) -> None:
        """Look at the class of a product: one that is not exactly it may be a subclass, or wrong."""
        kind = self._kind(*slot[0])
        returned = "returned" if part.startswith("part_") else part
        unless = f" and {part} is not None" if may_decline else ""
        text = f"if type({part}) is not {kind}{unless}: {self._check(index)}({returned})"
        self._page.check(index.number, text)

    def _find_variant(self, index: StepIndex, slot: Variants, part: str, place: int) -> None:
        kinds = dict.fromkeys(self._kind(key, kind) for key, kind in _distinct(slot))
        tests = " and ".join(f"kind_{place} is not {kind}" for kind in kinds)
        self._page.write(f"kind_{place} = type({part})")
        self._page.check(index.number, f"if {tests}: kind_{place} = {self._check(index)}(returned)[{place}]")

    def _assign(self, slot: Variants, part: str, place: int) -> None:
        """Put a part into the variable that it is for, and take the other variants of the slot away."""
        chosen = _distinct(slot)
        for key, kind in slot:
            one = self._variables[key]
            value = f"{part} if kind_{place} is {self._kind(key, kind)} else None" if (key, kind) in chosen else "None"
            self._page.write(f"{one.name} = {part if len(slot) == 1 else value}")
            if one.delivered:
                self._false[one.flag] = None
                self._page.write(f"{one.flag} = True")

    def _kind(self, key: Key, kind: type) -> str:
        if isinstance(None, kind):
            raise NotStraightError
        return self._named(self._variables[key].name.replace("v", "t", 1), kind)

    def _check(self, index: StepIndex) -> str:
        return self._named(f"check_{index.number}", partial(classes_of, self._bound.steps[index.number]))

    # --- what a step is called with --------------------------------------------------------------------------

    def _arguments(self, index: StepIndex, bound: BoundStep) -> str:
        passed: dict[str, str] = {}
        for given in bound.inputs:
            value = self._value(index, bound, given)
            if value is not None:
                passed[given.parameter] = value
        for service, _ in bound.step.resources:
            if service.key in self._given:
                passed[service.parameter] = self._served.setdefault(service.key, f"given_{len(self._served)}")
        if bound.step.context is not None:
            passed[bound.step.context] = self._context(index)
        for name, absent in bound.fixed.items():
            if name not in passed:
                passed[name] = self._absent(index, name, absent)
        return ", ".join(placed(passed, places_of(bound.function, bound.positional)))

    def _value(self, index: StepIndex, bound: BoundStep, given: Input) -> str | None:
        """Give what a parameter is passed; None if it is surely left out."""
        options = [(test, name) for test, name, _ in options_of(given, self._variables, self._round)]
        if not options:
            return None
        if not options[-1][0]:
            return choice(options, "")
        defaults = {**defaults_of(bound.function), **bound.fixed}
        if given.parameter not in defaults:
            raise NotStraightError
        absent = self._absent(index, given.parameter, defaults[given.parameter])
        return options[0][1] if absent == "None" and len(options) == 1 else choice(options, absent)

    def _absent(self, index: StepIndex, parameter: str, value: object) -> str:
        return "None" if value is None else self._named(f"absent_{index.number}_{_identifier(parameter)}", value)

    def _context(self, index: StepIndex) -> str:
        self._has_context = True
        triggers = [given for given in index.step.inputs if given.triggers]
        found = [options_of(given, self._variables, self._round, dated=True) for given in triggers]
        rounds = [choice([(test, str(number)) for test, _, number in options], "0") for options in found]
        return f"context_({index.number}, ({''.join(f'{text}, ' for text in rounds)}), uid)"

    def _named(self, name: str, thing: object) -> str:
        self._scope.setdefault(name, thing)
        return name


def classes_of(bound: BoundStep, returned: object) -> list[type]:
    """Give the class of the variant that each part of a product is for.

    Raises:
        ContractViolationError: it is not what the return type declares.
    """
    made = products(bound, returned)
    return [dict(slot)[key] for (key, _), slot in zip(made, bound.variants, strict=True)]


def _distinct(slot: Variants) -> Variants:
    """Leave out the variants of a class that an earlier one has: they are never made."""
    first = {kind: key for key, kind in reversed(slot)}
    return tuple((key, kind) for key, kind in slot if first[kind] == key)


def _identifier(text: str) -> str:
    return re.sub(r"\W+", "_", text, flags=re.ASCII).strip("_")
