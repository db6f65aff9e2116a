"""Calls in memory without a walk: a plan and a set of delivered keys become one straight-line Python function.

A function is made when a set has been called a few times, and kept while it is among those used lately. Its source can
be read in tracebacks, like that of any module. What it does is what the walk would do (`straight`), only sooner; what
comes of it is worked out when it is asked for (`ending`).
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from operator import itemgetter
from threading import Lock
from types import MappingProxyType
from typing import Any, Generic, TypeVar
from weakref import finalize

from polaris._model.keys import Key, TypeForm, key_of
from polaris._model.outcome import Outcome
from polaris._runtime.bind import Bound
from polaris._runtime.delivery import Delta
from polaris._runtime.draft import NotStraightError
from polaris._runtime.ending import Ending
from polaris._runtime.ids import new_id
from polaris._runtime.reading import latest_of
from polaris._runtime.straight import Straight, write

FEW = 3
"""How many calls with a set are walked before a function is made for it."""

MOST = 64
"""How many sets are remembered that have a function."""

_COUNTED = 256
"""How many sets are remembered that have none yet."""

_SHAPES = 16
"""In how many orders the delivery of one set is recognised at a glance."""

_numbers = count(1)

_Set = tuple[frozenset[Key], frozenset[Key]]
"""Delivered keys, and the keys of the resources that are given."""

_Shape = object
"""The class of what is delivered; of several a tuple; then None and the types of the resources, if any are given."""

_Call = Callable[[Sequence[object], Mapping[Key, object], tuple[Key, ...]], Outcome[object]]
_Pick = Callable[[Sequence[object]], Sequence[object]]

M = TypeVar("M")

_NONE: Mapping[TypeForm, object] = MappingProxyType({})


@dataclass(slots=True, kw_only=True)
class _Made(Generic[M]):
    """What was made for a set.

    Attributes:
        what: that; None if the set must be walked.
        order: the keys, in the order in which its function takes their values.
        is_used: whether it was called again since the last look round for one to give up.
        shapes: the shapes by which it is found.
    """

    what: M | None
    order: tuple[Key, ...]
    is_used: bool = False
    shapes: list[_Shape] = field(default_factory=list[_Shape])


_Known = tuple[_Made[M], M, _Pick | None, tuple[Key, ...], tuple[Key, ...]]
"""What is known of a shape: how its data get into order, the keys as delivered, and those of the resources."""


class Sets(Generic[M]):
    """What was made for the sets in use of one plan. Safe to use from many threads.

    Args:
        bound: the plan.
        make: makes something for keys in this order and the keys of the resources that are given.
    """

    def __init__(self, bound: Bound, make: Callable[[Bound, tuple[Key, ...], frozenset[Key]], M | None]) -> None:
        self.bound = bound
        self._make = make
        self._lock = Lock()
        self._made: dict[_Set, _Made[M]] = {}
        self._counts: dict[_Set, int] = {}
        self._shapes: dict[_Shape, _Known[M]] = {}

    def known(self, data: tuple[object, ...]) -> _Known[M] | None:
        """Give what is known of data that look like those of an earlier call, without resources."""
        known = self._shapes.get(_shape_of(data, _NONE))
        if known is not None:
            known[0].is_used = True
        return known

    def find(
        self,
        delta: Delta,
        data: tuple[object, ...],
        resources: Mapping[TypeForm, object] = _NONE,
        given: frozenset[Key] = frozenset(),
    ) -> _Known[M] | None:
        """Give what is known of a delivery that has been read; None if it has to be walked.

        Args:
            delta: the delivery.
            data: the same, as it was handed over: it is known by its shape from now on.
            resources: the resources that are handed over with it.
            given: the keys of those that a builder asks for.
        """
        wanted, order = (frozenset(delta), given), tuple(delta)
        made = self._find(wanted, order)
        if made is None or made.what is None:
            return None
        pick = None if order == made.order else itemgetter(*map(order.index, made.order))
        keys = tuple(key_of(form) for form in resources)
        known = made, made.what, pick, order, keys
        if len(delta) == len(data) and dict not in map(type, data):
            self._remember(wanted, _shape_of(data, resources), known)
        return known

    def _find(self, wanted: _Set, order: tuple[Key, ...]) -> _Made[M] | None:
        with self._lock:
            made = self._made.get(wanted)
            if made is not None:
                made.is_used = True
                return made
            calls = self._counts.pop(wanted, 0)
            if calls < FEW:
                self._counts[wanted] = calls + 1
                if len(self._counts) > _COUNTED:
                    del self._counts[next(iter(self._counts))]
                return None
            if len(self._made) == MOST:
                self._give_one_up()
            made = self._made[wanted] = _Made(what=self._make(self.bound, order, wanted[1]), order=order)
            return made

    def _remember(self, wanted: _Set, shape: _Shape, known: _Known[M]) -> None:
        """Have deliveries of this shape recognised at a glance."""
        with self._lock:
            made = known[0]
            if self._made.get(wanted) is made and len(made.shapes) < _SHAPES and shape not in self._shapes:
                made.shapes.append(shape)
                self._shapes[shape] = known

    def _give_one_up(self) -> None:
        """Forget the oldest that was not called since the last time; those that were get another turn."""
        wanted = next(iter(self._made))
        made = self._made.pop(wanted)
        while made.is_used:
            made.is_used = False
            self._made[wanted] = made
            wanted = next(iter(self._made))
            made = self._made.pop(wanted)
        for shape in made.shapes:
            del self._shapes[shape]


class Shortcuts(Sets[_Call]):
    """The straight-line functions of one plan, for calls in memory.

    Args:
        bound: the plan, with no resources yet.
    """

    def __init__(self, bound: Bound) -> None:
        super().__init__(bound, _make)
        self._asked = {given.key for number in bound.served for given, _ in bound.plan.steps[number].resources}
        self._needed = {
            given.key for number in bound.served for given, _ in bound.plan.steps[number].resources if given.required
        }

    def glance(self, data: tuple[object, ...], resources: Mapping[TypeForm, object]) -> Outcome[Any] | None:
        """Make a call whose data look like those of an earlier one; None if there was no such call.

        Raises:
            StepError: a builder failed.
        """
        if resources or len(data) > 2:
            known = self._shapes.get(_shape_of(data, resources))
        elif len(data) == 1:  # one and two are said without a loop, which is slow to begin
            known = self._shapes.get(type(data[0]))
        else:
            known = self._shapes.get((type(data[0]), type(data[1])) if data else ())
        if known is None:
            return None
        made, call, pick, order, keys = known
        made.is_used = True
        values = data if pick is None else pick(data)
        return call(values, dict(zip(keys, resources.values(), strict=True)) if keys else resources, order)

    def call(self, delta: Delta, data: tuple[object, ...], resources: Mapping[TypeForm, object]) -> Outcome[Any] | None:
        """Make a call with a delivery that has been read; None if it has to be walked.

        Raises:
            StepError: a builder failed.
        """
        given = {key_of(form): resource for form, resource in resources.items()}
        if not self._needed <= given.keys():
            return None
        known = self.find(delta, data, resources, frozenset(given.keys() & self._asked))
        if known is None:
            return None
        made, call, _, order, _ = known
        return call([delta[key] for key in made.order], given, order)


def _shape_of(data: tuple[object, ...], resources: Mapping[TypeForm, object]) -> _Shape:
    if resources:
        return (*map(type, data), None, *resources)
    return type(data[0]) if len(data) == 1 else tuple(map(type, data))


def _make(bound: Bound, order: tuple[Key, ...], given: frozenset[Key]) -> _Call | None:
    """Make the function for a set; None if it must be walked."""
    try:
        straight = write(bound, order, given)
    except NotStraightError:
        return None
    ending = Ending(bound, straight)
    call: _Call = function_of(bound, order, straight, ending, fail_=ending.fail)
    return call


def function_of(bound: Bound, order: tuple[Key, ...], straight: Straight, ending: Ending, **more: object) -> Any:  # noqa: ANN401 - what it takes depends on how it was written
    """Make the function of a source; its lines are shown in tracebacks."""
    scope: dict[str, Any] = {
        **straight.scope,
        "Outcome_": Outcome,
        "new_": object.__new__,
        "put_": object.__setattr__,
        "read_": ending.read,
        "context_": ending.context,
        "runaway_": ending.runaway,
        "latest_": latest_of,
        "uid_": new_id,
        **more,
    }
    name = f"<polaris {bound.plan.workflow!r} {next(_numbers)}: {', '.join(order)}>"
    lines = [f"{line}\n" for line in straight.lines]
    text = "".join(lines)
    exec(compile(text, name, "exec"), scope)  # noqa: S102 - our own text: of the plan it holds names, quoted or cleaned
    call = scope.pop("call")
    linecache.cache[name] = (len(text), None, lines, name)
    finalize(call, linecache.cache.pop, name, None).atexit = False
    return call
