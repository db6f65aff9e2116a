"""The table of the walk, row by row, as a driver sees it: what is ready, what was made, what still stands."""

from dataclasses import dataclass

from polaris import Take, Workflow, builder
from polaris._assembly import compiled
from polaris._model.keys import Key
from polaris._model.snapshot import ABSENT, Entry, Mark, Snapshot
from polaris._runtime.index import index_plan
from polaris._runtime.walk import Walk
from tests.unit._runtime.walks import deliver, end, equal, fail, mark, ready, there


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class Click:
    n: int


@dataclass(frozen=True)
class Begun:
    n: int


@dataclass(frozen=True)
class Yes:
    n: int


@dataclass(frozen=True)
class No:
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


def begin() -> Begun: ...


def decide(a: A) -> Yes | No | None: ...


def go_left(yes: Yes) -> Left: ...


def go_right(yes: Yes) -> Right: ...


def join(left: Left, right: Right) -> End: ...


def settle(click: Take[Click], yes: Yes | None = None) -> tuple[Left, Right] | None: ...


def take_right(click: Take[Click], yes: Yes | None = None) -> Right: ...


@builder(once=True)
def charge(yes: Yes) -> Left | None: ...


def walk_of(*functions: object, target: object = End, snapshot: Snapshot | None = None) -> Walk:
    index = index_plan(compiled(Workflow("flow", target=target, builders=functions)).plan)
    return Walk.fresh(index, equal) if snapshot is None else Walk(index, snapshot, equal)


# --- rounds ----------------------------------------------------------------------------------------------------------


def test_a_delivery_takes_a_round_and_its_first_pass_the_next() -> None:
    walk = walk_of(decide, go_left, go_right, join)
    deliver(walk, A=1)
    ledger = walk.ledger
    assert (ledger.began_at, ledger.round, ledger.clean_at, ledger.is_open) == (1, 2, 0, True)
    assert ledger.entry(Key("A")) == Entry(1, 1, 1, None)
    assert ready(walk) == ["decide"]
    end(walk, "decide")
    assert mark(walk, "decide") == Mark(2)
    assert ready(walk) == []
    assert not walk.is_active
    assert not walk.next_pass()
    walk.finish()
    assert (ledger.round, ledger.clean_at, ledger.is_open) == (2, 2, False)


def test_a_builder_that_nothing_wakes_is_asked_when_a_run_begins_and_never_again() -> None:
    walk = walk_of(begin, target=Begun)
    walk.resume()
    assert (walk.ledger.began_at, walk.ledger.round) == (1, 1)
    assert ready(walk) == ["begin"]
    end(walk, "begin", Begun=1)
    walk.finish()
    walk.resume()
    assert (ready(walk), walk.ledger.round, walk.ledger.is_open) == ([], 1, False)


def test_a_call_without_data_that_has_nothing_to_do_produced_nothing() -> None:
    walk = walk_of(decide, target=Yes)
    deliver(walk, A=1)
    ready(walk)
    end(walk, "decide", Yes=1)
    assert walk.produced() == {Key("Yes"): 1}
    walk.finish()
    walk.resume()
    assert walk.produced() == {}


def test_what_was_asked_after_a_good_end_gets_a_round_of_its_own() -> None:
    walk = walk_of(decide, target=Yes)
    deliver(walk, A=1)
    ready(walk)
    end(walk, "decide", Yes=1)
    walk.finish()
    walk.ask([0])
    walk.resume()
    assert (walk.ledger.round, walk.ledger.began_at, mark(walk, "decide").asked_at) == (3, 3, 3)
    assert ready(walk) == ["decide"]


def test_a_call_that_failed_goes_on_in_its_own_round() -> None:
    walk = walk_of(decide, go_left, go_right, join)
    deliver(walk, A=1)
    ready(walk)
    end(walk, "decide", Yes=1)
    ready(walk)
    fail(walk, "go_left")
    end(walk, "go_right", Right=1)
    walk.finish()
    assert (walk.ledger.clean_at, walk.ledger.is_open) == (0, False)
    walk.resume()
    assert (walk.ledger.round, walk.ledger.began_at) == (2, 1)
    assert ready(walk) == ["go_left"]
    end(walk, "go_left", Left=1)
    assert walk.produced() == {Key("Yes"): 1, Key("Right"): 1, Key("Left"): 1}


def test_a_builder_that_the_plan_does_not_know_may_have_been_asked() -> None:
    walk = walk_of(decide, target=Yes, snapshot=Snapshot(marks={"gone": Mark(0, 1)}))
    deliver(walk, A=1)
    assert ready(walk) == ["decide"]


# --- the order -------------------------------------------------------------------------------------------------------


def test_a_step_is_decided_when_every_step_before_it_has_settled() -> None:
    walk = walk_of(decide, go_left, go_right, join)
    deliver(walk, A=1)
    assert ready(walk) == ["decide"]
    assert ready(walk) == []
    end(walk, "decide", Yes=1)
    assert ready(walk) == ["go_left", "go_right"]
    end(walk, "go_right", Right=1)
    assert ready(walk) == []
    end(walk, "go_left", Left=1)
    assert ready(walk) == ["join"]


def test_a_step_is_not_settled_before_what_it_made_is_saved() -> None:
    walk = walk_of(decide, go_left, go_right, join)
    deliver(walk, A=1)
    ready(walk)
    number = walk._index.numbers["decide"]
    walk.made(number, [(Key("Yes"), 1)])
    assert (ready(walk), walk.running, walk.is_active) == ([], (number,), True)
    walk.done(number)
    assert ready(walk) == ["go_left", "go_right"]


def test_no_more_steps_are_given_than_were_asked_for() -> None:
    walk = walk_of(decide, go_left, go_right, join)
    deliver(walk, Yes=1)
    assert ready(walk, 1) == ["go_left"]
    assert walk.first == walk._index.numbers["go_right"]
    assert ready(walk, 1) == ["go_right"]
    assert walk.running == (1, 2)


def test_after_a_failure_the_steps_that_run_are_ended_and_no_other_is_decided() -> None:
    walk = walk_of(decide, go_left, go_right, join)
    deliver(walk, Yes=1)
    ready(walk)
    fail(walk, "go_left")
    assert (walk.is_active, walk.halted) == (True, True)
    end(walk, "go_right", Right=1)
    assert not walk.is_active
    assert not walk.next_pass()
    assert (ready(walk), there(walk)) == ([], {"Yes": 1, "Right": 1})


def test_a_walk_that_was_stopped_decides_nothing_more_and_did_not_end_well() -> None:
    walk = walk_of(decide, go_left, go_right, join)
    deliver(walk, Yes=1)
    walk.stop()
    assert (ready(walk), walk.is_active, walk.next_pass()) == ([], False, False)
    walk.finish()
    assert walk.ledger.clean_at == 0


# --- settles, runs, undone -------------------------------------------------------------------------------------------


def joined() -> Walk:
    """A run whose every builder has run once."""
    walk = walk_of(decide, go_left, go_right, join)
    deliver(walk, A=1)
    ready(walk)
    end(walk, "decide", Yes=1)
    ready(walk)
    end(walk, "go_left", Left=1)
    end(walk, "go_right", Right=1)
    ready(walk)
    end(walk, "join", End=1)
    walk.finish()
    return walk


def test_an_equal_value_triggers_again() -> None:
    walk = joined()
    deliver(walk, A=1)
    assert ready(walk) == ["decide"]
    end(walk, "decide", Yes=1)
    assert ready(walk) == ["go_left", "go_right"]


def test_what_a_step_made_is_undone_when_it_lacks_something() -> None:
    walk = joined()
    deliver(walk, A=2)
    ready(walk)
    end(walk, "decide", No=2)
    assert ready(walk) == []
    assert there(walk) == {"A": 2, "No": 2}
    assert walk.ledger.entry(Key("End")) == Entry(ABSENT, 4, 4, "join")


def test_a_dirty_step_that_lacks_something_and_made_nothing_settles() -> None:
    walk = walk_of(decide, go_left, go_right, join)
    deliver(walk, Left=1)
    assert (ready(walk), walk.is_active, mark(walk, "join")) == ([], False, Mark())


def test_only_what_the_builder_itself_made_is_undone() -> None:
    walk = joined()
    deliver(walk, Left=7)
    ready(walk)
    end(walk, "join", End=7)
    walk.finish()
    deliver(walk, A=2)
    ready(walk)
    end(walk, "decide")
    ready(walk)
    assert there(walk) == {"A": 2, "Left": 7}


def test_a_builder_that_declines_withdraws_what_it_made_and_not_what_was_delivered() -> None:
    walk = joined()
    deliver(walk, A=2)
    ready(walk)
    end(walk, "decide")
    assert "Yes" not in there(walk)
    walk = walk_of(decide, go_left, go_right, join)
    deliver(walk, A=1, No=9)
    assert ready(walk) == ["decide"]
    end(walk, "decide")
    assert there(walk) == {"A": 1, "No": 9}


def test_one_variant_withdraws_the_others_whoever_put_them_there() -> None:
    walk = walk_of(decide, go_left, go_right, join)
    deliver(walk, A=1, No=9)
    ready(walk)
    end(walk, "decide", Yes=1)
    assert there(walk) == {"A": 1, "Yes": 1}
    deliver(walk, No=9)
    assert there(walk) == {"A": 1, "No": 9}
    assert walk.ledger.entry(Key("Yes")).changed == walk.ledger.began_at


def test_what_is_taken_goes_with_what_the_builder_did_and_wakes_nobody() -> None:
    walk = walk_of(decide, settle, join)
    deliver(walk, Click=1)
    assert ready(walk) == ["settle"]
    end(walk, "settle")
    assert (ready(walk), there(walk)) == ([], {})
    assert walk.ledger.entry(Key("Click")).changed == 1


def test_what_is_taken_goes_with_the_one_thing_that_the_builder_made() -> None:
    walk = walk_of(decide, go_left, take_right, join)
    deliver(walk, Click=1)
    assert ready(walk) == ["take_right"]
    end(walk, "take_right", Right=1)
    assert (ready(walk), there(walk)) == ([], {"Right": 1})


def test_a_failed_builder_leaves_what_it_would_have_taken() -> None:
    walk = walk_of(decide, settle, join)
    deliver(walk, Click=1)
    ready(walk)
    fail(walk, "settle")
    walk.finish()
    assert there(walk) == {"Click": 1}


def test_a_once_builder_that_made_something_is_neither_triggered_nor_undone() -> None:
    walk = walk_of(decide, charge, target=Left)
    deliver(walk, Yes=1)
    assert ready(walk) == ["charge"]
    end(walk, "charge")
    walk.finish()
    assert not mark(walk, "charge").once_done
    deliver(walk, Yes=2)
    assert ready(walk) == ["charge"]
    end(walk, "charge", Left=2)
    walk.finish()
    assert mark(walk, "charge").once_done
    deliver(walk, Yes=3)
    assert ready(walk) == []
    deliver(walk, No=4)
    assert (ready(walk), there(walk)) == ([], {"No": 4, "Left": 2})


# --- answers ---------------------------------------------------------------------------------------------------------


def test_a_delivery_of_all_slots_answers_a_builder_that_failed() -> None:
    walk = walk_of(decide, settle, join)
    deliver(walk, Click=1)
    ready(walk)
    fail(walk, "settle")
    walk.finish()
    deliver(walk, Left=1, Right=1)
    assert ready(walk) == ["join"]
    assert mark(walk, "settle").ran_at == walk.ledger.began_at


def test_a_delivery_of_some_slots_answers_nobody() -> None:
    walk = walk_of(decide, settle, join)
    deliver(walk, Click=1)
    ready(walk)
    fail(walk, "settle")
    walk.finish()
    deliver(walk, Left=1)
    assert ready(walk) == ["settle"]


def test_a_builder_that_is_answered_and_triggered_runs_and_its_value_wins() -> None:
    walk = walk_of(decide, go_left, go_right, join)
    deliver(walk, Yes=1, Left=7)
    assert ready(walk) == ["go_left", "go_right"]
    end(walk, "go_left", Left=1)
    assert there(walk)["Left"] == 1


def test_a_once_builder_is_done_when_it_is_answered() -> None:
    walk = walk_of(decide, charge, target=Left)
    deliver(walk, Left=7, Yes=1)
    assert mark(walk, "charge").once_done
    assert (ready(walk), there(walk)) == ([], {"Left": 7, "Yes": 1})
