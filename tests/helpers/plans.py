"""Random workflows for Hypothesis: the specification the reference interpreter reads, and the real thing made of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, make_dataclass
from types import MappingProxyType
from typing import Any, Union

from hypothesis import strategies as st

from polaris import Access, Context, Feedback, Take, Workflow, builder
from tests.helpers.reference import Builder, In, Spec

Values = dict[str, int]

NO_NAPS: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Call:
    """One call of a run: what is delivered, and which builders raise."""

    delta: Values
    failing: frozenset[str]


class Broken(Exception):
    """What a failing builder raises."""


@dataclass(frozen=True)
class Made:
    """A specification with its workflow.

    Attributes:
        types: the class of each key.
        failing: names of the builders that raise now; changed between calls.
        ran: names of the builders in the order they ran.
    """

    spec: Spec
    workflow: Workflow[Any]
    types: dict[str, type]
    failing: set[str]
    ran: list[str]

    def delta(self, values: Values) -> list[object]:
        return [self.types[key](value) for key, value in values.items()]

    def plain(self, data: Any) -> Values:  # noqa: ANN401 - any mapping from types to values
        return {form.__name__: value.n for form, value in data.items()}


def make(spec: Spec, naps: Mapping[str, int] = NO_NAPS, contexts: list[Context] | None = None) -> Made:
    """Make a workflow with real functions and real types of a specification.

    Args:
        spec: the specification.
        naps: builders that are coroutine functions, and how often each gives way to the others before it returns.
        contexts: where every builder puts the context it asks for; None if none asks.
    """
    names = [*spec.outside, *(key for made in spec.builders for key in made.produces)]
    types = {name: make_dataclass(name, [("n", int)], frozen=True, namespace={"__module__": "made"}) for name in names}
    failing: set[str] = set()
    ran: list[str] = []
    functions = [_function(made, types, failing, ran, naps.get(made.name), contexts) for made in spec.builders]
    targets = tuple(types[key] for key in spec.target)
    workflow: Workflow[Any] = Workflow(
        "made",
        target=tuple[targets] if spec.target_all else _union(targets),
        builders=functions,
        transients=[types[key] for key in sorted(spec.transients)],
        max_passes=spec.max_passes,
    )
    return Made(spec, workflow, types, failing, ran)


def _union(forms: tuple[Any, ...]) -> Any:  # noqa: ANN401 - a type form
    return Union[forms] if forms else None  # noqa: UP007 - made at run time


def _function(  # noqa: PLR0913, PLR0917 - what `make` was given
    spec: Builder,
    types: dict[str, type],
    failing: set[str],
    ran: list[str],
    naps: int | None,
    contexts: list[Context] | None,
) -> Callable[..., object]:
    def call(**arguments: Any) -> object:  # noqa: ANN401 - stands in for any builder
        ran.append(spec.name)
        if contexts is not None:
            contexts.append(arguments["ctx"])
        if spec.name in failing:
            raise Broken(spec.name)
        given = [arguments.get(f"p{number}") for number in range(len(spec.inputs))]
        made = spec.behave([None if value is None else (type(value).__name__, value.n) for value in given])
        values = [types[key](value) for key, value in made.items()]
        if not values:
            return None
        return tuple(values) if len(spec.slots) > 1 else values[0]

    async def call_async(**arguments: Any) -> object:  # noqa: ANN401 - stands in for any builder
        for _ in range(naps or 0):
            await asyncio.sleep(0)
        return call(**arguments)

    source = ", ".join(
        f"p{number}: P{number}" + ("" if given.required or given.kind == "access" else " = None")
        for number, given in enumerate(spec.inputs)
    )
    passed = ", ".join(f"p{number}=p{number}" for number in range(len(spec.inputs)))
    scope: dict[str, Any] = {f"P{number}": _hint(given, types) for number, given in enumerate(spec.inputs)}
    scope |= {"call": call, "call_async": call_async, "Context": Context, "Made": _returns(spec, types)}
    if contexts is not None:
        source, passed = f"ctx: Context, {source}", f"ctx=ctx, {passed}"
    source = f"*, {source}" if source else ""
    head, body = ("def", "call") if naps is None else ("async def", "await call_async")
    exec(f"{head} {spec.name}({source}) -> Made: return {body}({passed})", scope)  # noqa: S102 - our own text
    return builder(once=spec.once)(scope[spec.name])


def _hint(given: In, types: dict[str, type]) -> Any:  # noqa: ANN401 - a type form
    form = _union(tuple(types[key] for key in given.keys))
    match given.kind:
        case "access":
            return Access[form]
        case "take":
            return Take[form]
        case "feedback":
            return Feedback[form] if given.required else Union[Feedback[form], None]  # noqa: UP007
        case _:
            return form if given.required else Union[form, None]  # noqa: UP007


def _returns(spec: Builder, types: dict[str, type]) -> Any:  # noqa: ANN401 - a type form
    slots = [_union(tuple(types[key] for key in slot)) for slot in spec.slots]
    form = tuple[tuple(slots)] if len(slots) > 1 else slots[0]
    return Union[form, None] if spec.declines else form  # noqa: UP007


# --- strategies ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Features:
    """What random plans may hold; a property that needs a theorem's conditions switches some off."""

    once: bool = True
    take: bool = True
    access: bool = True
    feedback: bool = True
    transients: bool = True
    one_of: bool = True
    mixed_one_of: bool = True
    failures: bool = True
    overtaken: bool = True
    made_deliveries: bool = True


ALL = Features()


@st.composite
def specs(draw: st.DrawFn, features: Features = ALL, most: int = 6) -> Spec:
    """Draw a workflow that compiles: one maker per key, no illegal cycle, everything on the way to the target."""
    outside = [f"O{number}" for number in range(draw(st.integers(1, 4)))]
    count = draw(st.integers(1, most))
    names = draw(st.permutations([f"b{number}" for number in range(count)]))
    slots = [_draw_slots(draw, number) for number in range(count)]
    keys = [[key for slot in made for key in slot] for made in slots]
    state = _Drawn(draw, features, outside, keys, slots)
    builders = [state.builder(number, names[number], slots[number]) for number in range(count)]
    return state.spec(builders)


def _draw_slots(draw: st.DrawFn, number: int) -> tuple[tuple[str, ...], ...]:
    shape = draw(st.sampled_from(["one", "one", "union", "tuple"]))
    if shape == "union":
        return (tuple(f"K{number}{letter}" for letter in "abc"[: draw(st.integers(2, 3))]),)
    return tuple((f"K{number}{letter}",) for letter in ("a" if shape == "one" else "ab"))


class _Drawn:
    """Draws one specification, keeping what must hold between builders."""

    def __init__(
        self,
        draw: st.DrawFn,
        features: Features,
        outside: list[str],
        keys: list[list[str]],
        slots: list[tuple[tuple[str, ...], ...]],
    ) -> None:
        self.draw = draw
        self.features = features
        self.outside = outside
        self.keys = keys
        self.slots = slots
        self.required: set[str] = set()
        self.taken: set[str] = set()
        self.feedback: set[str] = set()
        self.stateful: set[int] = set()

    def builder(self, number: int, name: str, slots: tuple[tuple[str, ...], ...]) -> Builder:
        earlier = [key for made in self.keys[:number] for key in made]
        later = [key for made in self.keys[number:] for key in made]
        free = self.draw(st.permutations([*self.outside, *earlier]))
        loops = self.draw(st.permutations(later)) if self.features.feedback else []
        inputs: list[In] = []
        for _ in range(self.draw(st.integers(0, 3))):
            given = self._input(number, free, loops)
            if given is not None:
                inputs.append(given)
                free = [key for key in free if key not in given.keys]
                loops = [key for key in loops if key not in given.keys]
        once = self.features.once and self.draw(st.integers(0, 5)) == 0
        if once:
            self.stateful.add(number)
        return Builder(name, tuple(inputs), slots, self.draw(st.booleans()), once)

    def _input(self, number: int, free: list[str], loops: list[str]) -> In | None:
        kinds = ["consumes", "consumes", "consumes", "optional"]
        kinds += [kind for kind in ("access", "take", "feedback") if getattr(self.features, kind)]
        kind = self.draw(st.sampled_from(kinds))
        if kind == "feedback":
            usable = [key for key in loops or free if loops or key in self.outside]
            if not usable:
                return None
            self.feedback.add(usable[0])
            self.stateful.add(number)
            required = usable[0] not in self.taken and self.draw(st.integers(0, 3)) == 0
            if required:
                self.required.add(usable[0])
            return In((usable[0],), "feedback", required)
        if kind == "take":
            usable = [key for key in free if key not in self.required]
            if not usable:
                return None
            self.taken.add(usable[0])
            self.required.add(usable[0])
            self.stateful.add(number)
            return In((usable[0],), "take")
        if kind == "access":
            return In((free[0],), "access", required=False) if free else None
        return self._consumes(free, required=kind == "consumes")

    def _consumes(self, free: list[str], *, required: bool) -> In | None:
        usable = [key for key in free if not required or key not in self.taken]
        if not usable:
            return None
        keys = [usable[0]]
        if self.features.one_of and self.draw(st.integers(0, 3)) == 0:
            others = [key for key in usable[1:] if self.features.mixed_one_of or self._same_slot(key, keys[0])]
            keys += others[: self.draw(st.integers(0, 2))]
        if required:
            self.required.update(keys)
        return In(tuple(keys), "consumes", required)

    def _same_slot(self, one: str, other: str) -> bool:
        return any(one in slot and other in slot for made in self.slots for slot in made)

    def spec(self, builders: list[Builder]) -> Spec:
        target = self._target(builders)
        read = {key for builder in builders for given in builder.inputs for key in given.keys}
        outside = tuple(key for key in self.outside if key in read)
        shuffled = tuple(self.draw(st.permutations(builders)))
        return Spec(shuffled, outside, target, len(target) > 1, self._transients(target, outside))

    def _target(self, builders: list[Builder]) -> tuple[str, ...]:
        """Have every builder on the way: the last ones first, and whatever they do not pull in."""
        makers = {key: one for one in builders for key in one.produces}
        target: list[str] = []
        used: set[str] = set()
        for last in reversed(builders):
            pending = [] if last.name in used else [last]
            if pending:
                target.append(last.slots[0][0])
            while pending:
                one = pending.pop()
                if one.name not in used:
                    used.add(one.name)
                    pulled = [key for given in one.inputs if given.kind != "access" for key in given.keys]
                    pending.extend(makers[key] for key in pulled if key in makers)
        return tuple(target)

    def _transients(self, target: tuple[str, ...], outside: tuple[str, ...]) -> frozenset[str]:
        if not self.features.transients:
            return frozenset()
        makers = [number for number in range(len(self.keys)) if number not in self.stateful]
        may = [key for number in makers for key in self.keys[number]] + [*outside]
        may = [key for key in may if key not in target and key not in self.feedback]
        return frozenset(key for key in may if self.draw(st.integers(0, 4)) == 0)


@st.composite
def calls(draw: st.DrawFn, spec: Spec, features: Features = ALL, most: int = 5) -> list[Call]:
    """Draw the calls of a run: deliveries of one or several keys, calls without data, failures."""
    names = [made.name for made in spec.builders]
    outside = list(spec.outside)
    made = [key for builder in spec.builders for key in builder.produces]
    found: list[Call] = []
    failures = features.failures and not spec.transients
    for _ in range(draw(st.integers(1, most))):
        failing = frozenset(draw(st.sets(st.sampled_from(names), max_size=2))) if failures else frozenset()
        pool = outside + (made if features.made_deliveries and draw(st.integers(0, 3)) == 0 else [])
        overtake = features.overtaken or not found or not found[-1].failing
        keys = draw(st.lists(st.sampled_from(pool), unique=True, max_size=3)) if pool and overtake else []
        found.append(Call({key: draw(st.integers(0, 4)) for key in keys}, failing))
    return found
