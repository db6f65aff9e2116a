"""What a picture shows: a plan, and what the data of a run say about its builders.

A run's state is read from its status, the keys that are there and those it waits for, so that an outcome in memory
and a row from a store are drawn alike. What cannot be known from them is not claimed: such a builder is *not reached*.
Values are never looked at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from typing import Protocol

from polaris._model.contract import Input
from polaris._model.keys import Key, key_of
from polaris._model.markers import Mode
from polaris._model.outcome import Status
from polaris._model.plan import Plan, Step
from polaris.errors import RenderError
from polaris.export.labels import listed, shown
from polaris.export.style import DIRECTIONS, Direction, Reading, Role, State

BUILDERS_IN_A_ROW = 8  # a plan up to this size reads from left to right


class Run(Protocol):
    """What is read of a run: an `Outcome` and a `RunState` both have it.

    A failed run that also has `error`, the builder and the class of what it raised, gets that builder drawn as failed.
    """

    @property
    def run_id(self) -> str | None:
        """The id of the run, if it is a stored one."""
        ...

    @property
    def status(self) -> Status:
        """Where it stands."""
        ...

    @property
    def data(self) -> Mapping[object, object]:
        """All current values, by type."""
        ...

    @property
    def waiting_for(self) -> tuple[object, ...]:
        """The types from outside that it needs next."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A plan as a picture shows it.

    Attributes:
        plan: the plan.
        outside: the keys that are delivered, in the order in which the builders read them.
        makers: for every other key, the number of the step that makes it and of the product within it.
        transients: the keys whose values are never stored.
        run: the run to show on it.
        subtitle: what to say about the run.
        states: where each builder stands, by name.
        notes: what a waiting builder needs, or the class of what one failed with, by its name.
        roles: what each datum is.
        is_big: whether there is too much to be shown in full.
    """

    plan: Plan
    outside: tuple[Key, ...]
    makers: Mapping[Key, tuple[int, int]]
    transients: frozenset[Key]
    run: Run | None
    subtitle: str
    states: Mapping[str, State]
    notes: Mapping[str, str]
    roles: Mapping[Key, Role]
    is_big: bool = False


_READINGS: Mapping[Mode, Reading] = {
    Mode.ACCESS: Reading.ACCESS,
    Mode.TAKE: Reading.TAKE,
    Mode.FEEDBACK: Reading.FEEDBACK,
}

_BEST_FIRST = (Role.PRESENT, Role.WAITED, Role.ABSENT, Role.INPUT, Role.PRODUCT)

# What a builder that has all it requires, and has made nothing that is there, must be doing.
# A call that ended well has left nothing to do, so the builder ran.
_READY: Mapping[Status, State] = {
    Status.RUNNING: State.RUNNING,
    Status.QUEUED: State.NEXT,
    Status.FAILED: State.NEXT,
    Status.CANCELLED: State.NOT_REACHED,
    Status.WAITING: State.DECLINED,
    Status.BLOCKED: State.DECLINED,
    Status.COMPLETED: State.DECLINED,
}


def reading(read: Input) -> Reading:
    """Give the kind of edge that leads into a parameter."""
    return _READINGS.get(read.mode, Reading.NEEDS if read.required else Reading.OPTIONAL)


def best_role(read: Input, view: View) -> Role:
    """Give what a parameter reads: of alternatives, the one that is there, else the one that may still come."""
    return min((view.roles[key] for key in read.keys), key=_BEST_FIRST.index)


def alt_text(view: View) -> str:
    """Say in a sentence what a picture shows, for those who do not see it."""
    count = len(view.plan.steps)
    parts = [f"{count} builder{'' if count == 1 else 's'} of the workflow {shown(view.plan.workflow)}"]
    parts += [f"from {listed([shown(key) for key in view.outside])}"] if view.outside else []
    parts.append(f"to {listed([shown(key) for key in view.plan.target])}")
    return " ".join(parts) + (f" - {view.subtitle}" if view.subtitle else "")


def direction_of(plan: Plan, given: Direction | None = None) -> Direction:
    """Give the direction to draw in: the one asked for, or the one that suits the size.

    Raises:
        RenderError: there is no such direction.
    """
    if given is None:
        return "LR" if len(plan.steps) <= BUILDERS_IN_A_ROW else "TB"
    if given not in DIRECTIONS:
        raise RenderError(f"There is no direction {given!r}.", do=f"Use {' or '.join(map(repr, DIRECTIONS))}.")
    return given


def view_of(plan: Plan, run: Run | None = None) -> View:
    """Give what a picture of a plan, or of a run on it, shows."""
    makers = _makers(plan.steps)
    outside = _outside(plan.steps, makers, plan.target)
    transients = frozenset(info.name for info in plan.keys if info.transient)
    if run is None:
        states = dict.fromkeys((step.name for step in plan.steps), State.PLANNED)
        notes: dict[str, str] = {}
        roles = dict.fromkeys(outside, Role.INPUT) | dict.fromkeys(makers, Role.PRODUCT)
    else:
        present = frozenset(map(key_of, run.data)) - transients
        waited = frozenset(map(key_of, run.waiting_for))
        states = _states(plan, run, present, waited, transients)
        notes = {s.name: _note(s, present) for s in plan.steps if states[s.name] is State.WAITING}
        builder, error = _failure(run)
        notes |= {s.name: f"with {shown(error)}" for s in plan.steps if s.name == builder}
        roles = {key: _role(key, present, waited) for key in (*outside, *makers)}
    return View(
        plan=plan,
        outside=outside,
        makers=makers,
        transients=transients,
        run=run,
        subtitle="" if run is None else _subtitle(run),
        states=states,
        notes=notes,
        roles=roles,
    )


def with_steps(view: View, steps: Sequence[Step], keys: Iterable[Key]) -> View:
    """Give a picture of some builders only, with what they read; and of these keys, as far as they are known."""
    makers = _makers(steps)
    return replace(
        view,
        plan=replace(view.plan, steps=tuple(steps)),
        makers=makers,
        outside=_outside(steps, makers, (key for key in keys if key in view.outside)),
    )


def _makers(steps: Sequence[Step]) -> dict[Key, tuple[int, int]]:
    return {key: (number, place) for number, step in enumerate(steps) for place, key in enumerate(step.produces)}


def _outside(steps: Sequence[Step], makers: Collection[Key], more: Iterable[Key]) -> tuple[Key, ...]:
    read = (key for step in steps for given in step.inputs for key in given.keys)
    return tuple(dict.fromkeys(key for key in (*read, *more) if key not in makers))


def _failure(run: Run) -> tuple[str, str]:
    """Give the builder that a run failed in, and the class of what it raised; both empty if that is not known."""
    error: str | None = getattr(run, "error", None) if run.status is Status.FAILED else None
    builder, _, what = (error or "").rpartition(": ")
    return builder, what


def _role(key: Key, present: AbstractSet[Key], waited: AbstractSet[Key]) -> Role:
    if key in present:
        return Role.PRESENT
    return Role.WAITED if key in waited else Role.ABSENT


def _subtitle(run: Run) -> str:
    parts = [] if run.run_id is None else [f"run {shown(run.run_id)}"]
    if run.status is not Status.WAITING or not run.waiting_for:
        parts.append(str(run.status))
    if run.waiting_for:
        parts.append(f"waiting for {listed([shown(key_of(form)) for form in run.waiting_for])}")
    return " - ".join(parts)


def _note(step: Step, present: AbstractSet[Key]) -> str:
    return f"needs {listed([' or '.join(map(shown, read.keys)) for read in _lacking(step, present)])}"


# --- the state of a builder --------------------------------------------------------------------------------------


def _states(
    plan: Plan, run: Run, present: AbstractSet[Key], waited: AbstractSet[Key], transients: AbstractSet[Key]
) -> dict[str, State]:
    failed, _ = _failure(run)
    done = _done(plan, run.status, present, transients)
    ruled_out: set[Key] = set()
    states: dict[str, State] = {}
    for step in plan.steps:
        if step.name == failed:
            state = State.FAILED
        elif step.name in done:
            state = State.DONE
            ruled_out.update(_variants_not_made(step, present))
        else:
            state = _state_of_undone(step, run.status, present, waited, ruled_out)
        if state is State.NOT_TAKEN:
            ruled_out.update(step.produces)
        states[step.name] = state
    return states


def _state_of_undone(
    step: Step, status: Status, present: AbstractSet[Key], waited: AbstractSet[Key], ruled_out: AbstractSet[Key]
) -> State:
    lacking = _lacking(step, present)
    if _is_ready(step, present):
        return _READY[status]
    if lacking and all(not waited.isdisjoint(read.keys) for read in lacking):
        return State.WAITING
    if any(all(key in ruled_out for key in read.keys) for read in lacking):
        return State.NOT_TAKEN
    return State.NOT_REACHED


def _lacking(step: Step, present: AbstractSet[Key]) -> list[Input]:
    return [read for read in step.inputs if read.required and present.isdisjoint(read.keys)]


def _is_ready(step: Step, present: AbstractSet[Key]) -> bool:
    triggers = [key for read in step.inputs if read.triggers for key in read.keys]
    return not _lacking(step, present) and (not triggers or not present.isdisjoint(triggers))


def _done(plan: Plan, status: Status, present: AbstractSet[Key], transients: AbstractSet[Key]) -> set[str]:
    """Give the builders that made what they make.

    Of a value that was taken, or lived in its call only, nothing is left to see. It was there if a builder that
    required it is done; that is why the steps are looked at from the last to the first.
    """
    vanishing = transients | {key for s in plan.steps for i in s.inputs if i.mode is Mode.TAKE for key in i.keys}
    seen = set(present)
    done: set[str] = set()
    for step in reversed(plan.steps):
        made = all(not seen.isdisjoint(slot) for slot in step.slots)
        ran = _READY[status] is State.DECLINED and _is_ready(step, present)
        if made or (ran and not (step.may_decline and vanishing.isdisjoint(step.produces))):
            done.add(step.name)
            required = (read.keys[0] for read in step.inputs if read.required and len(read.keys) == 1)
            seen.update(key for key in required if key in vanishing)
    return done


def _variants_not_made(step: Step, present: AbstractSet[Key]) -> set[Key]:
    filled = [slot for slot in step.slots if not present.isdisjoint(slot)]
    return {key for slot in filled for key in slot if key not in present}
