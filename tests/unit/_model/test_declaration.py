from datetime import timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polaris._model.declaration import MARK, PLAIN, Declaration, Retry, declaration_of, seconds
from tests.unit._model.nouns import assert_noun


class Touchy:
    """Stands in for a lazy proxy, which connects to something as soon as it is asked for anything."""

    touched = False

    def __getattribute__(self, name: str) -> object:
        Touchy.touched = True
        raise ConnectionError(name)


class Slotted:
    __slots__ = ()


class Odd:
    __dict__ = 3  # type: ignore[assignment]


class Failing:
    @property
    def __dict__(self) -> dict[str, object]:  # type: ignore[override]
        raise LookupError


def marked(mark: object) -> SimpleNamespace:
    return SimpleNamespace(**{MARK: mark})


@pytest.mark.parametrize("noun", [Retry(), Declaration()], ids=type)
def test_what_a_decorator_says_is_kept_in_a_noun(noun: object) -> None:
    assert_noun(noun)


def test_a_function_that_says_nothing_has_no_option_set() -> None:
    assert Declaration() == PLAIN
    assert (PLAIN.name, PLAIN.retry, PLAIN.timeout, PLAIN.renamed_from) == (None, None, None, ())
    assert not any((PLAIN.once, PLAIN.local, PLAIN.rerun))


def test_a_retry_tries_three_times_whatever_the_exception_and_waits_longer_each_time() -> None:
    retry = Retry()
    assert (retry.attempts, retry.on) == (3, Exception)
    assert (retry.wait, retry.max_wait, retry.jitter) == (0.1, 5.0, 1.0)


def test_a_mark_is_found_on_the_thing_itself() -> None:
    declaration = Declaration(once=True)
    assert declaration_of(marked(declaration)) is declaration


@pytest.mark.parametrize(
    "thing",
    [marked("something else's"), SimpleNamespace(), Slotted(), Odd(), Failing(), None, 3, marked],
    ids=["other mark", "no mark", "slots", "odd dict", "failing dict", "None", "number", "function"],
)
def test_what_has_no_mark_of_ours_has_no_declaration(thing: object) -> None:
    assert declaration_of(thing) is None


def test_a_proxy_among_the_users_globals_is_not_touched() -> None:
    assert declaration_of(Touchy()) is None
    assert not Touchy.touched


@given(st.floats(allow_nan=False))
def test_a_duration_in_seconds_stays_what_it_is(duration: float) -> None:
    assert seconds(duration) == duration


@given(st.integers(0, 10**6))
def test_whole_seconds_become_a_float(duration: int) -> None:
    assert type(seconds(duration)) is float
    assert seconds(duration) == duration


@given(st.timedeltas())
def test_a_timedelta_is_its_seconds(duration: timedelta) -> None:
    assert seconds(duration) == duration.total_seconds()


def test_days_and_parts_of_a_second_count() -> None:
    assert seconds(timedelta(days=1, milliseconds=500)) == 86400.5
