"""What is doubtful but works; `test_codes.py` has an example of each."""

import pytest

from polaris import Access, Feedback, Take, Workflow, builder
from polaris._compiler import doubts
from polaris._compiler.compile import compile_workflow
from tests.unit._compiler.modules import HEADER, Write, faults_of, workflow_of


class A: ...


class B: ...


class C: ...


class D: ...


class E: ...


def codes_of(*builders: object, **arguments: object) -> list[str]:
    """Give the codes of what is doubtful, but for that these builders may be local."""
    workflow: Workflow[object] = Workflow("flow", builders=builders, **arguments)  # type: ignore[arg-type]
    return [each.code for each in faults_of(workflow, thorough=True) if each.code != "POL308"]


def split(a: A) -> B | C: ...
def from_b(b: B) -> D: ...
def from_c(c: C) -> D: ...
def from_either(either: B | C) -> D: ...
def from_both(b: B, c: C | None = None) -> D: ...


def test_a_variant_that_somebody_reads_or_that_is_a_target_is_no_dead_end() -> None:
    assert codes_of(split, from_either, target=D) == []
    assert codes_of(split, target=B | C) == []
    assert codes_of(split, from_b, target=C | D) == []


def test_a_variant_that_leads_to_another_target_is_no_dead_state() -> None:
    assert codes_of(split, from_both, target=C | D) == []
    assert codes_of(split, from_both, target=D) == ["POL303"]


def test_what_is_ruled_out_is_only_the_rest_of_the_slot() -> None:
    def both(a: A) -> tuple[B, E]: ...
    def ends(b: B, e: E) -> C | D: ...

    assert codes_of(both, ends, target=C | D) == []


def needs_all(b: B, c: C) -> E: ...


def test_all_of_a_target_must_be_reachable_together() -> None:
    def ends(b: B | None = None, c: C | None = None) -> D: ...

    assert codes_of(split, ends, needs_all, target=tuple[D, E]) == ["POL303", "POL303"]


def test_the_search_says_where_it_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doubts, "MOST_STEPS", 4)
    workflow: Workflow[D] = Workflow("flow", builders=[split, from_both], target=D)
    (found,) = (each for each in faults_of(workflow, thorough=True) if each.code != "POL308")
    assert found.code == "POL309"
    assert "from C of `split` on" in found.message


def test_alternatives_that_always_change_together_have_no_order() -> None:
    def make_b(a: A) -> B: ...
    def make_c(a: A) -> C: ...

    assert codes_of(make_b, make_c, from_either, target=D) == []
    assert codes_of(make_b, from_either, target=D) == ["POL304"]


def test_what_is_only_looked_at_has_an_order_unless_its_reader_is_woken_with_it() -> None:
    def make_b(a: A) -> B: ...
    def looks(a: A, b: Access[B]) -> D: ...
    def looks_at_outside(a: A, c: Access[C]) -> D: ...
    def looks_at_its_own(a: A, d: Access[D]) -> D: ...
    def looks_alone(c: Access[C]) -> D: ...

    assert codes_of(make_b, looks, target=tuple[D, B]) == []
    assert codes_of(looks_at_outside, target=D) == ["POL304"]
    assert codes_of(looks_at_its_own, target=D) == []
    assert codes_of(looks_alone, target=D) == ["POL304"]


def test_what_comes_too_late_for_a_builder_that_runs_once_is_told() -> None:
    @builder(once=True)
    def charge(a: A, b: B | None = None) -> D: ...
    @builder(once=True)
    def charge_all(a: A, b: B) -> D: ...
    @builder(once=True)
    def charge_anyway(b: B | None = None) -> D: ...
    @builder(once=True)
    def charge_looking(a: A, d: Feedback[D] | None = None) -> D: ...

    assert codes_of(charge, target=D) == ["POL304"]
    assert codes_of(charge_all, target=D) == []
    assert codes_of(charge_anyway, target=D) == ["POL304"]
    assert codes_of(charge_looking, target=D) == []


def test_only_a_builder_that_decides_judges_and_what_is_taken_counts_once() -> None:
    def decides(a: A, b: B) -> C | None: ...
    def takes(a: A, b: Take[B]) -> C | None: ...
    def joins(a: A, b: B) -> C: ...

    assert codes_of(decides, target=C) == ["POL305"]
    assert codes_of(takes, target=C) == []
    assert codes_of(joins, target=C) == []


def test_a_transient_that_comes_with_whatever_else_wakes_its_reader_loses_nothing() -> None:
    def parse(a: A) -> B: ...
    def keeps(a: A, b: B) -> C: ...
    def keeps_late(b: B, d: D) -> C: ...
    def passes_on(b: B, d: D) -> E: ...
    def ends(e: E) -> C: ...

    assert codes_of(parse, keeps, target=C, transients=[B]) == []
    assert codes_of(parse, keeps_late, target=C, transients=[B]) == ["POL306"]
    assert codes_of(parse, passes_on, ends, target=C, transients=[B, E]) == []


def test_nothing_is_looked_for_unless_it_is_asked_for(write: Write) -> None:
    flow = workflow_of(write(HEADER + "@builder\ndef make(a: A) -> B | C: ...\nflow = Workflow('flow', target=B)\n"))
    assert compile_workflow(flow).warnings == ()
    assert [each.code for each in faults_of(flow, thorough=True)] == ["POL302"]
