"""What a call costs in calls of Python functions, which is the same on every machine. A bound here only ever falls."""

import sys
from collections.abc import Callable
from dataclasses import make_dataclass
from types import FrameType
from typing import Any

import pytest

import polaris
from polaris import Outcome, Workflow
from polaris._assembly import compiled
from polaris._model.keys import Key
from polaris._runtime.bind import bind
from polaris._runtime.drive import Driver
from polaris._runtime.memory_call import InMemory
from polaris._runtime.specialise import FEW
from polaris._runtime.walk import Walk


def chain(length: int) -> tuple[Workflow[Any], object]:
    """Make a workflow of builders that each make what the next one consumes, and what is delivered to it."""
    types = [make_dataclass(f"T{number}", [("n", int)]) for number in range(length + 1)]
    scope: dict[str, Any] = {kind.__name__: kind for kind in types}
    for number in range(length):
        exec(f"def b{number}(it: T{number}) -> T{number + 1}: return T{number + 1}(it.n)", scope)
    return Workflow("chain", target=types[-1], builders=[scope[f"b{number}"] for number in range(length)]), types[0](1)


def python_calls(function: Callable[[], object]) -> int:
    """Count the calls of Python functions while a function runs, itself left out."""
    found = 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal found
        found += event == "call"

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        function()
    finally:
        sys.setprofile(before)
    return found - 1


def walked(workflow: Workflow[Any], datum: object) -> Callable[[], Outcome[Any]]:
    memory = InMemory(bound=bind(compiled(workflow), {}), is_here=True)
    return lambda: Driver(None, lambda _: None).drive(memory.call([datum]))


def quick(workflow: Workflow[Any], datum: object) -> Callable[[], Outcome[Any]]:
    for _ in range(FEW + 1):
        polaris.run(workflow, datum)
    return lambda: polaris.run(workflow, datum)


def steps_of(make: Callable[..., Callable[[], object]]) -> tuple[int, float]:
    """Give how many calls a call costs by itself, and how many more for each builder."""
    short, long = (python_calls(make(*chain(length))) for length in (50, 150))
    for_each = (long - short) / 100
    return round(short - 50 * for_each), for_each


def test_straight_line_code_calls_nothing_but_the_builders() -> None:
    """A builder is two: itself, and what makes its product."""
    assert steps_of(quick) == (3, 2.0)


def test_the_walk_calls_a_few_functions_for_a_builder() -> None:
    once, for_each = steps_of(walked)
    assert for_each <= 6
    assert once <= 58


def test_an_observer_costs_a_few_more() -> None:
    class Watcher:
        def builder_finished(self, event: object) -> None:
            pass

    watcher: Any = Watcher()

    def observed(workflow: Workflow[Any], datum: object) -> Callable[[], object]:
        polaris.run(workflow, datum, observers=[watcher])
        return lambda: polaris.run(workflow, datum, observers=[watcher])

    _, for_each = steps_of(observed)
    assert for_each <= 9


def advance(walk: Walk, key: Key, made: Key) -> None:
    """Deliver one datum, which triggers one builder."""
    walk.deliver([(key, "value")])
    number = walk.next()
    assert number is not None
    walk.made(number, [(made, "made")])
    walk.done(number)
    assert walk.next() is None
    assert not walk.next_pass()
    assert walk.produced() == {made: "made"}
    walk.finish()


@pytest.mark.parametrize("length", [10, 1000])
def test_a_delivery_costs_what_it_triggers_and_not_what_is_in_the_plan(length: int) -> None:
    types = [make_dataclass(name, [("n", int)]) for number in range(length) for name in (f"I{number}", f"M{number}")]
    scope: dict[str, Any] = {kind.__name__: kind for kind in types}
    for number in range(length):
        exec(f"def b{number}(it: I{number}) -> M{number}: return M{number}(it.n)", scope)
    functions = [scope[f"b{number}"] for number in range(length)]
    every: Any = tuple[tuple(scope[f"M{number}"] for number in range(length))]
    index = bind(compiled(Workflow("wide", target=every, builders=functions)), {}).index
    walk = Walk.fresh(index, lambda *_: False)
    for number in range(length):
        advance(walk, Key(f"I{number}"), Key(f"M{number}"))
    assert python_calls(lambda: advance(walk, Key("I3"), Key("M3"))) <= 28
