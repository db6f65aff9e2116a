"""A call in straight-line code comes to what the walk comes to, field by field and in the same order."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from unittest.mock import patch
from uuid import UUID

from hypothesis import given

from polaris import Context, Outcome
from polaris._assembly import compiled
from polaris._runtime.bind import Bound, prepare_plan
from polaris._runtime.delivery import Delta, read_delivery
from polaris._runtime.drive import Driver
from polaris._runtime.memory_call import InMemory
from polaris._runtime.specialise import FEW, Shortcuts
from polaris.errors import StepError
from tests.helpers.plans import Features, make
from tests.helpers.profiles import MANY
from tests.helpers.scripts import Script, scripts

STRAIGHT = Features(feedback=False)
"""Plans that read through Feedback are walked."""

UID = UUID(int=7)


def came_of(call: Callable[[], Outcome[Any] | None]) -> dict[str, object]:
    """Tell all that can be seen of a call."""
    try:
        outcome, failure = call(), None
    except StepError as error:
        outcome, failure = error.outcome, error  # type: ignore[assignment]
    assert isinstance(outcome, Outcome)
    told: dict[str, object] = {"data": list(outcome.data.items()), "produced": list(outcome.produced.items())}
    told |= {name: getattr(outcome, name) for name in ("status", "waiting_for", "target", "target_all", "run_id")}
    if failure is not None:
        told |= {"failure": type(failure), "text": str(failure), "cause": repr(failure.__cause__)}
        told |= {"step": failure.step, "run": failure.run_id, "others": failure.others}
    return told


def walk(bound: Bound, delta: Delta, *, is_here: bool = False) -> Outcome[Any]:
    return Driver(None, lambda _: None).drive(InMemory(bound=bound, is_here=is_here).carry(delta))


def straight(bound: Bound, delta: Delta, data: tuple[object, ...]) -> Callable[[], Outcome[Any] | None]:
    """Have a function made for a delivery, and give a call of it."""
    shortcuts = Shortcuts(bound)
    assert [shortcuts.call(delta, data, {}) for _ in range(FEW)] == [None] * FEW
    return lambda: shortcuts.call(delta, data, {})


@MANY
@given(scripts(STRAIGHT))
def test_a_call_in_straight_line_code_comes_to_what_the_walk_comes_to(script: Script) -> None:
    spec, sequence = script
    made = make(spec)
    bound = prepare_plan(compiled(made.workflow))
    for call in sequence:
        made.failing.clear()
        made.failing.update(call.failing)
        data = tuple(made.delta(call.delta))
        delta = read_delivery(bound.known, data)
        made.ran.clear()
        walked = came_of(lambda: walk(bound, delta))  # noqa: B023 - called at once
        ran = list(made.ran)
        quick = straight(bound, delta, data)
        made.ran.clear()
        assert came_of(quick) == walked
        assert made.ran == ran


@MANY
@given(scripts(STRAIGHT))
def test_a_delivery_in_another_order_is_told_in_its_own(script: Script) -> None:
    spec, sequence = script
    made = make(spec)
    bound = prepare_plan(compiled(made.workflow))
    for call in sequence:
        data = tuple(made.delta(call.delta))
        delta = read_delivery(bound.known, data)
        shortcuts = Shortcuts(bound)
        for _ in range(FEW + 1):
            shortcuts.call(delta, data, {})
        for turned in (data, data[::-1]):
            again = read_delivery(bound.known, turned)
            walked = came_of(lambda: walk(bound, again))  # noqa: B023 - called at once
            if again.keys() == delta.keys():  # of two variants of a slot the last wins
                assert came_of(lambda: shortcuts.call(again, turned, {})) == walked  # noqa: B023
            if len(again) == len(turned):
                assert came_of(lambda: shortcuts.glance(turned, {})) == walked  # noqa: B023


@MANY
@given(scripts(STRAIGHT))
def test_a_builder_is_given_the_context_that_the_walk_would_give_it(script: Script) -> None:
    spec, sequence = script
    contexts: list[Context] = []
    made = make(spec, contexts=contexts)
    bound = prepare_plan(compiled(made.workflow))
    with (
        patch("polaris._runtime.memory_call.new_id", lambda: UID.hex),
        patch("polaris._runtime.specialise.uuid4", lambda: UID),
    ):
        for call in sequence:
            data = tuple(made.delta(call.delta))
            delta = read_delivery(bound.known, data)
            quick = straight(bound, delta, data)
            contexts.clear()
            walk(bound, delta)
            walked = list(contexts)
            contexts.clear()
            quick()
            assert contexts == walked


@MANY
@given(scripts())
def test_a_walk_that_waits_for_nothing_comes_to_what_any_walk_comes_to(script: Script) -> None:
    spec, sequence = script
    made = make(spec)
    bound = prepare_plan(compiled(made.workflow))
    for call in sequence:
        made.failing.clear()
        made.failing.update(call.failing)
        delta = read_delivery(bound.known, made.delta(call.delta))
        walked = came_of(lambda: walk(bound, delta))  # noqa: B023 - called at once
        assert came_of(lambda: walk(bound, delta, is_here=True)) == walked  # noqa: B023
