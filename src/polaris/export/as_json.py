"""Pictures as JSON text, for programs that draw or read a plan in their own way.

It says what the other pictures show, and no more: `docs/reference/picture.schema.json` describes it. The text is a pure
function of what is shown: in a fixed order, in ASCII, without values.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from json import dumps

from polaris._model.contract import Input
from polaris._model.keys import Key, key_of
from polaris._model.outcome import Status
from polaris._model.plan import Plan, Step
from polaris.export.detail import part_of
from polaris.export.style import Reading, Role, State
from polaris.export.view import Run, View, reading

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Datum:
    """One datum.

    Attributes:
        key: its key.
        builder: who makes it; null if it is delivered.
        is_target: whether it belongs to the target.
        is_transient: whether its values are never stored.
        state: without a run, input or product; in a run, present, waited for or absent.
    """

    key: Key
    builder: str | None
    is_target: bool
    is_transient: bool
    state: Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Reads:
    """One parameter: the data it reads, any of which will do, and how."""

    keys: tuple[Key, ...]
    kind: Reading
    required: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One builder.

    Attributes:
        name: its name.
        function: reference to the function; the module is left out if it is the workflow's own.
        reads: its parameters, in the order of the signature.
        makes: what it makes: one list for each slot, with the variants of that.
        may_decline: whether it may make nothing.
        is_async: whether it is a coroutine function.
        state: where it stands in the run; null without one.
        note: what it waits for, or the class of what it failed with; null if there is nothing to say.
    """

    name: str
    function: str
    reads: tuple[Reads, ...]
    makes: tuple[tuple[Key, ...], ...]
    may_decline: bool
    is_async: bool
    state: State | None
    note: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The run that is shown on a plan."""

    run_id: str | None
    status: Status
    waiting_for: tuple[Key, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A plan, and where a run stands on it.

    Attributes:
        workflow: the workflow's name.
        fingerprint: of the plan.
        target: the data that complete a run; `target_all` says whether all of them, or any.
        data: those from outside in the order in which builders read them, then those that are made.
        builders: in plan order.
        run: the run; null for a plan alone.
        format: number of this format.
    """

    workflow: str
    fingerprint: str
    target: tuple[Key, ...]
    target_all: bool
    data: tuple[Datum, ...]
    builders: tuple[Drawn, ...]
    run: Shown | None
    format: int = FORMAT


def json(plan: Plan, run: Run | None = None, *, focus: object = None, depth: int | None = None) -> str:
    """Give a picture of a plan, or of a run on it, as JSON text.

    Args:
        plan: what to show.
        run: an outcome or a run's state; what is done, there and waited for is then said.
        focus: a builder, its name, a type or its key: show only what leads there, and what comes of it.
        depth: how many edges to follow from the focus; None for all.

    Raises:
        RenderError: the workflow has no such builder or data, or there is no such depth.
    """
    return dumps(asdict(_picture(part_of(plan, run, focus=focus, depth=depth))), indent=1) + "\n"


def _picture(view: View) -> Picture:
    plan, run = view.plan, view.run
    return Picture(
        workflow=plan.workflow,
        fingerprint=plan.fingerprint,
        target=plan.target,
        target_all=plan.target_all,
        data=tuple(_datum(key, view) for key in (*view.outside, *view.makers)),
        builders=tuple(_drawn(step, view) for step in plan.steps),
        run=None
        if run is None
        else Shown(run_id=run.run_id, status=run.status, waiting_for=tuple(map(key_of, run.waiting_for))),
    )


def _datum(key: Key, view: View) -> Datum:
    maker = view.makers.get(key)
    return Datum(
        key=key,
        builder=None if maker is None else view.plan.steps[maker[0]].name,
        is_target=key in view.plan.target,
        is_transient=key in view.transients,
        state=view.roles[key],
    )


def _drawn(step: Step, view: View) -> Drawn:
    return Drawn(
        name=step.name,
        function=step.function,
        reads=tuple(map(_reads, step.inputs)),
        makes=step.slots,
        may_decline=step.may_decline,
        is_async=step.is_async,
        state=view.states[step.name] or None,
        note=view.notes.get(step.name),
    )


def _reads(read: Input) -> Reads:
    return Reads(keys=read.keys, kind=reading(read), required=read.required)
