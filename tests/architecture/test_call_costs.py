"""What a call costs in instructions of the interpreter, which are the same on every machine: no clock is looked at.

`tests/unit/_runtime/test_cost.py` counts calls of functions; a loop that grows inside one is seen only here. What is
counted is what a builder adds to a call, and what a call costs besides, in a chain whose builders do next to nothing.
What C code does is not counted: encoding a value, for one.
"""

import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import make_dataclass
from itertools import count
from types import FrameType
from typing import Any, Literal, NamedTuple

import pytest

import polaris
from polaris import Workflow
from polaris._assembly import compiled
from polaris._runtime.bind import bind
from polaris._runtime.drive import Driver
from polaris._runtime.memory_call import InMemory
from polaris._runtime.specialise import FEW

Case = tuple[Workflow[Any], object]
"""A workflow and what is delivered to it."""

Work = Callable[[], object]

Way = Callable[[Workflow[Any], object, ExitStack], Work]
"""Makes what calls, and has the stack close what it opens."""


class Cost(NamedTuple):
    """Instructions: for each builder, and for a call besides."""

    builder: float
    call: float


SLACK = 1.05
"""Another patch release may compile a line to one instruction more."""

# What was counted by CPython 3.11, 3.12 and 3.13. Of a builder, 11 to 13 are the builder and what makes its product.
# When something gets dearer for a reason, write the new figures here; when it gets cheaper, too.
COUNTED: Mapping[str, tuple[Cost, Cost, Cost]] = {
    "straight": (Cost(25, 127), Cost(23, 40), Cost(22, 44)),
    "walk": (Cost(339, 1473), Cost(322, 1341), Cost(329, 1348)),
    "observer": (Cost(434, 1906), Cost(409, 1720), Cost(415, 1722)),
    "express builder": (Cost(709, 1897), Cost(649, 1664), Cost(616, 1565)),
    "express call": (Cost(377, 1897), Cost(339, 1664), Cost(324, 1565)),
    "session builder": (Cost(1363, 4607), Cost(1267, 4225), Cost(1233, 4071)),
    "session call": (Cost(880, 4607), Cost(818, 4225), Cost(800, 4071)),
}
MINORS = (11, 12, 13)


def chain(length: int) -> Case:
    """Make a workflow of builders that each make what the next one consumes."""
    types = [make_dataclass(f"T{number}", [("n", int)]) for number in range(length + 1)]
    scope: dict[str, Any] = {kind.__name__: kind for kind in types}
    for number in range(length):
        exec(f"def b{number}(it: T{number}) -> T{number + 1}: return T{number + 1}(it.n)", scope)
    return Workflow("chain", target=types[-1], builders=[scope[f"b{number}"] for number in range(length)]), types[0](1)


def straight(workflow: Workflow[Any], datum: object, stack: ExitStack) -> Work:
    for _ in range(FEW + 1):
        polaris.run(workflow, datum)
    return lambda: polaris.run(workflow, datum)


def walk(workflow: Workflow[Any], datum: object, stack: ExitStack) -> Work:
    memory = InMemory(bound=bind(compiled(workflow), {}), is_here=True)
    return lambda: Driver(None, lambda _: None).drive(memory.call([datum]))


def observer(workflow: Workflow[Any], datum: object, stack: ExitStack) -> Work:
    class Watcher:
        def builder_finished(self, event: object) -> None:
            pass

    watchers: Any = [Watcher()]
    return lambda: polaris.run(workflow, datum, observers=watchers)


def engine(checkpoint: Literal["builder", "call"], *, is_express: bool) -> Way:
    def make(workflow: Workflow[Any], datum: object, stack: ExitStack) -> Work:
        opened = stack.enter_context(polaris.open_engine("memory://", workflow, checkpoint=checkpoint))
        numbers = count()
        for _ in range(FEW + 1):
            opened.run(workflow, str(next(numbers)), datum)
        if not is_express:
            opened._desk.express.clear()
        return lambda: opened.run(workflow, str(next(numbers)), datum)

    return make


WAYS: Mapping[str, Way] = {
    "straight": straight,
    "walk": walk,
    "observer": observer,
    "express builder": engine("builder", is_express=True),
    "express call": engine("call", is_express=True),
    "session builder": engine("builder", is_express=False),
    "session call": engine("call", is_express=False),
}


def instructions(work: Work) -> int:
    """Count the instructions that this thread carries out while it does some work, which it has done before."""
    found = 0

    def trace(frame: FrameType, event: str, _argument: object) -> Callable[..., Any]:
        nonlocal found
        frame.f_trace_opcodes = True
        found += event == "opcode"
        return trace

    before = sys.gettrace()
    sys._getframe().f_trace_opcodes = True  # CPython 3.12 looks only here
    sys.settrace(trace)
    try:
        work()  # CPython 3.13 counts in a function from its second call on
        found = 0
        work()
    finally:
        sys.settrace(before)
    return found


def cost(make: Way) -> Cost:
    """Give what a builder costs and what a call does besides, from two lengths of a chain."""
    found: list[int] = []
    for length in (50, 150):
        with ExitStack() as stack:
            work = make(*chain(length), stack)
            work()
            found.append(instructions(work))
    short, long = found
    builder = (long - short) / 100
    return Cost(builder, short - 50 * builder)


@pytest.mark.parametrize("name", COUNTED)
def test_a_builder_and_a_call_cost_no_more_instructions_than_were_counted(name: str) -> None:
    known = COUNTED[name][MINORS.index(min(sys.version_info.minor, MINORS[-1]))]
    found = cost(WAYS[name])
    assert found.builder <= known.builder * SLACK, found
    assert found.call <= known.call * SLACK, found


def test_the_counter_sees_a_loop_that_grows() -> None:
    few, many = (instructions(lambda n=n: [None for _ in range(n)]) for n in (10, 1010))
    assert many - few >= 2000


@pytest.mark.parametrize("name", COUNTED)
def test_the_count_is_the_same_every_time(name: str) -> None:
    assert cost(WAYS[name]) == cost(WAYS[name])
