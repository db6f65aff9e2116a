"""The rules of a call, written as plainly as possible: the oracle that the walk is compared with.

It knows nothing of plans, indices or queues. It looks at every builder in order, in every pass, and asks the three
questions of the table. Slow, and obviously right.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

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


@dataclass
class Run:
    """One run, advanced a call at a time."""

    spec: Spec
    value: dict[str, int] = field(default_factory=dict)
    by: dict[str, str | None] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    different: dict[str, int] = field(default_factory=dict)
    ran: dict[str, int] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    once_done: set[str] = field(default_factory=set)
    dark: set[str] = field(default_factory=set)
    round: int = 0
    began: int = 0
    clean: int = 0
    went_on: bool = False
    status: str = ""
    failed: str | None = None
    produced: dict[str, int] = field(default_factory=dict)
    data: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.order = self.spec.ordered()
        self.asked = {b.name: 1 for b in self.order if all(i.kind == "access" for i in b.inputs)}

    def call(self, delta: dict[str, int], failing: frozenset[str] = frozenset()) -> None:
        """Deliver (or, with nothing, go on); builders named in `failing` raise."""
        transients = self.spec.transients & set(self.value)
        self.went_on = not delta and self.clean != self.round
        self.dark |= {key for key in transients if self.by[key] is None or not self.went_on}
        for builder in self.order if self.went_on else ():
            if not all(self._read(given) for given in builder.inputs if given.required):  # it cannot be made again
                self.dark |= {key for key in builder.produces if key in transients and self.by[key]}
        self.failed, self.produced = None, {}
        if delta:
            self._deliver(delta)
        elif self.clean == self.round:
            if not any(at > max(self.ran.get(name, 0), self.clean) for name, at in self.asked.items()):
                self._end()
                return
            self.round += 1
            self.began = self.round
        passes = 1
        while self._pass(failing):
            self.round += 1
            if not any(self._acts(builder) for builder in self.order):
                self.round -= 1
                self.clean = self.round
                break
            passes += 1
            if passes > self.spec.max_passes:
                self.failed = next(b.name for b in self.order if self._acts(b))
                break
        made = {k: v for k, v in self.value.items() if self.by[k] and k not in self.dark}
        self.produced = {k: v for k, v in made.items() if self.changed[k] >= self.began}
        self._end()

    def _deliver(self, delta: dict[str, int]) -> None:
        self.round += 1
        self.began = self.round
        for builder in self.order:
            for slot in builder.slots:
                for key in [key for key in delta if key in slot][:-1]:
                    del delta[key]
                if any(key in delta for key in slot):
                    for key in slot:
                        if key not in delta:
                            self._withdraw(key)
        for key, value in delta.items():
            self._put(key, value, None)
        for builder in self.order:
            if all(any(key in delta for key in slot) for slot in builder.slots):
                triggered = any(key in delta for i in builder.inputs if i.kind != "access" for key in i.keys)
                if builder.once:
                    self.once_done.add(builder.name)
                elif not triggered:
                    self.ran[builder.name] = self.round
        self.round += 1

    def _pass(self, failing: frozenset[str]) -> bool:
        for builder in self.order:
            if not self._acts(builder):
                continue
            if not self._runnable(builder):
                for key in self._standing(builder):
                    self._withdraw(key)
                continue
            if builder.name in failing:
                self.failed = builder.name
                return False
            arguments = [self._read(given) for given in builder.inputs]
            made = builder.behave([(k, self.value[k]) if k is not None else None for k in arguments])
            for key in self._standing(builder):
                if key not in made:
                    self._withdraw(key)
            for key, value in made.items():
                for other in next(slot for slot in builder.slots if key in slot):
                    if other != key:
                        self._withdraw(other)
                self._put(key, value, builder.name)
            for given, taken in zip(builder.inputs, arguments, strict=True):
                if given.kind == "take" and taken is not None:
                    del self.value[taken]
            self.ran[builder.name] = self.round
            if builder.once and made:
                self.once_done.add(builder.name)
        return True

    def _acts(self, builder: Builder) -> bool:
        return self._dirty(builder) and (self._runnable(builder) or bool(self._standing(builder)))

    def _dirty(self, builder: Builder) -> bool:
        if builder.name in self.once_done:
            return False
        ran = self.ran.get(builder.name, 0)
        if self.asked.get(builder.name, 0) > max(ran, self.clean):
            return True
        for given in builder.inputs:
            for key in given.keys:
                if given.kind in {"consumes", "take"} and self.changed.get(key, 0) > max(ran, self.clean):
                    return True
                at = self.different.get(key, 0)
                if given.kind == "feedback" and max(ran, self.clean + 1) <= at < self.round:
                    return True
        return False

    def _runnable(self, builder: Builder) -> bool:
        triggers = [given for given in builder.inputs if given.kind != "access"]
        there = [given for given in triggers if self._read(given) is not None]
        return all(given in there for given in triggers if given.required) and bool(there or not triggers)

    def _read(self, given: In) -> str | None:
        seen = [k for k in given.keys if k in self.value and k not in self.dark]
        if given.kind == "feedback":
            seen = [k for k in seen if self.changed[k] < self.round]
        return max(seen, key=lambda k: self.changed[k], default=None)

    def _standing(self, builder: Builder) -> list[str]:
        return [key for key in builder.produces if key in self.value and self.by[key] == builder.name]

    def _put(self, key: str, value: int, by: str | None) -> None:
        if self.value.get(key) != value:
            self.different[key] = self.round
        self.value[key], self.by[key], self.changed[key] = value, by, self.round
        self.dark.discard(key)

    def _withdraw(self, key: str) -> None:
        if key in self.value:
            del self.value[key]
            self.changed[key] = self.different[key] = self.round

    def _end(self) -> None:
        self.data = {k: v for k, v in self.value.items() if k not in self.spec.transients}
        there = [key in self.value for key in self.spec.target]
        complete = all(there) if self.spec.target_all else any(there)
        self.status = "failed" if self.failed else "completed" if complete else "open"
