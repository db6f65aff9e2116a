"""A workflow under test: its builders, some of them stood in for, and the examples that are tried on it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field, replace
from functools import wraps
from types import MappingProxyType
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polaris._assembly import runnable
from polaris._model.compiled import Compiled
from polaris._model.declaration import Function
from polaris._model.keys import TypeForm
from polaris._model.plan import Step
from polaris._model.workflow import Workflow
from polaris._runtime.bind import Bound
from polaris.errors import DeclarationError
from polaris.testing.contexts import Arguments, Names
from polaris.testing.strategies import Strategies, Strategy, values

NOTHING: Mapping[TypeForm, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Subject:
    """A workflow under test."""

    found: Compiled
    stubs: tuple[str, ...]
    workflow: Workflow[Any]
    resources: Mapping[TypeForm, object]
    strategies: Strategies
    arguments: list[Arguments] = field(default_factory=lambda: [Arguments()])
    """What builders were called with in the example that is tried now."""

    def for_example(self, data: st.DataObject) -> Compiled:
        """Give the workflow with its stubs, which draw from the data of one example, and all builders plain."""
        self.arguments[:] = [Arguments()]
        steps = tuple(
            replace(s, is_async=False, timeout=None if s.name in self.stubs else s.timeout)
            for s in self.found.plan.steps
        )
        functions = {step.name: self._function(step, data) for step in self.found.plan.steps}
        return replace(self.found, plan=replace(self.found.plan, steps=steps), functions=functions)

    def awaited(self, found: Compiled) -> Compiled:
        """Give the workflow of an example with its coroutine functions as they are, to be awaited."""
        awaited = {step.name for step in self.found.plan.steps if step.is_async} - set(self.stubs)
        steps = tuple(replace(step, is_async=step.name in awaited) for step in found.plan.steps)
        originals = {name: self.found.functions[name] for name in awaited}
        return replace(found, plan=replace(found.plan, steps=steps), functions={**found.functions, **originals})

    def all_resources(self) -> Mapping[TypeForm, object]:
        """Give the resources, with something for the builders that are stood in for and never read theirs."""
        asked = {name: {given.key for given, _ in s.resources} for s in self.found.plan.steps for name in [s.name]}
        unread = {key for name in self.stubs for key in asked[name]}
        unread -= {key for name in asked.keys() - set(self.stubs) for key in asked[name]}
        return {**{self.found.types[key]: None for key in unread}, **self.resources}

    def bound(self, found: Compiled) -> Bound:
        """Give the workflow ready to be walked, once or more often."""
        functions = {step.name: self._named(step, found.functions[step.name]) for step in found.plan.steps}
        return runnable(replace(found, functions=functions), self.workflow, self.all_resources())

    def _named(self, step: Step, function: Function) -> Function:
        if step.context is None or step.name in self.stubs:
            return function
        services = frozenset(given.parameter for given, _ in step.resources)
        return Names(self.arguments[-1], services).around(function, is_async=step.is_async)

    def _function(self, step: Step, data: st.DataObject) -> Function:
        if step.name in self.stubs:
            return self._stub(step, data)
        function = self.found.functions[step.name]
        return plain(function) if step.is_async else function

    def _stub(self, step: Step, data: st.DataObject) -> Function:
        strategy = self._returned(step)
        known: list[tuple[object, object]] = []

        def stub(**kwargs: object) -> object:
            seen = {name: kwargs[name] for name in kwargs if name != step.context}
            for earlier, returned in known:
                if earlier == seen:
                    return returned
            returned = data.draw(strategy, label=f"{step.name} returns")
            known.append((deepcopy(seen), returned))
            return returned

        return stub

    def _returned(self, step: Step) -> Strategy:
        slots = [
            st.one_of([values(self.found.types[key], self.strategies) for key in variants]) for variants in step.slots
        ]
        made = st.tuples(*slots) if step.several else slots[0]
        return st.none() | made if step.may_decline else made


def plain(function: Function) -> Function:
    """Give a coroutine function as one that awaits itself, in an event loop of its own."""

    @wraps(function)
    def awaiting(*args: object, **kwargs: object) -> object:
        return asyncio.run(function(*args, **kwargs))

    return awaiting


def stubbed(found: Compiled, stub: Sequence[Function]) -> tuple[str, ...]:
    """Give the names of builders that are to be stood in for.

    Raises:
        DeclarationError: one of the functions is no builder of the workflow.
    """
    names = {id(function): name for name, function in found.functions.items()}
    for function in stub:
        if id(function) not in names:
            raise DeclarationError(
                f"{getattr(function, '__name__', function)!r} is no builder of {found.plan.workflow!r}.",
                do=f"It has {', '.join(found.functions)}.",
            )
    return tuple(names[id(function)] for function in stub)


Property = Callable[[Compiled, Subject, Any], None]
"""Raises if something does not hold of a workflow, its subject, and what was drawn for it."""


def examples(subject: Subject, scripts: st.SearchStrategy[Any], holds: Property, *, one_in: int = 1) -> None:
    """Try a property on many examples; of an expensive one only on one in so many."""

    @settings(
        max_examples=max(1, settings().max_examples // one_in),
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        database=None,
        report_multiple_bugs=False,
    )
    @given(script=scripts, data=st.data())
    def example(script: Any, data: st.DataObject) -> None:  # noqa: ANN401 - what a script is depends on the property
        holds(subject.for_example(data), subject, script)

    example()
