from dataclasses import dataclass

import pytest

from polaris._model.ahead import NextInputs, Way
from tests.unit._model.nouns import assert_noun


@dataclass(frozen=True)
class Card:
    n: int


PAY = Way(data=(Card, "Otp"), runs=("pay",))
WALK = Way(data=("Cash",))


LINES = """\
flow: any of these gets it to End
  Cash
  Card and Otp  lets `pay` run
  and perhaps more: there were too many to look at"""


@pytest.mark.parametrize("noun", [PAY, NextInputs(workflow="flow", ways=(PAY,))])
def test_an_answer_and_its_ways_are_nouns(noun: object) -> None:
    assert_noun(noun)


def test_the_sets_are_the_data_of_its_ways() -> None:
    assert NextInputs(workflow="flow", ways=(PAY, WALK)).sets == ((Card, "Otp"), ("Cash",))


def test_as_json_types_are_keys() -> None:
    found = NextInputs(workflow="flow", run_id="run-1", until=("End",), ways=(PAY,), pending=("ask",), exact=False)
    assert found.as_json() == {
        "workflow": "flow",
        "run_id": "run-1",
        "until": ["End"],
        "exact": False,
        "complete": False,
        "sets": [{"data": ["Card", "Otp"], "runs": ["pay"]}],
        "pending": ["ask"],
    }


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (NextInputs(workflow="flow"), "flow: no data that are absent now would get it further"),
        (NextInputs(workflow="flow", is_complete=True), "flow: it is completed"),
        (
            NextInputs(workflow="flow", ways=(Way(data=()),), pending=("ask", "tell")),
            "flow: nothing is missing: a call without data runs `ask` and `tell`",
        ),
        (
            NextInputs(workflow="flow", until=("A", "b"), ways=(Way(data=()),)),
            "flow: nothing is missing to get it to A or b",
        ),
        (
            NextInputs(workflow="flow", run_id="run-1", ways=(WALK,)),
            "flow run-1: this gets it further\n  Cash",
        ),
        (
            NextInputs(workflow="flow", until=("End",), ways=(WALK, PAY), exact=False),
            LINES,
        ),
    ],
)
def test_it_is_told_in_a_few_lines(found: NextInputs, expected: str) -> None:
    assert str(found) == expected
    assert found.__rich__().plain == expected
