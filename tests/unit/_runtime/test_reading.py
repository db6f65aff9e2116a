from functools import lru_cache, wraps
from typing import Any

import pytest

from polaris._model.contract import Input
from polaris._model.keys import Key
from polaris._runtime.reading import (
    Sure,
    Variable,
    choice,
    defaults_of,
    latest,
    latest_of,
    options_of,
    placed,
    places_of,
)

A, B = Key("A"), Key("B")

NO, MAYBE, YES = Sure.NO, Sure.MAYBE, Sure.YES


def options(*known: tuple[Sure, Sure], required: bool = False, dated: bool = False) -> list[tuple[str, str, int]]:
    keys = (A, B)[: len(known)]
    variables = {
        key: Variable(key=key, name=key.lower(), there=there, made=made)
        for key, (there, made) in zip(keys, known, strict=True)
    }
    return options_of(Input(parameter="it", keys=keys, required=required), variables, 2, dated=dated)


@pytest.mark.parametrize(
    ("known", "expected"),
    [
        pytest.param([(NO, NO)], [], id="absent"),
        pytest.param([(YES, NO)], [("", "a", 1)], id="delivered"),
        pytest.param([(MAYBE, NO)], [("a is not None", "a", 1)], id="delivered and perhaps taken"),
        pytest.param([(MAYBE, YES)], [("a is not None", "a", 2)], id="perhaps made"),
        pytest.param([(YES, NO), (YES, NO)], [("", "a", 1)], id="of two delivered the first"),
        pytest.param([(YES, NO), (YES, YES)], [("", "b", 2)], id="a made one beats a delivered one"),
        pytest.param([(YES, NO), (MAYBE, YES)], [("b is not None", "b", 2), ("", "a", 1)], id="if it was made"),
        pytest.param(
            [(YES, NO), (YES, MAYBE)], [("made_b", "b", 2), ("", "a", 1)], id="if the one that was delivered was made"
        ),
        pytest.param(
            [(YES, NO), (MAYBE, MAYBE)], [("b is not None and made_b", "b", 2), ("", "a", 1)], id="if it is there, too"
        ),
    ],
)
def test_a_parameter_reads_the_latest(known: list[tuple[Sure, Sure]], expected: list[tuple[str, str, int]]) -> None:
    assert options(*known) == expected


def test_the_last_that_a_builder_needs_is_there_if_no_other_is() -> None:
    assert options((MAYBE, YES), (MAYBE, YES), required=True) == [("a is not None", "a", 2), ("", "b", 2)]
    assert options((NO, NO), required=True) == []


def test_what_may_be_of_either_round_is_given_with_both() -> None:
    assert options((YES, MAYBE)) == [("", "a", 1)]
    assert options((YES, MAYBE), dated=True) == [("made_a", "a", 2), ("", "a", 1)]


def test_in_a_later_pass_rounds_are_compared() -> None:
    a, b, c, d = (Variable(key=Key(name), name=name) for name in "abcd")
    a.there, b.there, c.there = MAYBE, YES, YES
    a.is_dated, b.made, c.made = True, MAYBE, YES
    given = Input(parameter="it", keys=tuple(Key(name) for name in "abcd"))
    variables = {one.key: one for one in (a, b, c, d)}
    assert latest(given, variables, 2) == "latest_((at_a, a), (2 if made_b else 1, b), (2, c))"
    c.made = NO
    assert latest(given, variables, 2) == "latest_((at_a, a), (2 if made_b else 1, b), (1, c))"


def test_the_latest_that_is_there_is_read_and_of_equals_the_first() -> None:
    assert latest_of((2, "a"), (3, "b"), (3, "c"), (4, None)) == (3, "b")
    assert latest_of((1, None)) == (0, None)


def test_a_choice_is_written_as_python() -> None:
    assert choice([], "None") == "None"
    assert choice([("", "a")], "None") == "a"
    assert choice([("a is not None", "a"), ("made_b", "b")], "None") == "a if a is not None else b if made_b else None"


def test_arguments_go_by_position_up_to_the_first_gap() -> None:
    passed = {"c": "3", "a": "1", "b": "2", "e": "5", "f": "6"}
    assert list(placed(passed, ("a", "b", "c", "d", "e"))) == ["1", "2", "3", "e=5", "f=6"]
    assert list(placed(passed, ())) == ["c=3", "a=1", "b=2", "e=5", "f=6"]


def plain(a: int, b: int = 2, *, c: int = 3, d: int) -> None:
    """Has every kind of parameter."""


def only(a: int, /, b: int) -> None:
    """Has a parameter that goes by position only."""


@wraps(only)
def wrapper(*args: Any, **kwargs: Any) -> None:  # noqa: ANN401
    only(*args, **kwargs)


def test_a_plain_function_says_how_it_is_called() -> None:
    assert places_of(plain, ()) == ("a", "b")
    assert places_of(only, ("a",)) == ("a", "b")
    assert defaults_of(plain) == {"b": 2, "c": 3}
    assert defaults_of(only) == {}


def test_a_wrapped_one_says_nothing() -> None:
    cached = lru_cache(only)
    assert places_of(wrapper, ("a",)) == ("a",)
    assert places_of(cached, ("a",)) == ("a",)
    assert defaults_of(wrapper) == {}
    assert defaults_of(cached) == {}
