"""The worked examples of the rules, round by round."""

from dataclasses import dataclass
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import polaris
from polaris import Feedback, Status, Workflow
from polaris._assembly import compiled
from polaris._model.keys import Key
from polaris._model.snapshot import Snapshot
from polaris._runtime.bind import Bound, bind
from polaris._runtime.call import Call, Setting, prepare, products
from polaris._runtime.index import PlanIndex, index_plan
from polaris._runtime.walk import Walk
from polaris.errors import RunawayLoopError
from tests.helpers.plans import Made, calls, make, specs
from tests.helpers.reference import Spec


@dataclass(frozen=True)
class Request:
    n: int


@dataclass(frozen=True)
class Matched:
    n: int


@dataclass(frozen=True)
class Arrived:
    n: int


@dataclass(frozen=True)
class Ended:
    n: int


def match(request: Request) -> Matched | None:
    return Matched(request.n) if request.n else None


def end(matched: Matched, arrived: Arrived) -> Ended:
    return Ended(matched.n + arrived.n)


ride = Workflow("ride", target=Ended, builders=[match, end])


@dataclass(frozen=True)
class Goal:
    n: int


@dataclass(frozen=True)
class N:
    n: int


def count(goal: Goal, n: Feedback[N] | None = None) -> N:
    return N(min(goal.n, 1 + (n.n if n else 0)))


loop = Workflow("loop", target=N, builders=[count])


def flip(goal: Goal, n: Feedback[N] | None = None) -> N:
    return N(1 - n.n if n else 0)


runaway = Workflow("runaway", target=N, builders=[flip], max_passes=7)


def walk_of(workflow: Workflow[object]) -> tuple[Walk, PlanIndex]:
    index = index_plan(compiled(workflow).plan)
    return Walk.fresh(index, lambda _, old, new: old == new), index


def carry(walk: Walk, workflow: Workflow[object]) -> list[str]:
    """Do what a driver does, one step at a time, and say who ran in which round."""
    bound = bind(compiled(workflow), {})
    said: list[str] = []
    while len(said) < 20:
        for number in walk.ready(1):
            step = bound.steps[number]
            keys = {given.parameter: walk.ledger.pick(given) for given in step.inputs}
            made = step.function(**{p: walk.ledger.entry(key).value for p, key in keys.items() if key})
            said.append(f"{step.step.name}@{walk.ledger.round}")
            walk.made(number, [] if made is None else [(Key(type(made).__name__), made)])
            walk.done(number)
        if not walk.is_active and not walk.next_pass():
            walk.finish()
            break
    return said


def rounds(walk: Walk) -> dict[str, int]:
    return {key: entry.changed for key, entry in walk.ledger.snapshot().entries.items()}


def test_a_ride_goes_as_the_worked_example_says() -> None:
    walk, _ = walk_of(ride)
    walk.deliver([(Key("Request"), Request(1))])
    assert carry(walk, ride) == ["match@2"]
    assert (rounds(walk), walk.ledger.clean_at) == ({"Request": 1, "Matched": 2}, 2)

    walk.deliver([(Key("Arrived"), Arrived(1))])
    assert carry(walk, ride) == ["end@4"]

    walk.deliver([(Key("Request"), Request(0))])
    assert carry(walk, ride) == ["match@6"]
    assert (rounds(walk)["Matched"], rounds(walk)["Ended"]) == (6, 6)
    assert not walk.ledger.has(Key("Ended"))


def test_a_run_whose_builder_declined_is_blocked_and_can_be_reopened() -> None:
    with polaris.open_engine("memory://", ride) as engine:
        assert engine.run(ride, "r", Request(1)).waiting_for == (Arrived,)
        assert engine.run(ride, "r", Arrived(1)).status is Status.COMPLETED
        assert engine.run(ride, "r", Request(0)).status is Status.BLOCKED
        assert engine.run(ride, "r", Request(2)).result == Ended(3)


def test_a_loop_goes_as_the_worked_example_says() -> None:
    walk, _ = walk_of(loop)
    walk.deliver([(Key("Goal"), Goal(2))])
    assert carry(walk, loop) == ["count@2", "count@3", "count@4"]
    entry = walk.ledger.entry(Key("N"))
    assert (entry.value, entry.changed, entry.different) == (N(2), 4, 3)


@pytest.mark.parametrize("store", [None, "memory://"])
def test_a_loop_that_settles_on_an_equal_value_ends(store: str | None) -> None:
    if store is None:
        assert polaris.run(loop, Goal(3)).result == N(3)
    else:
        with polaris.open_engine(store, loop) as engine:
            assert engine.run(loop, "r", Goal(3)).result == N(3)


def test_a_loop_that_never_settles_is_stopped_with_everything_saved_and_goes_on_when_asked() -> None:
    with polaris.open_engine("memory://", runaway) as engine:
        with pytest.raises(RunawayLoopError) as caught:
            engine.run(runaway, "r", Goal(1))
        assert (caught.value.step, caught.value.passes, caught.value.run_id) == ("flip", 7, "r")
        state = engine.get("r")
        assert (state.status, state.error, state[N]) == (Status.FAILED, "flip: RunawayLoopError", N(0))
        with pytest.raises(RunawayLoopError):
            engine.run(runaway, "r")
        assert engine.get("r")[N] == N(1)


# --- in general ------------------------------------------------------------------------------------------------------


SETTING = Setting(workflow="made", run_id=None, uid="u")


def ends_of(made: Made, deltas: list[dict[str, int]], chance: Random | None) -> list[Snapshot]:
    """Give the state after every call of a run: its steps run one by one, or together and end by chance."""
    bound = bind(compiled(made.workflow), {})
    walk = Walk.fresh(bound.index, lambda _, old, new: old == new)
    ends: list[Snapshot] = []
    for delta in deltas:
        walk.deliver([(Key(key), made.types[key](value)) for key, value in delta.items()])
        for _ in range(made.spec.max_passes):
            run_a_pass(walk, bound, chance)
            if not walk.next_pass():
                break
        walk.finish()
        ends.append(walk.ledger.snapshot())
    return ends


def run_a_pass(walk: Walk, bound: Bound, chance: Random | None) -> None:
    started: list[tuple[int, Call]] = []
    while walk.is_active:
        for number in walk.ready(None if chance else 1):
            index = bound.index.steps[number]
            started.append((number, prepare(bound.steps[number], walk.ledger, index, SETTING)))
        if started:
            number, call = started.pop(chance.randrange(len(started)) if chance else 0)
            walk.made(number, products(bound.steps[number], call()))
            walk.done(number)


@given(specs().flatmap(lambda spec: st.tuples(st.just(spec), calls(spec))), st.randoms())
def test_the_end_of_a_call_does_not_depend_on_which_of_two_parallel_steps_ends_first(
    script: tuple[Spec, list[Any]], chance: Random
) -> None:
    spec, sequence = script
    made, deltas = make(spec), [call.delta for call in sequence if call.delta]
    assert ends_of(made, deltas, chance) == ends_of(made, deltas, None)
