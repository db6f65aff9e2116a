"""What must hold of every workflow, tried on values drawn from its type hints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from polaris._assembly import compiled
from polaris._model.compiled import Compiled
from polaris._model.declaration import Function
from polaris._model.keys import TypeForm
from polaris._model.markers import Mode
from polaris._model.plan import KeyKind, Plan, Step
from polaris._model.workflow import Workflow
from polaris.testing.crash import crash_points
from polaris.testing.paths import measure
from polaris.testing.pure import Watch
from polaris.testing.report import as_code, as_example, compared, picture, worded
from polaris.testing.resent import resent_by_id, resent_twice, sent_once
from polaris.testing.strategies import Deltas, Strategies, deliveries, outside, values
from polaris.testing.subject import NOTHING, Subject, examples, stubbed
from polaris.testing.ways import Way, in_memory, ways_for

_CHEAPEST = "paused and reloaded"

_ONE_IN = 4
"""`check_workflow` tries what costs several engines a script on one script in so many."""

_CRASHES_ONE_IN = 50
"""Of the scripts that `check_workflow` tries, so few are disturbed everywhere: each takes hundreds of runs."""


def check_workflow(
    workflow: Workflow[Any],
    *,
    stub: Sequence[Function] = (),
    resources: Mapping[TypeForm, object] = NOTHING,
    strategies: Strategies = NOTHING,
) -> None:
    """Check what must hold of every workflow, on values drawn from its type hints: all properties that apply.

    - `assert_pure`: builders leave alone what they are given, and make the same of the same.
    - `assert_same_everywhere`: it is the same whether a run is paused and reloaded, threaded or awaited.
    - `assert_confluent`: order and grouping of deliveries do not matter, unless the plan asks for it (with `Take`,
      `Access`, `Feedback`, ``once``, transients, or a parameter ``A | B`` over more than one slot).
    - `assert_idempotent`: deliveries that are sent again change nothing.
    - `every_crash`, with fewer deliveries, unless the workflow takes transients from outside.

    Coroutine functions are awaited, in event loops of their own: call this from a plain function.

    Args:
        workflow: the workflow.
        stub: builders to stand in for by values of their own return type, declining and every variant included:
            those that talk to the world. The same arguments get the same value within one example.
        resources: the services that the other builders ask for, by type. Asked the same again, with the same
            idempotency key where there is one, they must answer the same.
        strategies: strategies for types that need their own, by type.

    Raises:
        AssertionError: a property does not hold; the message holds the smallest deliveries, as code.
        DeclarationError: values of a type cannot be drawn, or `stub` names a function that is no builder of it.
        StepError: a builder failed on the values drawn; stand in for it, or give strategies that it can take.
    """
    subject = _subject(workflow, stub, resources, strategies)
    plan = subject.found.plan
    _check_pure(subject)
    measure(subject)
    ways = ways_for(plan)
    _check_everywhere(subject, {_CHEAPEST: ways.pop(_CHEAPEST)})
    _check_everywhere(subject, ways, one_in=_ONE_IN)
    if is_order_free(plan):
        _check_order(subject)
    _check_resent(subject, one_in=_ONE_IN)
    if not any(info.transient and info.kind is KeyKind.INPUT for info in plan.keys):
        crash_points(subject, one_in=_CRASHES_ONE_IN)


def assert_pure(
    workflow: Workflow[Any],
    *,
    stub: Sequence[Function] = (),
    resources: Mapping[TypeForm, object] = NOTHING,
    strategies: Strategies = NOTHING,
) -> None:
    """Check that builders leave alone what they are given, and make the same of the same.

    Every call of a builder is made again at once, and again when the deliveries are carried: so it is found when a
    builder looks at a clock, at chance, or at something global. For arguments and errors see `check_workflow`.

    The second time `time.time` is far ahead. The clock of `datetime` cannot be set: a builder that asks it for nothing
    finer than the day is not found. Better hand it the time as a datum.
    """
    _check_pure(_subject(workflow, stub, resources, strategies))


def assert_same_everywhere(
    workflow: Workflow[Any],
    *,
    stub: Sequence[Function] = (),
    resources: Mapping[TypeForm, object] = NOTHING,
    strategies: Strategies = NOTHING,
) -> None:
    """Check that a run ends the same however it is carried.

    That is: in memory, builder by builder; in threads; in asyncio; reloaded from a store for every call; and paused
    before every builder, so that another worker reloads it. For arguments and errors see `check_workflow`.
    """
    subject = _subject(workflow, stub, resources, strategies)
    _check_everywhere(subject, ways_for(subject.found.plan))


def assert_confluent(
    workflow: Workflow[Any],
    *,
    stub: Sequence[Function] = (),
    resources: Mapping[TypeForm, object] = NOTHING,
    strategies: Strategies = NOTHING,
) -> None:
    """Check that order and grouping of deliveries do not matter.

    A plan may ask for an order (see `check_workflow`); if it does, this finds a case in which it matters, or none.
    For arguments and errors see `check_workflow`.
    """
    _check_order(_subject(workflow, stub, resources, strategies))


def assert_idempotent(
    workflow: Workflow[Any],
    *,
    stub: Sequence[Function] = (),
    resources: Mapping[TypeForm, object] = NOTHING,
    strategies: Strategies = NOTHING,
) -> None:
    """Check that deliveries that are sent again change nothing.

    With the same ``delivery_id`` they count once: the end and the history are those of deliveries sent once. Without
    one, where the plan asks for no order and no builder for a `Context`, the end is the same. For arguments and errors
    see `check_workflow`.
    """
    _check_resent(_subject(workflow, stub, resources, strategies))


def is_order_free(plan: Plan) -> bool:
    """Say whether order and grouping of deliveries can never matter, by how the plan is made."""
    slots = [set(slot) for step in plan.steps for slot in step.slots]

    def is_plain(step: Step) -> bool:
        whole = all(len(given.keys) == 1 or any(slot.issuperset(given.keys) for slot in slots) for given in step.inputs)
        return whole and not step.once and all(given.mode is Mode.CONSUMES for given in step.inputs)

    return all(map(is_plain, plan.steps)) and not any(info.transient for info in plan.keys)


def _subject(
    workflow: Workflow[Any], stub: Sequence[Function], resources: Mapping[TypeForm, object], strategies: Strategies
) -> Subject:
    found = compiled(workflow)
    return Subject(found, stubbed(found, stub), workflow, resources, strategies)


# --- the properties ---------------------------------------------------------------------------------------------------


def _check_pure(subject: Subject) -> None:
    def holds(found: Compiled, subject: Subject, script: Deltas) -> None:
        watch = Watch()
        in_memory(watch.over(found, subject.stubs), subject, script)
        watch.repeat()
        name = found.plan.workflow
        if watch.faults:
            step, text = watch.faults[0]
            raise AssertionError(
                f"{name}: {text}\n{as_code(name, [{}, *script])}\n{picture(found.plan, step)}{as_example(script)}"
            )

    examples(subject, deliveries(subject.workflow, subject.strategies), holds)


def _check_everywhere(subject: Subject, ways: Mapping[str, Way], *, one_in: int = 1) -> None:

    def holds(found: Compiled, subject: Subject, script: Deltas) -> None:
        kept = in_memory(found, subject, script)
        for name, way in ways.items():
            other = way(found, subject, script)
            if kept.end != other.end:
                raise AssertionError(
                    f"{found.plan.workflow}: a run that is {name} ends otherwise than one that is not.\n"
                    f"{as_code(found.plan.workflow, [{}, *script])}\n"
                    f"in memory: {worded(kept.end)}\notherwise: {worded(other.end)}\n"
                    f"{compared(found.plan, ('in memory', name), kept, other)}{as_example(script)}"
                )

    examples(subject, deliveries(subject.workflow, subject.strategies), holds, one_in=one_in)


def _check_order(subject: Subject) -> None:
    def holds(found: Compiled, subject: Subject, scripts: tuple[Deltas, Deltas]) -> None:
        one, other = (in_memory(found, subject, script) for script in scripts)
        name = found.plan.workflow
        if one.end != other.end:
            raise AssertionError(
                f"{name}: the end depends on the order in which the same data arrive.\n"
                f"{as_code(name, [{}, *scripts[0]])}\nends {worded(one.end)}\n"
                f"{as_code(name, [{}, *scripts[1]])}\nends {worded(other.end)}\n"
                f"{compared(found.plan, ('one', 'the other'), one, other)}{as_example(*scripts)}"
            )

    examples(subject, _two_orders(subject.found, subject.strategies), holds)


def _check_resent(subject: Subject, *, one_in: int = 1) -> None:
    ways: dict[str, tuple[Way, bool]] = {"sent again with the same delivery_id": (resent_by_id, True)}
    asking = any(step.context for step in subject.found.plan.steps if step.name not in subject.stubs)
    if is_order_free(subject.found.plan) and not asking:
        ways["sent twice"] = (resent_twice, False)

    def holds(found: Compiled, subject: Subject, script: Deltas) -> None:
        once = sent_once(found, subject, script)
        for name, (way, exactly) in ways.items():
            other = way(found, subject, script)
            same = once.end == other.end and (not exactly or once.builders == other.builders)
            if not same:
                raise AssertionError(
                    f"{found.plan.workflow}: a run whose deliveries are {name} ends otherwise than before.\n"
                    f"{as_code(found.plan.workflow, [{}, *script])}\n"
                    f"sent once: {worded(once.end)}\notherwise: {worded(other.end)}\n"
                    f"{compared(found.plan, ('sent once', name), once, other)}{as_example(script)}"
                )

    examples(subject, deliveries(subject.workflow, subject.strategies), holds, one_in=one_in)


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
