"""A run under everything that can happen to it."""

from itertools import count
from pathlib import Path

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from polaris import Workflow
from polaris.errors import DeclarationError
from polaris.testing import machine
from tests.unit.testing.subjects import FLOW, A, Out, make

FEW = settings(
    max_examples=12,
    stateful_step_count=12,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate, Phase.shrink),
)


@pytest.mark.parametrize("place", ["memory://", "sqlite:///{}/runs.db"])
def test_a_run_is_always_as_the_rules_say(place: str, tmp_path: Path) -> None:
    run_state_machine_as_test(machine(FLOW, store=place.format(tmp_path)), settings=FEW)


def test_builders_can_be_stood_in_for() -> None:
    run_state_machine_as_test(machine(FLOW, stub=[make]), settings=FEW)


def test_a_run_that_is_not_as_the_rules_say_is_found() -> None:
    numbers = count()

    def number(a: A) -> Out:
        return Out(next(numbers))

    flow = Workflow("flow", target=Out, builders=[number])
    with pytest.raises(AssertionError, match="a run in a store is not as the rules of a call say") as caught:
        run_state_machine_as_test(machine(flow), settings=FEW)
    said = str(caught.value)
    assert '    engine.run(flow, "run", {A: A(n=0)})' in said.splitlines()
    assert "    @example([{A: A(n=0)}" in said
    assert "  by the rules" in said, "the histories stand side by side"
    assert "flowchart" in said, "there is a picture"


def out_of_nothing() -> Out: ...


@pytest.mark.parametrize(
    ("flow", "what"),
    [
        (Workflow("flow", target=Out, builders=[make], transients=[A]), "'flow' takes transients from outside."),
        (Workflow("flow", target=Out, builders=[out_of_nothing]), "'flow' takes no data from outside."),
    ],
    ids=["transient", "nothing"],
)
def test_what_cannot_be_delivered_again_is_refused(flow: Workflow[object], what: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        machine(flow)
    assert caught.value.what == what
