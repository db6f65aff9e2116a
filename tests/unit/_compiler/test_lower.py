"""Fifth stage: the plan - ordered, numbered, and free of live things."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import given

from polaris import Access, Context, Resource, Retry, Workflow, builder
from polaris._compiler.compile import compile_workflow
from polaris._model.plan import KeyKind, Plan, RetryRule
from tests.helpers.plans import make, specs
from tests.helpers.reference import Spec


class A: ...


class B: ...


class C: ...


class D: ...


class Store: ...


class Refused(Exception): ...


def plan_of(*builders: Any, **arguments: Any) -> Plan:  # noqa: ANN401
    return compile_workflow(Workflow("flow", builders=builders, **arguments)).plan


@builder
def make_b(a: A, ctx: Context, store: Resource[Store]) -> B | None: ...


@builder
def make_c(b: B) -> C: ...  # type: ignore[empty-body]


@builder
def also_d(a: A, c: Access[C]) -> D: ...  # type: ignore[empty-body]


def test_keys_are_sorted_and_say_where_they_come_from() -> None:
    plan = plan_of(make_b, make_c, target=C, transients=[B])
    assert [(info.name, info.kind, info.transient, info.reference) for info in plan.keys] == [
        ("A", KeyKind.INPUT, False, ":A"),
        ("B", KeyKind.MADE, True, ":B"),
        ("C", KeyKind.MADE, False, ":C"),
    ]


def test_steps_are_ordered_with_ties_by_name_and_levels_as_early_as_possible() -> None:
    plan = plan_of(make_c, also_d, make_b, target=tuple[C, D])
    assert [step.name for step in plan.steps] == ["make_b", "make_c", "also_d"]
    assert plan.predecessors == ((), (0,), (1,))
    assert plan.levels == ((0,), (1,), (2,))
    assert plan.triggers == (("A", (0, 2)), ("B", (1,)))


def test_a_step_holds_references_and_no_live_things() -> None:
    (step,) = plan_of(make_b, target=B).steps
    assert step.function == ":make_b"
    assert step.context == "ctx"
    assert [(given.parameter, given.key, reference) for given, reference in step.resources] == [
        ("store", "Store", ":Store")
    ]
    assert (step.slots, step.may_decline, step.retry, step.timeout) == ((("B",),), True, None, None)


def test_options_are_kept_with_durations_in_seconds() -> None:
    @builder(
        name="other",
        once=True,
        local=True,
        rerun=True,
        renamed_from=["old", "older"],
        timeout=timedelta(minutes=1),
        retry=Retry(attempts=5, on=(Refused, OSError), wait=timedelta(seconds=2), max_wait=9, jitter=0),
    )
    def make(a: A) -> B: ...  # type: ignore[empty-body]

    (step,) = plan_of(make, target=B).steps
    assert (step.name, step.once, step.local, step.rerun) == ("other", True, True, True)
    assert (step.renamed_from, step.timeout) == (("old", "older"), 60.0)
    assert step.retry == RetryRule(attempts=5, on=(":Refused", "OSError"), wait=2.0, max_wait=9.0, jitter=0.0)


def test_one_exception_is_as_good_as_several() -> None:
    @builder(retry=Retry(on=Refused))
    def make(a: A) -> B: ...  # type: ignore[empty-body]

    (step,) = plan_of(make, target=B).steps
    assert step.retry is not None
    assert step.retry.on == (":Refused",)


def test_what_was_said_about_the_workflow_is_kept() -> None:
    plan = plan_of(make_b, target=B, renamed={"Older": A, "Old": B}, timeout=timedelta(hours=1), max_passes=7)
    assert plan.workflow == "flow"
    assert plan.renamed == (("Old", "B"), ("Older", "A"))
    assert (plan.timeout, plan.max_passes) == (3600.0, 7)


@given(specs())
def test_every_plan_is_topological_with_the_smallest_name_first(spec: Spec) -> None:
    plan = compile_workflow(make(spec).workflow).plan
    settled: set[int] = set()
    for number, step in enumerate(plan.steps):
        ready = {
            plan.steps[other].name
            for other, before in enumerate(plan.predecessors)
            if other not in settled and settled.issuperset(before)
        }
        assert step.name == min(ready)
        settled.add(number)


@given(specs())
def test_every_level_is_as_early_as_possible(spec: Spec) -> None:
    plan = compile_workflow(make(spec).workflow).plan
    level = {number: index for index, numbers in enumerate(plan.levels) for number in numbers}
    assert sorted(level) == list(range(len(plan.steps)))
    for number, before in enumerate(plan.predecessors):
        assert level[number] == max((level[other] + 1 for other in before), default=0)


@given(specs())
def test_every_key_wakes_the_steps_that_it_triggers(spec: Spec) -> None:
    plan = compile_workflow(make(spec).workflow).plan
    assert all(one < other for (one, _), (other, _) in pairwise(plan.triggers))
    woken = {(key, number) for key, numbers in plan.triggers for number in numbers}
    assert woken == {
        (key, number)
        for number, step in enumerate(plan.steps)
        for given in step.inputs
        for key in given.keys
        if given.triggers
    }
