"""The index: what the walk asks of a plan again and again, worked out once per plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from polaris._model.contract import Input
from polaris._model.keys import Key
from polaris._model.markers import Mode
from polaris._model.plan import KeyKind, Plan, Step

Requirement = tuple[Key, ...]
"""Alternatives, any of which will do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepIndex:
    """One step as the walk sees it.

    Attributes:
        number: its place in plan order.
        name: the name of its builder.
        once: whether it runs once.
        step: the step.
        triggers: keys whose change wakes it in the same pass.
        feedback: keys whose different value wakes it in the next pass.
        needs: what must be there, feedback left out.
        needs_before: what must have been there before this pass.
        slots: its products.
        produces: all keys it can make.
        takes: keys that go when it has run.
        is_single: whether it makes one thing, and takes nothing.
        sure: what it reads, if all of that must be there and wakes it, without alternatives; else empty.
        wakes: the numbers of the steps that it wakes by the one thing it makes; else empty.
        wakes_bits: the same as a bit set.
        bit: itself, as a bit set.
        is_plain: whether it can run as soon as what it needs is there, with no look at Feedback or other triggers.
    """

    number: int
    name: str
    once: bool
    step: Step
    triggers: tuple[Key, ...]
    feedback: tuple[Key, ...]
    needs: tuple[Requirement, ...]
    needs_before: tuple[Requirement, ...]
    slots: tuple[tuple[Key, ...], ...]
    produces: tuple[Key, ...]
    takes: tuple[Key, ...]
    is_single: bool
    is_plain: bool
    sure: tuple[Key, ...]
    wakes: tuple[int, ...]
    wakes_bits: int
    bit: int

    @property
    def untriggered(self) -> bool:
        """Whether nothing wakes it, so that it is asked once, when the run begins."""
        return not self.triggers and not self.feedback


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanIndex:
    """A plan with its questions answered.

    Attributes:
        plan: the plan.
        steps: by number.
        numbers: the number of each step, by name.
        woken: the numbers of the steps that a change of a key wakes in the same pass.
        maker: the number of the step that makes a key.
        slot: the variants that share a slot with a key, itself included.
        loops: the numbers of the steps that read through Feedback.
        untriggered: the numbers of the steps that nothing wakes.
        compared: keys read through Feedback, whose values are compared when they change.
        transient: keys whose values live in one call only.
        outside: keys that no step makes.
        before: for each step, the bit set of all steps ordered before it, directly or not.
    """

    plan: Plan
    steps: tuple[StepIndex, ...]
    numbers: Mapping[str, int]
    woken: Mapping[Key, tuple[int, ...]]
    maker: Mapping[Key, int]
    slot: Mapping[Key, tuple[Key, ...]]
    loops: tuple[int, ...]
    untriggered: tuple[int, ...]
    compared: frozenset[Key]
    transient: frozenset[Key]
    outside: frozenset[Key]
    before: tuple[int, ...]


def index_plan(plan: Plan) -> PlanIndex:
    """Work out what the walk asks of a plan."""
    woken: dict[Key, list[int]] = {}
    for number, step in enumerate(plan.steps):
        for key in dict.fromkeys(_keys(_woken_by(step))):
            woken.setdefault(key, []).append(number)
    steps = tuple(_index_step(number, step, woken) for number, step in enumerate(plan.steps))
    return PlanIndex(
        plan=plan,
        steps=steps,
        numbers={step.step.name: step.number for step in steps},
        woken={key: tuple(numbers) for key, numbers in woken.items()},
        maker={key: step.number for step in steps for key in step.produces},
        slot={key: slot for step in steps for slot in step.slots for key in slot},
        loops=tuple(step.number for step in steps if step.feedback),
        untriggered=tuple(step.number for step in steps if step.untriggered),
        compared=frozenset(key for step in steps for key in step.feedback),
        transient=frozenset(key.name for key in plan.keys if key.transient),
        outside=frozenset(key.name for key in plan.keys if key.kind is KeyKind.INPUT),
        before=_ancestors(plan),
    )


def _woken_by(step: Step) -> list[Input]:
    return [given for given in step.inputs if given.triggers and given.mode is not Mode.FEEDBACK]


def _index_step(number: int, step: Step, woken: Mapping[Key, Sequence[int]]) -> StepIndex:
    loops = [given for given in step.inputs if given.mode is Mode.FEEDBACK]
    others = _woken_by(step)
    is_sure = all(given.required and len(given.keys) == 1 for given in others) and len(others) == len(step.inputs)
    is_single = len(step.produces) == 1 and not any(given.mode is Mode.TAKE for given in step.inputs)
    wakes = tuple(woken.get(step.produces[0], ())) if is_single else ()
    return StepIndex(
        number=number,
        name=step.name,
        once=step.once,
        step=step,
        triggers=_keys(others),
        feedback=_keys(loops),
        needs=_needs(others),
        needs_before=_needs(loops),
        slots=step.slots,
        produces=step.produces,
        is_single=is_single,
        sure=_keys(others) if is_sure else (),
        wakes=wakes,
        wakes_bits=sum(1 << other for other in wakes),
        bit=1 << number,
        is_plain=bool(_needs(others)) and not _needs(loops),
        takes=_keys([given for given in step.inputs if given.mode is Mode.TAKE]),
    )


def _keys(inputs: list[Input]) -> tuple[Key, ...]:
    return tuple(key for given in inputs for key in given.keys)


def _needs(inputs: list[Input]) -> tuple[Requirement, ...]:
    return tuple(given.keys for given in inputs if given.required)


def _ancestors(plan: Plan) -> tuple[int, ...]:
    before: list[int] = []
    for predecessors in plan.predecessors:
        mask = 0
        for number in predecessors:
            mask |= before[number] | 1 << number
        before.append(mask)
    return tuple(before)
