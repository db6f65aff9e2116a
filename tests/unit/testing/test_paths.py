"""Which paths of a workflow were never seen."""

from dataclasses import dataclass

import pytest

from polaris import Feedback, Workflow
from polaris.testing import path_coverage
from polaris.testing.paths import PathCoverage

pytestmark = pytest.mark.usefixtures("same_each_time")


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    n: int


@dataclass(frozen=True)
class Left:
    n: int


@dataclass(frozen=True)
class Right:
    n: int


@dataclass(frozen=True)
class Out:
    n: int


def choose(a: A, b: B | None = None) -> Left | Right | None:
    return Left(a.n)


def finish(side: Left | Right, last: Feedback[Out] | None = None) -> Out:
    return Out(min(2, last.n + 1 if last else 0))


FLOW = Workflow("flow", target=Out, builders=[choose, finish])


def test_what_was_never_seen_is_told() -> None:
    coverage = path_coverage(FLOW)
    assert coverage.missed == ("choose makes Right", "choose makes nothing", "finish is passed Right")
    assert "finish runs in another pass" in coverage.seen
    assert str(coverage).splitlines() == [
        "flow: 77 % of 13 paths seen",
        "  never seen: choose makes Right",
        "  never seen: choose makes nothing",
        "  never seen: finish is passed Right",
    ]


def test_a_stand_in_sees_all() -> None:
    assert path_coverage(FLOW, stub=[choose], at_least=100).percent == 100


def test_less_than_is_wanted_is_an_error_with_the_report() -> None:
    with pytest.raises(AssertionError, match="never seen: choose makes Right") as caught:
        path_coverage(FLOW, at_least=90)
    assert str(caught.value).endswith("at least 90 % are wanted")


def test_failures_are_told_too() -> None:
    def fail(a: A) -> Out:
        raise KeyError(a)

    coverage = path_coverage(Workflow("flow", target=Out, builders=[fail]))
    assert coverage.failures == ("fail: KeyError",)
    assert coverage.missed == ("fail makes Out", "a call ends completed")


def test_a_workflow_without_inputs_only_has_to_complete() -> None:
    def make() -> Out:
        return Out(1)

    coverage = path_coverage(Workflow("flow", target=Out, builders=[make]))
    assert coverage.seen == ("make makes Out", "a call ends completed")


def test_no_path_is_a_whole() -> None:
    assert PathCoverage(workflow="none", seen=(), missed=()).percent == 100
