"""Every crash point: a run ends the same wherever its worker dies, and nothing that was saved is done again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple
from uuid import uuid4

from hypothesis import strategies as st

from polaris._assembly import compiled, desk_of
from polaris._model.compiled import Compiled
from polaris._model.declaration import Function
from polaris._model.events import Event, EventKind
from polaris._model.keys import Key, TypeForm, key_of
from polaris._model.outcome import Status
from polaris._model.plan import KeyKind
from polaris._model.workflow import Workflow
from polaris._runtime.bind import Bound
from polaris._runtime.engine import Engine
from polaris._runtime.hooks import NO_HOOKS, Hooks
from polaris._runtime.setup import Checkpoint
from polaris.errors import DeclarationError, RunawayLoopError, RunExistsError, StepError, StoreUnavailableError
from polaris.protocols import Store
from polaris.stores import open_store
from polaris.testing.fakes import Fault, Faults, Killed, SetClock, kill
from polaris.testing.report import Carried, Line, as_code, as_example, builder_line, call_line, compared, worded
from polaris.testing.strategies import Deltas, Strategies, Strategy, deliveries
from polaris.testing.subject import NOTHING, Subject, examples, stubbed

_LEASE = 30.0

_ONE_IN = 10
"""A script is carried once for each of its crash points: so fewer scripts are tried than of other properties."""


def every_crash(
    workflow: Workflow[Any],
    *,
    store: str = "memory://",
    script: Sequence[Mapping[TypeForm, object]] | None = None,
    checkpoint: Checkpoint = "builder",
    stub: Sequence[Function] = (),
    resources: Mapping[TypeForm, object] = NOTHING,
    strategies: Strategies = NOTHING,
) -> int:
    """Check that a run ends the same wherever its worker dies.

    Deliveries are carried once undisturbed, and then once for every crash point: the worker is killed before and after
    every operation of the store and before every builder; an operation fails, is done but its answer is lost, or comes
    when another worker has taken the run. Each time a second worker then takes the run over, and whoever delivered
    delivers again with the same ``delivery_id``. The run must end with the same data, and its history must be the
    same: each builder's work saved once, each delivery taken once. (What is made again only for its transients is not
    counted.)

    Args:
        workflow: the workflow.
        store: URL of the store; the runs that are made in it stay there.
        script: the deliveries, each a mapping from types to values; drawn from the type hints if left out.
        checkpoint: when the engine saves.
        stub: builders to stand in for by values of their own return type; see `check_workflow`.
        resources: the services that the other builders ask for, by type.
        strategies: strategies for types that need their own, by type.

    Returns:
        The number of crash points that were tried.

    Raises:
        AssertionError: a run ended otherwise; the message says where it was disturbed, and gives the deliveries.
        DeclarationError: the workflow takes transients from outside, which nobody can deliver again for the caller;
            values of a type cannot be drawn; or `stub` names a function that is no builder of it.
        RunawayLoopError: a loop does not come to rest, so that it ends elsewhere whenever it is gone on with.
    """
    found = compiled(workflow)
    passing = [info.name for info in found.plan.keys if info.transient and info.kind is KeyKind.INPUT]
    if passing:
        raise DeclarationError(
            f"{workflow.name!r} takes transients from outside ({', '.join(passing)}), which are lost in a crash.",
            do="Deliver them again in a test of your own.",
        )
    subject = Subject(found, stubbed(found, stub), workflow, resources, strategies)
    drawn = None if script is None else st.just([dict(delta) for delta in script])
    return crash_points(subject, drawn, store=store, checkpoint=checkpoint)


def crash_points(
    subject: Subject,
    scripts: Strategy | None = None,
    *,
    store: str = "memory://",
    checkpoint: Checkpoint = "builder",
    one_in: int = _ONE_IN,
) -> int:
    """Do what `every_crash` does, of a workflow that takes no transients from outside."""
    clock, count = SetClock(), 0
    kept = open_store(store, clock=clock)

    def holds(found: Compiled, subject: Subject, script: Deltas) -> None:
        nonlocal count
        count += _Crashes(subject.bound(found), kept, clock, script or [{}], checkpoint).check()

    drawn = deliveries(subject.workflow, subject.strategies) if scripts is None else scripts
    try:
        examples(subject, drawn, holds, one_in=one_in)
    finally:
        kept.close()
    return count


class _Happened(NamedTuple):
    """An event of a history, without what may differ when a run is disturbed."""

    kind: EventKind
    builder: str | None
    keys: tuple[Key, ...]
    round: int
    status: Status | None


class _End(NamedTuple):
    """How a run ended: its status, its data, and what was saved of its way there."""

    status: str
    data: Mapping[Key, object]
    history: Sequence[_Happened]


class _Point(NamedTuple):
    """Where a run is disturbed, and how.

    Attributes:
        at: the number of the operation of the store, or of the start of a builder.
        when: before or after that operation; or that it is a builder.
    """

    name: str
    at: int
    when: Literal["before", "after", "builder"]
    do: Callable[[str], object]


@dataclass(frozen=True, slots=True)
class _Crashes:
    """One script of deliveries, and all the ways in which it can be disturbed."""

    bound: Bound
    store: Store
    clock: SetClock
    script: Deltas
    checkpoint: Checkpoint

    def check(self) -> int:
        """Compare the undisturbed run with all others, and give the number of those."""
        wanted, operations, builders = self._carry(_Point("nothing", 0, "before", _die))
        points = [*self._points_of_store(operations), *self._points_of_builders(builders)]
        for point in points:
            end, _, _ = self._carry(point)
            name = self.bound.plan.workflow
            if end != wanted:
                raise AssertionError(
                    f"{name}: a run that is disturbed ({point.name.format(point.at)}) "
                    f"ends otherwise than one that is not.\n{as_code(name, self.script)}\n"
                    f"undisturbed: {worded(wanted[:2])}\ndisturbed:   {worded(end[:2])}\n"
                    f"{compared(self.bound.plan, ('undisturbed', 'disturbed'), _told(wanted), _told(end))}"
                    f"{as_example(self.script)}"
                )
        return len(points)

    def _points_of_store(self, operations: int) -> Iterator[_Point]:
        for at in range(1, operations + 1):
            yield _Point("the worker is killed before operation {}", at, "before", _die)
            yield _Point("the worker is killed after operation {}", at, "after", _die)
            yield _Point("operation {} fails", at, "before", _fail)
            yield _Point("the answer to operation {} is lost", at, "after", _fail)
            yield _Point("the lease is lost before operation {}", at, "before", self._steal)

    def _points_of_builders(self, builders: int) -> Iterator[_Point]:
        for at in range(1, builders + 1):
            yield _Point("the worker is killed when it starts builder {}", at, "builder", _die)

    def _carry(self, point: _Point) -> tuple[_End, int, int]:
        """Carry the script with something going wrong, then by a second worker to its end.

        Returns:
            How the run ended, and how many operations and builders the first worker began.
        """
        run_id = f"{self.bound.plan.workflow}: {point.name.format(point.at)}: {uuid4().hex}"
        builders = 0

        def before(_builder: str, _delta: Mapping[TypeForm, object]) -> None:
            nonlocal builders
            builders += 1
            if (point.at, point.when) == (builders, "builder"):
                faults.die()

        faults = Faults()
        if point.when != "builder":
            faults = Faults(Fault(at=point.at, when=point.when, do=lambda: point.do(run_id)))
        is_told = point.when == "builder" or not point.at  # whoever is told nothing is called as users' runs mostly are
        hooks = Hooks(before=before) if is_told else NO_HOOKS
        taken = self._deliver(run_id, 0, faults.around(self.store), hooks)
        if taken < len(self.script):
            self.clock.sleep(_LEASE + 1)
            taken = self._deliver(run_id, taken, self.store, NO_HOOKS)
        if taken < len(self.script):
            raise AssertionError(f"{point.name.format(point.at)}: nobody could take the run over")
        return self._end(run_id), len(faults.operations), builders

    def _deliver(self, run_id: str, first: int, store: Store, hooks: Hooks) -> int:
        """Deliver from one of the deliveries on, and give the number of the first that was not carried to its end."""
        number = first
        try:
            with self._engine(store, hooks) as engine:
                while number < len(self.script) and self._is_carried(engine, run_id, number):
                    number += 1
        except (Killed, StoreUnavailableError):
            pass
        return number

    def _is_carried(self, engine: Engine, run_id: str, number: int) -> bool:
        """Make one delivery, for the first time or again, and say whether it was carried to its end."""
        try:
            return self._call(engine, run_id, number) is not Status.QUEUED
        except RunawayLoopError:  # whoever goes on with it goes further
            raise
        except StepError:
            return True

    def _call(self, engine: Engine, run_id: str, number: int) -> Status:
        workflow, delta = self.bound.plan.workflow, deepcopy(self.script[number])
        data = (delta,) if delta else ()
        new = True if not data and number == 0 else None
        try:
            return engine.run(workflow, run_id, *data, delivery_id=f"delivery {number}", wait=0, new=new).status
        except RunExistsError:
            return engine.run(workflow, run_id, wait=0).status

    def _engine(self, store: Store, hooks: Hooks) -> Engine:
        desk = desk_of(
            store, self.bound, clock=self.clock, lease=_LEASE, checkpoint=self.checkpoint, hooks=hooks, at_once=1
        )
        return Engine(desk, executor=None, sleep=self.clock.sleep)

    def _steal(self, run_id: str) -> None:
        """Let another worker have the run, and do nothing with it."""
        self.clock.sleep(_LEASE + 1)
        self.store.claim(run_id, claim_id=uuid4().hex, lease=_LEASE, wanted=True)

    def _end(self, run_id: str) -> _End:
        with self._engine(self.store, NO_HOOKS) as engine:
            state = engine.get(run_id)
            events = engine.history(run_id)
        data = {key_of(form): value for form, value in state.data.items()}
        return _End(state.status, data, [_short(event) for event in events if self._counts(event)])

    def _counts(self, event: Event) -> bool:
        """Say whether something may happen only once.

        A call can be gone on with, transients can be made again, and what failed can fail again.
        """
        if event.error is not None:
            return False
        if event.builder is None:
            return event.kind is not EventKind.CALL_STARTED or bool(event.keys)
        transient = {info.name for info in self.bound.plan.keys if info.transient}
        [step] = [step for step in self.bound.plan.steps if step.name == event.builder]
        return transient.isdisjoint(key for slot in step.slots for key in slot)


def _short(event: Event) -> _Happened:
    return _Happened(event.kind, event.builder, event.keys, event.round, event.status)


def _told(end: _End) -> Carried:
    return Carried(end[:2], list(map(_line, end.history)))


def _line(one: _Happened) -> Line:
    if one.builder is not None:
        return Line(one.builder, f"{builder_line(one.builder, one.keys)} in round {one.round}")
    return Line(None, call_line(one.keys) if one.status is None else f"  {one.status}")


def _die(_run_id: str) -> None:
    kill()


def _fail(_run_id: str) -> None:
    raise StoreUnavailableError("the store", why="a test has it fail", do="Try again.")
