"""Workflows as data, and the published reference interpreter on them: the oracle that the walk is compared with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from polaris.testing.reference import Given, Reference, Role

Kind = Literal["consumes", "access", "take", "feedback"]
Behaviour = dict[str, object]


@dataclass(frozen=True)
class In:
    """A parameter: alternatives, how it reads them, and whether it waits for them."""

    keys: tuple[str, ...]
    kind: Kind = "consumes"
    required: bool = True


@dataclass(frozen=True)
class Builder:
    """A builder; what it makes of its arguments is in `behave`."""

    name: str
    inputs: tuple[In, ...]
    slots: tuple[tuple[str, ...], ...]
    declines: bool = False
    once: bool = False

    @property
    def produces(self) -> list[str]:
        return [key for slot in self.slots for key in slot]

    def behave(self, arguments: list[tuple[str, int] | None]) -> dict[str, int]:
        """Make something that depends on nothing but the arguments (a small number, so that loops can settle)."""
        seed = sum(map(ord, self.name)) + sum(3 + 7 * value + len(key) for key, value in filter(None, arguments))
        if self.declines and seed % 4 == 0:
            return {}
        return {slot[(seed // 3) % len(slot)]: seed % 5 for slot in self.slots}


@dataclass(frozen=True)
class Spec:
    """A workflow: builders in any order, and what must be there to complete a run."""

    builders: tuple[Builder, ...]
    outside: tuple[str, ...]
    target: tuple[str, ...]
    target_all: bool
    transients: frozenset[str] = frozenset()
    max_passes: int = 6

    def ordered(self) -> list[Builder]:
        """Makers before consumers, Feedback consumers before makers; ties by name."""
        makers = {key: builder for builder in self.builders for key in builder.produces}
        before: dict[str, set[str]] = {builder.name: set() for builder in self.builders}
        for builder in self.builders:
            for given in builder.inputs:
                for maker in {makers[key].name for key in given.keys if key in makers} - {builder.name}:
                    first, then = (builder.name, maker) if given.kind == "feedback" else (maker, builder.name)
                    before[then].add(first)
        self._readers_before_takers(before)
        order: list[Builder] = []
        while len(order) < len(self.builders):
            placed = {builder.name for builder in order}
            free = [b for b in self.builders if b.name not in placed and before[b.name] <= placed]
            order.append(min(free, key=lambda builder: builder.name))
        return order

    def _readers_before_takers(self, before: dict[str, set[str]]) -> None:
        """Whoever reads what another takes away settles before it, unless it comes after it anyway."""

        def comes_after(name: str, other: str) -> bool:
            return other in before[name] or any(comes_after(earlier, other) for earlier in before[name])

        taker = {key: b.name for b in self.builders for given in b.inputs if given.kind == "take" for key in given.keys}
        for builder in sorted(self.builders, key=lambda builder: builder.name):
            for key in [key for given in builder.inputs for key in given.keys if key in taker]:
                if taker[key] != builder.name and not comes_after(builder.name, taker[key]):
                    before[taker[key]].add(builder.name)


class Run(Reference):
    """One run of a workflow, of which builders may be made to fail."""

    def __init__(self, spec: Spec) -> None:
        builders = spec.ordered()
        self._builders = {builder.name: builder for builder in builders}
        self._failing: frozenset[str] = frozenset()
        super().__init__(
            order=[role_of(builder) for builder in builders],
            target=spec.target,
            target_all=spec.target_all,
            transients=spec.transients,
            max_passes=spec.max_passes,
        )

    def behave(self, role: Role, arguments: Sequence[str | None]) -> Mapping[str, object] | None:
        if role.name in self._failing:
            return None
        read = [None if key is None else (key, self.value[key]) for key in arguments]
        return self._builders[role.name].behave(read)

    def call(self, delta: Mapping[str, object], failing: frozenset[str] = frozenset()) -> None:
        """Deliver (or, with nothing, go on); builders named in `failing` raise."""
        self._failing = failing
        super().call(delta)


def role_of(builder: Builder) -> Role:
    inputs = tuple(Given(given.keys, given.kind, given.required) for given in builder.inputs)
    return Role(builder.name, inputs, builder.slots, builder.once)
