import sys
from pathlib import Path

import pytest
from hypothesis import given

from polaris.testing import Run, assert_pure, assert_same_everywhere, check_workflow, path_coverage, runs

sys.path.insert(0, str(Path(__file__).parent))

from orders import BUGS, Bank, order


def test_the_order_keeps_what_every_workflow_must() -> None:
    check_workflow(order, resources={Bank: Bank()})


@given(runs(order, resources={Bank: Bank()}))
def test_no_order_fails(run: Run) -> None:
    assert run.failure is None


def test_every_path_of_the_order_is_seen() -> None:
    path_coverage(order, resources={Bank: Bank()}, at_least=100)


def test_a_value_that_changes_in_the_store_is_found() -> None:
    with pytest.raises(AssertionError, match="a run that is paused and reloaded ends otherwise"):
        assert_same_everywhere(BUGS["a value changes in the store"], resources={Bank: Bank()})


@pytest.mark.parametrize(
    ("bug", "builder"), [("a global is read", "add_up_with_memory"), ("an effect is not guarded", "charge")]
)
def test_a_builder_that_is_not_pure_is_named(bug: str, builder: str) -> None:
    with pytest.raises(AssertionError, match=f"{builder} makes something else of the same"):
        assert_pure(BUGS[bug], resources={Bank: Bank()})


@pytest.mark.parametrize("bug", BUGS)
def test_one_line_finds_every_bug(bug: str) -> None:
    with pytest.raises(AssertionError):
        check_workflow(BUGS[bug], resources={Bank: Bank()})
