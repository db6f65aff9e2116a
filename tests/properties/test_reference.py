"""The engine does what the rules say: every random run is compared with the reference interpreter."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

import polaris
from polaris import Status
from polaris.errors import StepError
from tests.helpers.plans import ALL, Call, Features, Made, calls, make, specs
from tests.helpers.reference import Run, Spec

Script = tuple[Spec, list[Call]]


@st.composite
def scripts(draw: st.DrawFn, features: Features = ALL) -> Script:
    spec = draw(specs(features))
    return spec, draw(calls(spec, features))


NOTHING = Call({}, frozenset())


def run_call(engine: polaris.Engine, made: Made, call: Call, *, new: bool | None = None) -> tuple[Any, str | None]:
    made.failing.clear()
    made.failing.update(call.failing)
    try:
        return engine.run(made.workflow, "run", *made.delta(call.delta), new=new), None
    except StepError as error:
        return error.outcome, error.step


def without(values: dict[str, int], keys: frozenset[str]) -> dict[str, int]:
    return {key: value for key, value in values.items() if key not in keys}


def compare(engine: polaris.Engine, made: Made, spec: Spec, script: list[Call]) -> None:
    reference = Run(spec)
    for number, call in enumerate([NOTHING, *script]):
        outcome, failed = run_call(engine, made, call, new=number == 0)
        reference.call(dict(call.delta), call.failing)
        assert failed == reference.failed
        assert made.plain(outcome.data) == reference.data
        lost = spec.transients if reference.went_on else frozenset[str]()  # made before the failure, never stored
        assert without(made.plain(outcome.produced), lost) == without(reference.produced, lost)
        assert (outcome.status is Status.COMPLETED) == (reference.status == "completed")
        assert (outcome.status is Status.FAILED) == (reference.status == "failed")


@given(scripts())
def test_every_call_comes_to_what_the_reference_interpreter_says(script: Script) -> None:
    spec, sequence = script
    made = make(spec)
    with polaris.open_engine("memory://", made.workflow) as engine:
        compare(engine, made, spec, sequence)


@given(scripts(Features(failures=False)))
def test_threads_come_to_the_same_in_any_order_of_completion(script: Script) -> None:
    spec, sequence = script
    made = make(spec)
    with ThreadPoolExecutor(3) as pool, polaris.open_engine("memory://", made.workflow, executor=pool) as engine:
        compare(engine, made, spec, sequence)


@given(scripts())
def test_nothing_is_dirty_after_a_call_that_ended_well(script: Script) -> None:
    spec, sequence = script
    made = make(spec)
    with polaris.open_engine("memory://", made.workflow) as engine:
        for number, call in enumerate([NOTHING, *sequence]):
            outcome, failed = run_call(engine, made, call, new=number == 0)
            if failed is None:
                made.ran.clear()
                again = engine.run(made.workflow, "run")
                assert made.ran == []
                assert (again.status, again.data, dict(again.produced)) == (outcome.status, outcome.data, {})


@given(scripts())
def test_at_most_one_variant_of_a_slot_is_there(script: Script) -> None:
    spec, sequence = script
    made = make(spec)
    with polaris.open_engine("memory://", made.workflow) as engine:
        for call in sequence:
            outcome, _ = run_call(engine, made, call) if call.delta else (None, None)
            there = made.plain(outcome.data) if outcome else {}
            assert all(sum(key in there for key in slot) <= 1 for b in spec.builders for slot in b.slots)


SCRATCH = Features(
    once=False, take=False, access=False, feedback=False, transients=False, mixed_one_of=False, failures=False,
    made_deliveries=False,
)  # fmt: skip


@given(scripts(SCRATCH))
def test_the_end_is_what_would_be_made_from_scratch(script: Script) -> None:
    spec, sequence = script
    made = make(spec)
    with polaris.open_engine("memory://", made.workflow) as engine:
        outcome = engine.run(made.workflow, "run", new=True)
        last: dict[str, int] = {}
        for call in sequence:
            last |= call.delta
            outcome, _ = run_call(engine, made, call)
        scratch = engine.run(made.workflow, "scratch", *made.delta(last), new=True)
    assert (scratch.status, scratch.data) == (outcome.status, outcome.data)
    assert polaris.run(made.workflow, *made.delta(last)).data == outcome.data
