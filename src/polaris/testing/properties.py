"""What must hold of every workflow, tried on values drawn from its type hints."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from polaris._assembly import compiled, desk_of, runnable
from polaris._model.compiled import Compiled
from polaris._model.declaration import Function
from polaris._model.keys import Key, TypeForm, key_of
from polaris._model.markers import Mode
from polaris._model.outcome import Outcome, RunState
from polaris._model.plan import Plan, Step
from polaris._model.workflow import Workflow
from polaris._runtime.bind import Bound
from polaris._runtime.drive import Driver
from polaris._runtime.engine import Engine
from polaris._runtime.memory_call import InMemory
from polaris.errors import DeclarationError
from polaris.stores import MemoryStore, SystemClock
from polaris.testing.strategies import Deltas, Strategies, Strategy, deliveries, outside, values

_NOTHING: Mapping[TypeForm, Any] = MappingProxyType({})

End = tuple[str, Mapping[Key, object]]
"""How a run ended: its status and all its values."""


def check_workflow(
    workflow: Workflow[Any],
    *,
    stub: Sequence[Function] = (),
    resources: Mapping[TypeForm, object] = _NOTHING,
    strategies: Strategies = _NOTHING,
) -> None:
    """Check what must hold of every workflow, on values drawn from its type hints.

    - Paused and reloaded is the same as never paused: a run whose every call goes through a store, which encodes and
      decodes all its values, ends as the same calls in memory do.
    - Order and grouping of deliveries do not matter, unless the plan asks for it (with `Take`, `Access`, `Feedback`,
      ``once``, transients, or a parameter ``A | B`` over more than one slot).

    Args:
        workflow: the workflow.
        stub: builders to stand in for by values of their own return type, declining and every variant included:
            those that talk to the world. The same arguments get the same value within one example.
        resources: the services that the other builders ask for, by type.
        strategies: strategies for types that need their own, by type.

    Raises:
        AssertionError: a property does not hold; the message holds the smallest deliveries, as code.
        DeclarationError: values of a type cannot be drawn, or `stub` names a function that is no builder of it.
        StepError: a builder failed on the values drawn; stand in for it, or give strategies that it can take.
    """
    found = compiled(workflow)
    subject = _Subject(found, _stubbed(found, stub), workflow, resources, strategies)
    _examples(subject, deliveries(workflow, strategies), _assert_reload_changes_nothing)
    if is_order_free(found.plan):
        _examples(subject, _two_orders(found, strategies), _assert_order_does_not_matter)


def is_order_free(plan: Plan) -> bool:
    """Say whether order and grouping of deliveries can never matter, by how the plan is made."""
    slots = [set(slot) for step in plan.steps for slot in step.slots]

    def is_plain(step: Step) -> bool:
        whole = all(len(given.keys) == 1 or any(slot.issuperset(given.keys) for slot in slots) for given in step.inputs)
        return whole and not step.once and all(given.mode is Mode.CONSUMES for given in step.inputs)

    return all(map(is_plain, plan.steps)) and not any(info.transient for info in plan.keys)


@dataclass(frozen=True, slots=True)
class _Subject:
    """A workflow under test."""

    found: Compiled
    stubs: tuple[str, ...]
    workflow: Workflow[Any]
    resources: Mapping[TypeForm, object]
    strategies: Strategies

    def for_example(self, data: st.DataObject) -> Compiled:
        """Give the workflow with its stubs, which draw from the data of one example."""
        steps = tuple(
            replace(s, is_async=False, timeout=None) if s.name in self.stubs else s for s in self.found.plan.steps
        )
        stubs = {step.name: self._stub(step, data) for step in steps if step.name in self.stubs}
        plan = replace(self.found.plan, steps=steps)
        return replace(self.found, plan=plan, functions={**self.found.functions, **stubs})

    def all_resources(self) -> Mapping[TypeForm, object]:
        """Give the resources, with something for the builders that are stood in for and never read theirs."""
        asked = {name: {given.key for given, _ in s.resources} for s in self.found.plan.steps for name in [s.name]}
        unread = {key for name in self.stubs for key in asked[name]}
        unread -= {key for name in asked.keys() - set(self.stubs) for key in asked[name]}
        return {**{self.found.types[key]: None for key in unread}, **self.resources}

    def bound(self, found: Compiled) -> Bound:
        """Give the workflow ready to be walked."""
        return runnable(found, self.workflow, self.all_resources())

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


def _stubbed(found: Compiled, stub: Sequence[Function]) -> tuple[str, ...]:
    names = {id(function): name for name, function in found.functions.items()}
    for function in stub:
        if id(function) not in names:
            raise DeclarationError(
                f"{getattr(function, '__name__', function)!r} is no builder of {found.plan.workflow!r}.",
                do=f"It has {', '.join(found.functions)}.",
            )
    return tuple(names[id(function)] for function in stub)


Property = Callable[[Compiled, _Subject, Any], None]


def _examples(subject: _Subject, scripts: st.SearchStrategy[Any], holds: Property) -> None:
    """Try a property on many examples."""

    @settings(
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
        database=None,
        report_multiple_bugs=False,
    )
    @given(script=scripts, data=st.data())
    def example(script: Any, data: st.DataObject) -> None:  # noqa: ANN401 - what a script is depends on the property
        holds(subject.for_example(data), subject, script)

    example()


def _assert_reload_changes_nothing(found: Compiled, subject: _Subject, script: Deltas) -> None:
    kept, reloaded = _in_memory(found, subject, script), _through_a_store(found, subject, script)
    assert kept == reloaded, (  # noqa: S101 - a property of a test
        f"{found.plan.workflow}: a run that is paused and reloaded ends otherwise than one that is not.\n"
        f"{_as_code(found.plan.workflow, script)}\nnever paused: {_worded(kept)}\nreloaded:     {_worded(reloaded)}"
    )


@st.composite
def _two_orders(draw: st.DrawFn, found: Compiled, strategies: Strategies) -> tuple[Deltas, Deltas]:
    """Draw one set of last values, and two ways to deliver it."""
    keys = draw(st.permutations(outside(found.plan)))
    last = {found.types[key]: draw(values(found.types[key], strategies)) for key in keys}
    return _partition(draw, last), _partition(draw, last)


def _partition(draw: st.DrawFn, last: Mapping[TypeForm, object]) -> Deltas:
    pieces: Deltas = []
    for form in draw(st.permutations(list(last))):
        if not pieces or draw(st.booleans()):
            pieces.append({})
        pieces[-1][form] = last[form]
    return pieces


def _assert_order_does_not_matter(found: Compiled, subject: _Subject, scripts: tuple[Deltas, Deltas]) -> None:
    one, other = (_in_memory(found, subject, script) for script in scripts)
    assert one == other, (  # noqa: S101 - a property of a test
        f"{found.plan.workflow}: the end depends on the order in which the same data arrive.\n"
        f"{_as_code(found.plan.workflow, scripts[0])}\nends {_worded(one)}\n"
        f"{_as_code(found.plan.workflow, scripts[1])}\nends {_worded(other)}"
    )


def _in_memory(found: Compiled, subject: _Subject, script: Deltas) -> End:
    memory = InMemory(bound=subject.bound(found))
    calls = memory.calls([(delta,) for delta in deepcopy(script)])
    return _end(Driver(None, SystemClock().sleep).drive(calls))


def _through_a_store(found: Compiled, subject: _Subject, script: Deltas) -> End:
    desk = desk_of(MemoryStore(), subject.bound(found))
    with Engine(desk, executor=None, sleep=SystemClock().sleep) as engine:
        engine.run(found.plan.workflow, "checked", new=True)
        for delta in deepcopy(script):
            engine.run(found.plan.workflow, "checked", delta)
        return _end(engine.get("checked"))


def _end(outcome: Outcome[Any] | RunState) -> End:
    return outcome.status, {key_of(form): value for form, value in outcome.data.items()}


def _worded(end: End) -> str:
    status, data = end
    return f"{status} with {', '.join(f'{key}={value!r}' for key, value in sorted(data.items())) or 'nothing'}"


def _as_code(workflow: str, script: Deltas) -> str:
    """Word deliveries as code to paste into a test."""
    lines = [
        f'    engine.run({workflow}, "run", {{{", ".join(f"{key_of(f)}: {v!r}" for f, v in delta.items())}}})'
        for delta in script
    ]
    return "\n".join(lines) or f'    engine.run({workflow}, "run", new=True)'
