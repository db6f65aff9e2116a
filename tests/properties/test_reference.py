"""A call does what the rules say: random runs are compared with the reference interpreter, and with the theorems."""

from __future__ import annotations

from hypothesis import given

import polaris
from polaris._assembly import compiled
from polaris._runtime.bind import bind
from polaris.errors import RunawayLoopError, StepError
from polaris.testing.expected import Expected
from tests.helpers.plans import Call, Features, Made, make
from tests.helpers.profiles import MANY
from tests.helpers.reference import Run
from tests.helpers.scripts import NOTHING, Came, Comparison, Script, came_of, scripts


def run_call(engine: polaris.Engine, made: Made, call: Call, *, new: bool | None = None) -> Came:
    made.failing.clear()
    made.failing.update(call.failing)
    try:
        return engine.run(made.workflow, "run", *made.delta(call.delta), new=new), None
    except StepError as error:
        return came_of(error)


@MANY
@given(scripts())
def test_every_call_comes_to_what_the_reference_interpreter_says(script: Script) -> None:
    spec, sequence = script
    made = make(spec)
    comparison = Comparison(made)
    with polaris.open_engine("memory://", made.workflow) as engine:
        for number, call in enumerate([NOTHING, *sequence]):
            comparison.see(call, run_call(engine, made, call, new=number == 0))


@MANY
@given(scripts())
def test_the_rules_say_the_same_of_real_builders(script: Script) -> None:
    spec, sequence = script
    made = make(spec)
    expected, reference = Expected(bind(compiled(made.workflow), {})), Run(spec)
    for call in [NOTHING, *sequence]:
        made.failing.clear()
        made.failing.update(call.failing)
        expected.call({key: made.types[key](value) for key, value in call.delta.items()})
        reference.call(call.delta, call.failing)
        assert (expected.status, expected.failed) == (reference.status, reference.failed)
        assert {key: vars(value)["n"] for key, value in expected.data.items()} == reference.data


@MANY
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


@MANY
@given(scripts())
def test_at_most_one_variant_of_a_slot_is_there(script: Script) -> None:
    spec, sequence = script
    made = make(spec)
    with polaris.open_engine("memory://", made.workflow) as engine:
        for call in sequence:
            outcome, _ = run_call(engine, made, call) if call.delta else (None, None)
            there = made.plain(outcome.data) if outcome else {}
            assert all(sum(key in there for key in slot) <= 1 for b in spec.builders for slot in b.slots)


@MANY
@given(scripts(Features(failures=False, transients=False)))
def test_a_loop_that_does_not_settle_is_stopped_with_everything_saved_and_gone_on_with(script: Script) -> None:
    spec, sequence = script
    made = make(spec)
    with polaris.open_engine("memory://", made.workflow) as engine:
        for call in sequence:
            try:
                engine.run(made.workflow, "run", *made.delta(call.delta), new=None if call.delta else True)
            except RunawayLoopError as error:
                assert (error.passes, error.run_id) == (spec.max_passes, "run")
                assert error.outcome is not None
                assert engine.get("run").data == error.outcome.data
                made.ran.clear()
                try:
                    engine.run(made.workflow, "run")
                except RunawayLoopError as again:
                    assert again.passes == spec.max_passes
                assert error.step in made.ran
                return
            except polaris.errors.RunExistsError:
                continue


SCRATCH = Features(
    once=False, take=False, access=False, feedback=False, transients=False, mixed_one_of=False, failures=False,
    made_deliveries=False,
)  # fmt: skip


@MANY
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
        one_by_one = engine.run(made.workflow, "one by one", new=True)
        for key in sorted(last):
            one_by_one = engine.run(made.workflow, "one by one", *made.delta({key: last[key]}))
        again = engine.rerun("run")
    assert (again.status, again.data) == (outcome.status, outcome.data)
    assert (scratch.status, scratch.data) == (outcome.status, outcome.data)
    assert (one_by_one.status, one_by_one.data) == (outcome.status, outcome.data)
    assert polaris.run(made.workflow, *made.delta(last)).data == outcome.data
