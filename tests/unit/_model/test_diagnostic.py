import pytest
from hypothesis import given
from hypothesis import strategies as st

from polaris._model.diagnostic import Diagnostic, Place, Related, Severity
from tests.unit._model.nouns import assert_noun

LINE = "def match(request):"
PLACE = Place(file="rides.py", line=7, column=11, end_column=18, source=LINE)
ELSEWHERE = Place(file="fleet.py", line=3)
FAULT = Diagnostic(
    code="POL101",
    severity=Severity.ERROR,
    message="`request` has no annotation",
    hint="write `request: RideRequest`",
    place=PLACE,
    related=(Related(message="here it is annotated", place=ELSEWHERE),),
)


@pytest.mark.parametrize("noun", [PLACE, FAULT, *FAULT.related], ids=type)
def test_a_fault_and_its_places_are_nouns(noun: object) -> None:
    assert_noun(noun)
    assert hash(noun) == hash(noun)


def test_a_fault_is_shown_as_a_good_compiler_does() -> None:
    assert str(FAULT).splitlines() == [
        "rides.py:7:11: error POL101: `request` has no annotation",
        "  7 | def match(request):",
        "    |           ^^^^^^^",
        "  fleet.py:3:1: here it is annotated",
        "  hint: write `request: RideRequest`",
    ]


def test_a_warning_says_that_it_is_one() -> None:
    fault = Diagnostic(code="POL301", severity=Severity.WARNING, message="unused", hint="drop it")
    assert str(fault) == "warning POL301: unused\n  hint: drop it"


def test_where_only_the_file_is_known_no_line_is_drawn() -> None:
    fault = Diagnostic(
        code="POL201", severity=Severity.ERROR, message="no maker", hint="make it", place=Place(file="a.py", line=0)
    )
    assert str(fault).splitlines() == ["a.py:0:1: error POL201: no maker", "  hint: make it"]


def test_places_are_sorted_by_file_then_line_then_column() -> None:
    first, second, third, fourth = (
        Place(file="a.py", line=9),
        Place(file="b.py", line=2, column=5),
        Place(file="b.py", line=10, column=1),
        Place(file="b.py", line=10, column=2),
    )
    assert sorted([fourth, second, third, first]) == [first, second, third, fourth]


def test_a_place_without_width_still_has_a_caret() -> None:
    assert Place(file="a.py", line=1, column=3, end_column=3, source="x = 1").drawn().splitlines()[1] == "    |   ^"


@given(
    number=st.integers(1, 10**6),
    before=st.text("abc (\t", max_size=20),
    spot=st.text("xyz", min_size=1, max_size=20),
    after=st.text("abc)", max_size=20),
)
def test_the_carets_stand_under_the_place(number: int, before: str, spot: str, after: str) -> None:
    place = Place(
        file="a.py",
        line=number,
        column=len(before) + 1,
        end_column=len(before + spot) + 1,
        source=before + spot + after,
    )
    above, below = place.drawn().splitlines()
    start, width = below.index("^"), below.count("^")
    assert above[start : start + width] == spot
    assert len(above[:start].expandtabs()) == len(below[:start].expandtabs())
    assert above.split(" | ", 1) == [f"  {number}", place.source]
