"""What is said of a run is true: random runs are asked, and then it is tried."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import chain, combinations

from hypothesis import assume, given
from hypothesis import strategies as st

import polaris
from polaris import Engine, Plan, Status
from polaris._insight.next_inputs import next_inputs
from polaris._insight.reach import could_change, goals, helpful
from polaris._insight.scene import scene_of
from polaris._insight.stored import snapshot_of, why_stored
from polaris._model.outcome import Outcome
from polaris._model.records import Stored
from polaris._model.why import Reason, Why
from polaris.errors import StepError
from polaris.stores import MemoryStore
from polaris.testing.fakes import SetClock
from tests.helpers.plans import Call, Features, Made, make
from tests.helpers.profiles import MANY
from tests.helpers.reference import Spec
from tests.helpers.scripts import NOTHING, Script, scripts


@dataclass
class World:
    """A workflow with a store, in which the same calls can be made again and again under other run ids."""

    made: Made
    sequence: list[Call]
    plan: Plan
    store: MemoryStore
    engine: Engine
    runs: int = 0

    def again(self) -> str:
        """Make all calls, in a new run."""
        self.runs += 1
        run_id = f"run-{self.runs}"
        for number, call in enumerate([NOTHING, *self.sequence]):
            self._call(run_id, call, new=number == 0)
        return run_id

    def stored(self, run_id: str) -> Stored:
        stored = self.store.load(run_id)
        assert stored is not None
        return stored

    def deliver(self, keys: Iterable[str], value: int) -> tuple[Outcome[object] | None, list[str]]:
        """Make all calls in a new run, then deliver some keys; give the outcome and which builders ran of that."""
        run_id = self.again()
        self.made.ran.clear()
        outcome = self._call(run_id, Call(dict.fromkeys(keys, value), frozenset()))
        return outcome, list(self.made.ran)

    def _call(self, run_id: str, call: Call, *, new: bool | None = None) -> Outcome[object] | None:
        self.made.failing.clear()
        self.made.failing.update(call.failing)
        try:
            return self.engine.run(self.made.workflow, run_id, *self.made.delta(call.delta), new=new)
        except StepError:
            return None


@contextmanager
def opened(script: Script) -> Iterator[World]:
    spec, sequence = script
    made, store = make(spec), MemoryStore(SetClock())
    with polaris.open_engine(store, made.workflow) as engine:
        yield World(made, sequence, polaris.compile_plan(made.workflow), store, engine)


def subsets(keys: Iterable[object]) -> list[tuple[str, ...]]:
    """Give the proper subsets that hold something."""
    names = [str(key) for key in keys]
    return list(chain.from_iterable(combinations(names, size) for size in range(1, len(names))))


def is_clean(stored: Stored) -> bool:
    return stored.header.clean_at == stored.header.round


def sure(spec: Spec) -> Spec:
    """Have every builder make all it can: what were variants are slots of their own."""
    builders = [
        replace(one, declines=False, slots=tuple((key,) for slot in one.slots for key in slot)) for one in spec.builders
    ]
    return replace(spec, builders=tuple(builders))


# --- why -------------------------------------------------------------------------------------------------------------


def check_why(found: Why, stored: Stored, script: Script) -> None:
    spec, sequence = script
    there = {cell.key for cell in stored.cells if cell.text is not None}
    builders = {builder.name: builder for builder in spec.builders}
    delivered = {key for call in sequence for key in call.delta}
    data = [key for part in found.parts for key in part.data]
    assert len(data) == len(set(data)), "each is told once"
    assert there.isdisjoint(data), "and is absent"
    assert set(data) >= {*found.missing, *(key for part in found.parts for needs in part.needs for key in needs)}
    for part in found.parts:
        builder = builders.get(part.builder or "")
        assert builder is None or set(part.data) <= set(builder.produces)
        assert {*part.instead} <= there | set(spec.transients)
        match part.reason:
            case Reason.NEVER:
                assert delivered.isdisjoint(part.data)
            case Reason.WAITS:
                assert part.needs
            case Reason.DECLINED:
                assert builder is not None
                assert builder.declines or len(builder.slots) > 1
            case Reason.OTHER:
                assert part.instead
            case Reason.FAILED:
                assert stored.header.status is Status.FAILED
            case Reason.LOST:
                assert spec.transients.issuperset(part.data)
            case _:
                assert part.reason is not Reason.QUEUED


@MANY
@given(scripts())
def test_why_names_only_what_is_absent_each_once_and_for_a_reason_that_is_true(script: Script) -> None:
    with opened(script) as world:
        stored = world.stored(world.again())
        found = why_stored(world.plan, stored)
        check_why(found, stored, script)
        assert (stored.header.status is Status.COMPLETED) <= (found.parts == ())
        if found.parts == ():
            assert set(script[0].target) & {cell.key for cell in stored.cells if cell.present}
        text = str(found)
        assert all(text.count(f"  {', '.join(part.data)}: ") == 1 for part in found.parts)


@MANY
@given(scripts(Features(failures=False)))
def test_nothing_is_left_to_do_and_nothing_failed_where_a_call_ended_well(script: Script) -> None:
    with opened(script) as world:
        stored = world.stored(world.again())
        assume(is_clean(stored))
        reasons = {part.reason for part in why_stored(world.plan, stored).parts}
        assert reasons.isdisjoint({Reason.READY, Reason.FAILED})


# --- what next -------------------------------------------------------------------------------------------------------


def on_the_way(plan: Plan, stored: Stored) -> set[str]:
    """Name the builders that could bring a run nearer to its target."""
    scene = scene_of(plan, snapshot_of(stored))
    could = could_change(scene)
    return {role.step.name for role in helpful(scene, could, goals(scene, could))}


@MANY
@given(scripts(), st.integers(0, 4))
def test_a_set_has_a_new_builder_run_and_no_proper_subset_does(script: Script, value: int) -> None:
    with opened(script) as world:
        stored = world.stored(world.again())
        found = next_inputs(world.plan, snapshot_of(stored))
        assert found.exact
        absent = set(script[0].outside) - {cell.key for cell in stored.cells if cell.text is not None}
        assert all(absent.issuperset(map(str, data)) for data in found.sets)
        near = on_the_way(world.plan, stored)
        for way in found.ways:
            if way.data:
                _, ran = world.deliver(map(str, way.data), value)
                assert ran[0] in {*way.runs, *found.pending}
            for part in subsets(way.data) if is_clean(stored) else []:
                _, others = world.deliver(part, value)
                assert near.isdisjoint(others)


@MANY
@given(scripts(), st.integers(0, 4))
def test_there_are_no_sets_only_for_runs_that_are_completed_or_dead(script: Script, value: int) -> None:
    with opened(script) as world:
        stored = world.stored(world.again())
        found = next_inputs(world.plan, snapshot_of(stored))
        assert found.is_complete or (stored.header.status is not Status.COMPLETED)
        absent = set(script[0].outside) - {cell.key for cell in stored.cells if cell.text is not None}
        if found.sets or found.is_complete:
            return
        for keys in [tuple(sorted(absent)), *subsets(sorted(absent))]:
            outcome, _ = world.deliver(keys, value) if keys else (None, [])
            assert outcome is None or outcome.status is not Status.COMPLETED


@MANY
@given(scripts(), st.data())
def test_what_holds_none_of_the_sets_does_not_reach_the_goal(script: Script, data: st.DataObject) -> None:
    spec, _ = script
    with opened(script) as world:
        stored = world.stored(world.again())
        builder = data.draw(st.sampled_from(spec.builders))
        until = data.draw(st.sampled_from([builder.name, *builder.produces]))
        found = next_inputs(world.plan, snapshot_of(stored), (until,))
        assume(found.exact)
        absent = sorted(set(spec.outside) - {cell.key for cell in stored.cells if cell.text is not None})
        if absent:
            keys = data.draw(st.sets(st.sampled_from(absent), min_size=1))
            if not any(set(map(str, one)) <= keys for one in found.sets):
                _, ran = world.deliver(sorted(keys), data.draw(st.integers(0, 4)))
                assert builder.name not in ran


@MANY
@given(scripts(Features(failures=False)), st.data())
def test_where_builders_can_but_make_what_is_hoped_a_set_reaches_the_goal(script: Script, data: st.DataObject) -> None:
    spec = sure(script[0])
    with opened((spec, script[1])) as world:
        stored = world.stored(world.again())
        assume(is_clean(stored))
        builder = data.draw(st.sampled_from(spec.builders))
        until = data.draw(st.sampled_from([builder.name, *builder.produces]))
        for way in next_inputs(world.plan, snapshot_of(stored), (until,)).ways:
            if way.data:
                _, ran = world.deliver(map(str, way.data), data.draw(st.integers(0, 4)))
                assert builder.name in ran
