"""Values are read by type, and have it."""

from datetime import datetime
from typing import Any, NamedTuple, NewType, Protocol, TypedDict, assert_type

from polaris import Outcome, RunState, Status


class Matched: ...


class Ended: ...


class Address(TypedDict):
    street: str


class Point(NamedTuple):
    x: int


class Priced(Protocol):
    @property
    def price(self) -> int: ...


UserId = NewType("UserId", str)


def reads_an_outcome(outcome: Outcome[Ended]) -> None:
    assert_type(outcome.result, Ended)
    assert_type(outcome.status, Status)
    assert_type(outcome.run_id, str | None)
    assert_type(outcome.waiting_for, tuple[object, ...])
    assert_type(outcome[Matched], Matched)
    assert_type(outcome[list[Matched]], list[Matched])
    assert_type(outcome[tuple[Matched, ...]], tuple[Matched, ...])
    assert_type(outcome[Address], Address)
    assert_type(outcome[Point], Point)
    assert_type(outcome[Priced], Priced)
    assert_type(Matched in outcome, bool)
    assert_type(UserId in outcome, bool)
    assert_type(list[Matched] in outcome, bool)


def asks_an_outcome(outcome: Outcome[Ended]) -> None:
    assert_type(outcome.get(Matched), Matched | None)
    assert_type(outcome.get(UserId), UserId | None)
    assert_type(outcome.get(list[Matched]), list[Matched] | None)
    assert_type(outcome.get(Matched | Ended), Matched | Ended | None)
    assert_type(outcome.get(Address), Address | None)
    assert_type(outcome.get(Priced), Priced | None)


def reads_a_state(state: RunState) -> None:
    assert_type(state[Matched], Matched)
    assert_type(state.get(UserId), UserId | None)
    assert_type(Matched in state, bool)
    assert_type(state.status, Status)
    assert_type(state.revision, int)
    assert_type(state.error, str | None)
    assert_type(state.updated, datetime)


def reads_what_several_could_have_made(
    one: Outcome[Matched | Ended], every: Outcome[tuple[Matched, Ended]], name: Outcome[UserId]
) -> None:
    assert_type(one.result, Matched | Ended)
    assert_type(every.result, tuple[Matched, Ended])
    assert_type(name.result, UserId)
    assert_type(takes_any_outcome(one), object)


def takes_any_outcome(outcome: Outcome[object]) -> object:
    return outcome.result


def reads_what_has_no_type_of_its_own(outcome: Outcome[Any]) -> tuple[UserId, Matched | Ended]:
    assert_type(outcome.result, Any)
    return outcome[UserId], outcome[Matched | Ended]
