"""The rules of a call, written as plainly as possible: the oracle that runs in a store are compared with.

It knows nothing of plans, indices or queues. It looks at every builder in order, in every pass, and asks the three
questions of the table in `polaris._runtime.walk`. Slow, and obviously right.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple


class Given(NamedTuple):
    """A parameter.

    Attributes:
        keys: alternatives.
        kind: how it reads them: ``consumes``, ``access``, ``take`` or ``feedback``.
        required: whether it waits for them.
    """

    keys: Sequence[str]
    kind: str
    required: bool


class Role(NamedTuple):
    """A builder.

    Attributes:
        name: its name.
        inputs: its parameters.
        slots: the variants of each slot that it makes.
        once: whether it runs only once.
    """

    name: str
    inputs: Sequence[Given]
    slots: Sequence[Sequence[str]]
    once: bool

    @property
    def produces(self) -> list[str]:
        """Every key that it can make."""
        return [key for slot in self.slots for key in slot]


@dataclass(kw_only=True)
class Reference:
    """One run, advanced a call at a time.

    Attributes:
        order: the builders: makers before consumers, those that read through Feedback before makers.
        target: what must be there to complete a run.
        target_all: whether all of it must be.
        transients: the keys whose values live in one call only.
        max_passes: how many passes a call may have.
    """

    order: Sequence[Role]
    target: Sequence[str]
    target_all: bool
    transients: frozenset[str]
    max_passes: int
    value: dict[str, object] = field(default_factory=dict[str, object])
    by: dict[str, str | None] = field(default_factory=dict[str, str | None])
    changed: dict[str, int] = field(default_factory=dict[str, int])
    different: dict[str, int] = field(default_factory=dict[str, int])
    ran: dict[str, int] = field(default_factory=dict[str, int])
    asked: dict[str, int] = field(default_factory=dict[str, int])
    once_done: set[str] = field(default_factory=set[str])
    dark: set[str] = field(default_factory=set[str])
    round: int = 0
    began: int = 0
    clean: int = 0
    went_on: bool = False
    status: str = ""
    failed: str | None = None
    produced: dict[str, object] = field(default_factory=dict[str, object])
    data: dict[str, object] = field(default_factory=dict[str, object])

    def behave(self, role: Role, arguments: Sequence[str | None]) -> Mapping[str, object] | None:
        """Give what a builder makes of the keys that it reads; None if it fails."""
        raise NotImplementedError

    def same(self, old: object, new: object) -> bool:
        """Say whether two values are the same, for Feedback."""
        return old == new

    def __post_init__(self) -> None:
        """Ask the builders that nothing wakes, once."""
        self.asked = {b.name: 1 for b in self.order if all(i.kind == "access" for i in b.inputs)}

    def call(self, delta: Mapping[str, object]) -> None:
        """Deliver, or, with nothing, go on."""
        transients = self.transients & set(self.value)
        self.went_on = not delta and self.clean != self.round
        self.dark |= {key for key in transients if self.by[key] is None or not self.went_on}
        for builder in self.order if self.went_on else ():
            if not all(self._read(given) for given in builder.inputs if given.required):  # it cannot be made again
                self.dark |= {key for key in builder.produces if key in transients and self.by[key]}
        self.failed, self.produced = None, {}
        if delta:
            self._deliver(dict(delta))
        elif self.clean == self.round:
            self.round += 1
            self.began = self.round
        passes = 1
        while self._pass():
            self.round += 1
            if not any(self._acts(builder) for builder in self.order):
                self.round -= 1
                self.clean = self.round
                break
            passes += 1
            if passes > self.max_passes:
                self.failed = next(b.name for b in self.order if self._acts(b))
                break
        made = {k: v for k, v in self.value.items() if self.by[k] and k not in self.dark}
        self.produced = {k: v for k, v in made.items() if self.changed[k] >= self.began}
        self._end()

    def _deliver(self, delta: dict[str, object]) -> None:
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

    def _pass(self) -> bool:
        """Look at every builder once; say whether none failed."""
        for role in self.order:
            if not self._acts(role):
                continue
            if self._runnable(role):
                arguments = [self._read(given) for given in role.inputs]
                made = self.behave(role, arguments)
                if made is None:
                    self.failed = role.name
                    return False
                self._keep(role, arguments, made)
            else:
                for key in self._standing(role):
                    self._withdraw(key)
        return True

    def _keep(self, role: Role, arguments: Sequence[str | None], made: Mapping[str, object]) -> None:
        for key in self._standing(role):
            if key not in made:
                self._withdraw(key)
        for key, value in made.items():
            for other in next(slot for slot in role.slots if key in slot):
                if other != key:
                    self._withdraw(other)
            self._put(key, value, role.name)
        for given, taken in zip(role.inputs, arguments, strict=True):
            if given.kind == "take" and taken is not None:
                del self.value[taken]
        self.ran[role.name] = self.round
        if role.once and made:
            self.once_done.add(role.name)

    def _acts(self, builder: Role) -> bool:
        return self._dirty(builder) and (self._runnable(builder) or bool(self._standing(builder)))

    def _dirty(self, builder: Role) -> bool:
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

    def _runnable(self, builder: Role) -> bool:
        triggers = [given for given in builder.inputs if given.kind != "access"]
        there = [given for given in triggers if self._read(given) is not None]
        return all(given in there for given in triggers if given.required) and bool(there or not triggers)

    def _read(self, given: Given) -> str | None:
        seen = [k for k in given.keys if k in self.value and k not in self.dark]
        if given.kind == "feedback":
            seen = [k for k in seen if self.changed[k] < self.round]
        return max(seen, key=lambda k: self.changed[k], default=None)

    def _standing(self, builder: Role) -> list[str]:
        return [key for key in builder.produces if key in self.value and self.by[key] == builder.name]

    def _put(self, key: str, value: object, by: str | None) -> None:
        if key not in self.value or not self.same(self.value[key], value):
            self.different[key] = self.round
        self.value[key], self.by[key], self.changed[key] = value, by, self.round
        self.dark.discard(key)

    def _withdraw(self, key: str) -> None:
        if key in self.value:
            del self.value[key]
            self.changed[key] = self.different[key] = self.round

    def _end(self) -> None:
        self.data = {k: v for k, v in self.value.items() if k not in self.transients}
        there = [key in self.value for key in self.target]
        complete = all(there) if self.target_all else any(there)
        self.status = "failed" if self.failed else "completed" if complete else "open"
