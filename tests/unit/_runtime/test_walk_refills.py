"""Transients lost in a crash are made again, for the step that needs them and for themselves alone."""

from dataclasses import dataclass

from polaris import Workflow
from polaris._assembly import compiled
from polaris._model.keys import Key
from polaris._model.snapshot import ABSENT, LOST, Mark
from polaris._runtime.index import PlanIndex, index_plan
from polaris._runtime.walk import Walk
from tests.unit._runtime.walks import deliver, end, equal, fail, mark, ready, value


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    n: int


@dataclass(frozen=True)
class Token:
    n: int


@dataclass(frozen=True)
class Session:
    n: int


@dataclass(frozen=True)
class Log:
    n: int


@dataclass(frozen=True)
class Left:
    n: int


@dataclass(frozen=True)
class Right:
    n: int


@dataclass(frozen=True)
class End:
    n: int


def tokenise(a: A) -> tuple[Token, Log] | None: ...


def log_in(token: Token) -> Session: ...


def left(session: Session) -> Left: ...


def right(session: Session, b: B | None = None) -> Right: ...


def join(left: Left, right: Right, log: Log) -> End: ...


def pay(token: Token) -> End: ...


def guess(a: A, token: Token | None = None) -> Session: ...


def greet(session: Session) -> End: ...


def index_of(*functions: object) -> PlanIndex:
    return index_plan(compiled(Workflow("flow", target=End, builders=functions, transients=[Token, Session, B])).plan)


INDEX = index_of(tokenise, log_in, left, right, join)
SHORT = index_of(tokenise, pay)
LENIENT = index_of(tokenise, guess, greet)


def killed(walk: Walk) -> Walk:
    """Give the walk of the next holder: what was saved, without the values of transients."""
    walk = Walk(walk._index, walk.ledger.snapshot(), equal)
    walk.ledger.forget_transients()
    walk.resume()
    return walk


def logged_in(**more: object) -> Walk:
    """A call in which the token and the session were made."""
    walk = Walk.fresh(INDEX, equal)
    deliver(walk, A=1, **more)
    assert ready(walk) == ["tokenise"]
    end(walk, "tokenise", Token=1, Log=1)
    assert ready(walk) == ["log_in"]
    end(walk, "log_in", Session=1)
    return walk


def test_a_lost_transient_is_made_again_before_the_step_that_needs_it_by_makers_of_makers_first() -> None:
    walk = killed(logged_in())
    assert (value(walk, "Token"), value(walk, "Session")) == (LOST, LOST)
    assert ready(walk) == ["tokenise"]
    end(walk, "tokenise", Token=2, Log=2)
    assert ready(walk) == ["log_in"]
    end(walk, "log_in", Session=2)
    assert (value(walk, "Token"), value(walk, "Session")) == (2, 2)
    assert ready(walk) == ["left", "right"]


def test_a_refill_changes_nothing_but_the_transient() -> None:
    walk = killed(logged_in())
    before = walk.ledger.snapshot()
    ready(walk)
    end(walk, "tokenise", Token=2, Log=2)
    after = walk.ledger.snapshot()
    assert value(walk, "Log") == 1
    assert {key: entry.changed for key, entry in after.entries.items()} == {
        key: entry.changed for key, entry in before.entries.items()
    }
    assert (after.marks, after.round) == (before.marks, before.round)


def test_two_steps_that_need_one_transient_have_it_made_once() -> None:
    walk = killed(logged_in())
    for name in ("tokenise", "log_in"):
        assert ready(walk) == [name]
        end(walk, name, Token=2, Log=2, Session=2)
    assert ready(walk) == ["left", "right"]
    end(walk, "left", Left=1)
    end(walk, "right", Right=1)
    assert ready(walk) == ["join"]


def test_a_lost_transient_that_nobody_needs_any_more_is_not_made_again() -> None:
    walk = logged_in()
    ready(walk)
    end(walk, "left", Left=1)
    end(walk, "right", Right=1)
    walk = killed(walk)
    assert ready(walk) == ["join"]
    assert value(walk, "Session") is LOST


def test_a_delivered_transient_must_be_delivered_again() -> None:
    walk = logged_in(B=1)
    assert ready(walk) == ["left", "right"]
    assert walk.ledger.has(Key("B"))
    walk = killed(walk)
    assert not walk.ledger.has(Key("B"))
    deliver(walk, B=2)
    assert walk.ledger.has(Key("B"))


def test_a_delivered_transient_that_is_lost_cannot_be_made_again_nor_what_is_made_of_it() -> None:
    walk = Walk.fresh(INDEX, equal)
    deliver(walk, Token=1)
    assert ready(walk) == ["log_in"]
    end(walk, "log_in", Session=1)
    walk = killed(walk)
    assert ready(walk) == []
    assert not walk.is_active


def test_a_transient_of_a_call_that_is_over_is_not_made_again() -> None:
    walk = logged_in()
    ready(walk)
    end(walk, "left", Left=1)
    end(walk, "right", Right=1)
    ready(walk)
    end(walk, "join", End=1)
    walk.finish()
    deliver(walk, B=1)
    walk = killed(walk)
    assert ready(walk) == []
    assert value(walk, "Right") is ABSENT


def test_a_maker_that_declines_now_withdraws_the_transient_and_the_step_that_needs_it_settles() -> None:
    walk = Walk.fresh(SHORT, equal)
    deliver(walk, A=1)
    ready(walk)
    end(walk, "tokenise", Token=1, Log=1)
    walk = killed(walk)
    assert ready(walk) == ["tokenise"]
    end(walk, "tokenise")
    assert (value(walk, "Token"), value(walk, "Log")) == (ABSENT, 1)
    assert (ready(walk), walk.is_active) == ([], False)
    assert mark(walk, "pay") == Mark()


def test_a_maker_that_declines_now_withdraws_what_was_to_be_made_of_it_too() -> None:
    walk = killed(logged_in())
    assert ready(walk) == ["tokenise"]
    end(walk, "tokenise")
    assert (ready(walk), walk.is_active) == ([], False)
    assert (value(walk, "Token"), value(walk, "Session"), value(walk, "Log")) == (ABSENT, ABSENT, 1)


def test_a_refill_that_fails_ends_the_call_and_is_tried_again_in_the_next() -> None:
    walk = killed(logged_in())
    ready(walk)
    fail(walk, "tokenise")
    assert not walk.is_active
    walk.finish()
    assert walk.ledger.clean_at == 0
    walk.resume()
    assert ready(walk) == ["tokenise"]


def test_a_refill_whose_maker_ran_into_a_kill_itself_is_asked_for_again() -> None:
    walk = killed(logged_in())
    assert ready(walk) == ["tokenise"]
    walk = killed(walk)
    assert ready(walk) == ["tokenise"]


def test_a_maker_that_can_do_without_what_is_gone_now_is_started_once() -> None:
    walk = Walk.fresh(LENIENT, equal)
    deliver(walk, A=1)
    assert ready(walk) == ["tokenise"]
    end(walk, "tokenise", Token=1, Log=1)
    assert ready(walk) == ["guess"]
    end(walk, "guess", Session=1)
    walk = killed(walk)
    assert ready(walk) == ["tokenise"]
    end(walk, "tokenise")
    assert ready(walk) == ["guess"]
    end(walk, "guess", Session=2)
    assert ready(walk) == ["greet"]
