"""Passes: what is read through Feedback is seen in the pass after."""

from dataclasses import dataclass

import pytest

from polaris import Feedback, Workflow
from polaris._assembly import compiled
from polaris._runtime.index import index_plan
from polaris._runtime.walk import Walk
from tests.unit._runtime.walks import deliver, end, equal, fail, ready


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class Left:
    n: int


@dataclass(frozen=True)
class Right:
    n: int


def walk_of(*functions: object) -> Walk:
    return Walk.fresh(index_plan(compiled(Workflow("flow", target=Right, builders=functions)).plan), equal)


@pytest.mark.parametrize(("second", "again"), [(1, False), (2, True)])
def test_another_pass_begins_only_if_what_is_read_through_feedback_became_different(second: int, again: bool) -> None:
    def early(a: A, right: Feedback[Right] | None = None) -> Left: ...

    def late(left: Left) -> Right: ...

    walk = walk_of(early, late)
    deliver(walk, A=1)
    more = False
    for value in (1, second):
        assert ready(walk) == ["early"]
        end(walk, "early", Left=value)
        assert ready(walk) == ["late"]
        end(walk, "late", Right=value)
        more = walk.next_pass()
    assert more is again
    assert walk.ledger.round == 3 + again


def test_a_step_that_requires_feedback_waits_for_the_pass_after() -> None:
    def early(right: Feedback[Right]) -> Left: ...

    def late(a: A, left: Left | None = None) -> Right: ...

    walk = walk_of(early, late)
    deliver(walk, A=1)
    assert ready(walk) == ["late"]
    end(walk, "late", Right=1)
    assert ready(walk) == []
    assert walk.next_pass()
    assert ready(walk) == ["early"]


def early(a: A, right: Feedback[Right] | None = None) -> Left: ...


def late(left: Left) -> Right: ...


def looped() -> Walk:
    """A call in its second pass."""
    walk = walk_of(early, late)
    deliver(walk, A=1)
    ready(walk)
    end(walk, "early", Left=1)
    ready(walk)
    end(walk, "late", Right=1)
    assert walk.next_pass()
    assert ready(walk) == ["early"]
    return walk


def test_the_passes_of_a_call_that_was_killed_are_counted_on() -> None:
    walk = looped()
    assert walk.ledger.passes == 2
    again = Walk(walk._index, walk.ledger.snapshot(), equal)
    again.resume()
    assert (again.ledger.passes, ready(again)) == (2, ["early"])


def test_the_passes_of_a_call_that_failed_are_counted_anew() -> None:
    walk = looped()
    fail(walk, "early")
    walk.finish()
    walk.resume()
    assert (walk.ledger.passes, ready(walk)) == (1, ["early"])


def test_the_passes_of_the_next_call_are_counted_anew() -> None:
    walk = looped()
    end(walk, "early", Left=2)
    walk.finish()
    deliver(walk, A=3)
    assert walk.ledger.passes == 1


def test_what_was_undone_is_news_to_who_reads_it_through_feedback() -> None:
    def early(a: A, right: Feedback[Right] | None = None) -> Left | None: ...

    def late(left: Left) -> Right: ...

    walk = walk_of(early, late)
    deliver(walk, A=1)
    ready(walk)
    end(walk, "early", Left=1)
    ready(walk)
    end(walk, "late", Right=1)
    assert walk.next_pass()
    assert ready(walk) == ["early"]
    end(walk, "early")
    assert ready(walk) == []
    assert walk.next_pass()
    assert ready(walk) == ["early"]
    assert walk.ledger.pick(walk._index.steps[0].step.inputs[1]) is None


def test_a_step_whose_trigger_is_there_waits_for_the_feedback_that_it_requires() -> None:
    def early(a: A, right: Feedback[Right]) -> Left: ...

    def late(a: A, left: Left | None = None) -> Right: ...

    walk = walk_of(early, late)
    deliver(walk, A=1)
    assert ready(walk) == ["late"]
    end(walk, "late", Right=1)
    assert walk.next_pass()
    assert ready(walk) == ["early"]
