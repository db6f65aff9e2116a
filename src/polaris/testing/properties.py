"""What must hold of every workflow, tried on values drawn from its type hints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from hypothesis import strategies as st

from polaris._assembly import compiled, desk_of
from polaris._model.compiled import Compiled
from polaris._model.declaration import Function
from polaris._model.keys import Key, TypeForm, key_of
from polaris._model.markers import Mode
from polaris._model.outcome import Outcome, RunState
from polaris._model.plan import Plan, Step
from polaris._model.workflow import Workflow
from polaris._runtime.drive import Driver
from polaris._runtime.engine import Engine
from polaris._runtime.memory_call import InMemory
from polaris.stores import MemoryStore, SystemClock
from polaris.testing.strategies import Deltas, Strategies, deliveries, outside, values
from polaris.testing.subject import NOTHING, Subject, as_code, examples, stubbed

End = tuple[str, Mapping[Key, object]]
"""How a run ended: its status and all its values."""


def check_workflow(
    workflow: Workflow[Any],
    *,
    stub: Sequence[Function] = (),
    resources: Mapping[TypeForm, object] = NOTHING,
    strategies: Strategies = NOTHING,
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
    subject = Subject(found, stubbed(found, stub), workflow, resources, strategies)
    examples(subject, deliveries(workflow, strategies), _assert_reload_changes_nothing)
    if is_order_free(found.plan):
        examples(subject, _two_orders(found, strategies), _assert_order_does_not_matter)


def is_order_free(plan: Plan) -> bool:
    """Say whether order and grouping of deliveries can never matter, by how the plan is made."""
    slots = [set(slot) for step in plan.steps for slot in step.slots]

    def is_plain(step: Step) -> bool:
        whole = all(len(given.keys) == 1 or any(slot.issuperset(given.keys) for slot in slots) for given in step.inputs)
        return whole and not step.once and all(given.mode is Mode.CONSUMES for given in step.inputs)

    return all(map(is_plain, plan.steps)) and not any(info.transient for info in plan.keys)


def _assert_reload_changes_nothing(found: Compiled, subject: Subject, script: Deltas) -> None:
    kept, reloaded = _in_memory(found, subject, script), _through_a_store(found, subject, script)
    assert kept == reloaded, (  # noqa: S101 - a property of a test
        f"{found.plan.workflow}: a run that is paused and reloaded ends otherwise than one that is not.\n"
        f"{as_code(found.plan.workflow, script)}\nnever paused: {_worded(kept)}\nreloaded:     {_worded(reloaded)}"
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


def _assert_order_does_not_matter(found: Compiled, subject: Subject, scripts: tuple[Deltas, Deltas]) -> None:
    one, other = (_in_memory(found, subject, script) for script in scripts)
    assert one == other, (  # noqa: S101 - a property of a test
        f"{found.plan.workflow}: the end depends on the order in which the same data arrive.\n"
        f"{as_code(found.plan.workflow, scripts[0])}\nends {_worded(one)}\n"
        f"{as_code(found.plan.workflow, scripts[1])}\nends {_worded(other)}"
    )


def _in_memory(found: Compiled, subject: Subject, script: Deltas) -> End:
    memory = InMemory(bound=subject.bound(found))
    calls = memory.calls([(delta,) for delta in deepcopy(script)])
    return _end(Driver(None, SystemClock().sleep).drive(calls))


def _through_a_store(found: Compiled, subject: Subject, script: Deltas) -> End:
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
