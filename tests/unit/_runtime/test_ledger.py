from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polaris import Access, Feedback, Workflow
from polaris._assembly import compiled
from polaris._model.contract import Input
from polaris._model.keys import Key
from polaris._model.snapshot import ABSENT, LOST, NEVER, Entry, Mark, Snapshot
from polaris._runtime.index import index_plan
from polaris._runtime.ledger import Ledger


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    n: int


@dataclass(frozen=True)
class N:
    n: int


@dataclass(frozen=True)
class T:
    n: int


@dataclass(frozen=True)
class Note:
    n: int


@dataclass(frozen=True)
class End:
    n: int


def step(either: A | B, note: Access[Note], n: Feedback[N] | None = None) -> N: ...


def pass_on(a: A) -> T: ...


def use(t: T, n: N) -> End: ...


flow = Workflow("flow", target=End, builders=[step, pass_on, use], transients=[T])

INDEX = index_plan(compiled(flow).plan)
STEP = INDEX.steps[INDEX.numbers["step"]]
READS: dict[str, Input] = {reads.parameter: reads for reads in STEP.step.inputs}
KEYS = sorted({info.name for info in INDEX.plan.keys})
A_, B_, N_, T_, NOTE = Key("A"), Key("B"), Key("N"), Key("T"), Key("Note")


def ledger_of(**state: object) -> Ledger:
    return Ledger(INDEX, Snapshot(**state), lambda _key, old, new: old == new)


@pytest.fixture
def ledger() -> Ledger:
    return ledger_of(round=1, began_at=1)


# --- reading ---------------------------------------------------------------------------------------------------------


def test_what_was_never_there_cannot_be_read(ledger: Ledger) -> None:
    assert not ledger.has(A_)
    assert ledger.entry(A_) == Entry(ABSENT, 0, 0, None)
    assert ledger.pick(READS["either"]) is None
    assert ledger.mark(STEP) == NEVER


def test_of_several_alternatives_the_one_changed_last_is_read(ledger: Ledger) -> None:
    ledger.put(B_, 1, None)
    assert ledger.pick(READS["either"]) == B_
    ledger.round = 2
    ledger.put(A_, 1, None)
    assert ledger.pick(READS["either"]) == A_
    ledger.round = 3
    ledger.put(B_, 1, None)
    assert ledger.pick(READS["either"]) == B_


def test_of_alternatives_that_changed_together_the_one_written_first_is_read(ledger: Ledger) -> None:
    ledger.put(B_, 1, None)
    ledger.put(A_, 1, None)
    assert ledger.pick(READS["either"]) == A_


def test_feedback_reads_only_what_is_older_than_this_pass(ledger: Ledger) -> None:
    ledger.put(N_, 1, "step")
    assert (ledger.has(N_), ledger.has(N_, before=True), ledger.pick(READS["n"])) == (True, False, None)
    ledger.round = 2
    assert (ledger.has(N_, before=True), ledger.pick(READS["n"])) == (True, N_)


def test_a_transient_that_was_lost_can_be_read_only_if_it_can_be_made_again() -> None:
    ledger = ledger_of(entries={T_: Entry(LOST, 1, 1, "pass_on")}, round=2)
    assert not ledger.has(T_)
    ledger.refillable = frozenset({T_})
    assert ledger.has(T_)
    assert ledger.values() == {}


def test_the_rounds_of_a_step_are_those_of_the_triggers_it_sees_in_order(ledger: Ledger) -> None:
    ledger.put(N_, 1, "step")
    ledger.put(NOTE, 1, None)
    assert ledger.rounds(STEP) == ()
    ledger.round = 5
    ledger.put(A_, 1, None)
    assert ledger.rounds(STEP) == (1, 5)


def test_a_key_stands_for_the_builder_that_made_it(ledger: Ledger) -> None:
    ledger.put(N_, 1, None)
    assert not ledger.stands(N_, STEP)
    ledger.put(N_, 1, "step")
    assert ledger.stands(N_, STEP)
    ledger.withdraw(N_)
    assert not ledger.stands(N_, STEP)


def test_a_lost_transient_still_stands() -> None:
    ledger = ledger_of(entries={N_: Entry(LOST, 1, 1, "step")})
    assert ledger.stands(N_, STEP)


def test_what_changed_and_who_was_asked_is_known_since_a_round() -> None:
    ledger = ledger_of(
        entries={A_: Entry(1, 2, 2, None), B_: Entry(ABSENT, 3, 3, None)},
        marks={"step": Mark(0, 2), "use": Mark(0, 3)},
    )
    assert ledger.changed_since(1) == ([A_, B_], ["step", "use"])
    assert ledger.changed_since(2) == ([B_], ["use"])
    assert ledger.changed_since(3) == ([], [])


@pytest.mark.parametrize(
    ("mark", "clean_at", "is_asked"),
    [(NEVER, 0, False), (Mark(0, 2), 0, True), (Mark(2, 2), 0, False), (Mark(1, 2), 1, True), (Mark(1, 2), 2, False)],
)
def test_a_builder_is_asked_until_it_ran_or_a_call_ended_well(mark: Mark, clean_at: int, is_asked: bool) -> None:
    assert ledger_of(marks={"step": mark, "use": NEVER}, clean_at=clean_at).is_asked() is is_asked


def test_a_once_builder_is_done_when_its_mark_says_so() -> None:
    ledger = ledger_of(marks={"step": Mark(1, 0, once_done=True), "use": Mark(1)})
    assert [ledger.is_once_done(name) for name in ("step", "use", "pass_on")] == [True, False, False]


def test_produced_is_what_builders_made_in_this_call_and_still_stands() -> None:
    entries = {
        A_: Entry(1, 4, 4, None),
        B_: Entry(2, 3, 3, "earlier"),
        N_: Entry(3, 4, 4, "step"),
        NOTE: Entry(4, 5, 5, "step"),
        Key("End"): Entry(ABSENT, 5, 5, "use"),
        T_: Entry(LOST, 5, 5, "pass_on"),
    }
    ledger = ledger_of(entries=entries, round=5, began_at=4)
    assert ledger.values() == {A_: 1, B_: 2, N_: 3, NOTE: 4}
    assert ledger.produced() == {N_: 3, NOTE: 4}


def test_passes_are_counted_from_the_first_of_a_call() -> None:
    ledger = ledger_of(round=7, began_at=4, first_pass=5)
    assert ledger.passes == 3


# --- changing --------------------------------------------------------------------------------------------------------


def test_a_value_that_is_compared_becomes_a_different_one_only_if_it_differs(ledger: Ledger) -> None:
    ledger.put(N_, 1, "step")
    ledger.round = 2
    ledger.put(N_, 1, "step")
    assert ledger.entry(N_) == Entry(1, 2, 1, "step")
    ledger.round = 3
    ledger.put(N_, 2, "step")
    assert ledger.entry(N_) == Entry(2, 3, 3, "step")


def test_a_value_that_nobody_reads_through_feedback_is_never_compared() -> None:
    def never(*values: object) -> bool:
        raise AssertionError(values)

    ledger = Ledger(INDEX, Snapshot(round=1), never)
    ledger.put(A_, 1, None)
    ledger.round = 2
    ledger.put(A_, 1, None)
    assert ledger.entry(A_) == Entry(1, 2, 2, None)


@pytest.mark.parametrize("gone", [ABSENT, LOST])
def test_a_value_where_none_could_be_read_is_a_different_one(gone: object) -> None:
    ledger = Ledger(INDEX, Snapshot(entries={N_: Entry(gone, 1, 1, "step")}, round=2), lambda *_: True)
    ledger.put(N_, 1, None)
    assert ledger.entry(N_) == Entry(1, 2, 2, None)


def test_a_withdrawal_is_a_change_that_keeps_who_made_it(ledger: Ledger) -> None:
    ledger.put(N_, 1, "step")
    ledger.round = 2
    assert ledger.withdraw(N_) is True
    assert ledger.entry(N_) == Entry(ABSENT, 2, 2, "step")


def test_what_is_not_there_cannot_be_withdrawn(ledger: Ledger) -> None:
    assert ledger.withdraw(N_) is False
    assert ledger.snapshot().entries == {}
    assert ledger.take_changes() == ([], ())


def test_what_is_taken_goes_without_being_a_change(ledger: Ledger) -> None:
    ledger.put(A_, 1, None)
    ledger.take_changes()
    ledger.round = 2
    ledger.take(A_)
    assert ledger.entry(A_) == Entry(ABSENT, 1, 1, None)
    assert ledger.take_changes() == ([(A_, Entry(ABSENT, 1, 1, None))], ())


def test_a_refill_changes_nothing_but_that_the_value_can_be_read() -> None:
    ledger = ledger_of(entries={T_: Entry(LOST, 1, 1, "pass_on")}, round=4)
    ledger.refill(T_, 7)
    assert ledger.entry(T_) == Entry(7, 1, 1, "pass_on")
    assert ledger.take_changes() == ([], ())


def test_transients_are_forgotten_and_everything_else_is_kept(ledger: Ledger) -> None:
    ledger.put(A_, 1, None)
    ledger.put(T_, 7, "pass_on")
    ledger.take_changes()
    ledger.forget_transients()
    assert ledger.snapshot().entries == {A_: Entry(1, 1, 1, None), T_: Entry(LOST, 1, 1, "pass_on")}
    assert ledger.take_changes() == ([], ())


def test_a_transient_that_is_not_there_is_not_lost(ledger: Ledger) -> None:
    ledger.put(T_, 7, "pass_on")
    ledger.withdraw(T_)
    ledger.forget_transients()
    assert ledger.entry(T_).value is ABSENT


def test_changes_are_given_once(ledger: Ledger) -> None:
    ledger.put(A_, 1, None)
    ledger.set_mark(STEP, Mark(1))
    assert ledger.take_changes() == ([(A_, Entry(1, 1, 1, None))], (("step", Mark(1)),))
    assert ledger.take_changes() == ([], ())
    ledger.put(B_, 1, None)
    assert ledger.take_changes() == ([(B_, Entry(1, 1, 1, None))], ())


def test_a_snapshot_does_not_move_with_the_ledger_and_makes_the_same_one(ledger: Ledger) -> None:
    ledger.put(A_, 1, None)
    ledger.set_mark(STEP, Mark(1))
    ledger.is_open, ledger.clean_at, ledger.first_pass = True, 1, 1
    before = ledger.snapshot()
    ledger.put(B_, 1, None)
    ledger.round = 2
    assert before == Snapshot(
        entries={A_: Entry(1, 1, 1, None)},
        marks={"step": Mark(1)},
        round=1,
        began_at=1,
        clean_at=1,
        is_open=True,
        first_pass=1,
    )
    assert Ledger(INDEX, before, lambda *_: False).snapshot() == before


MOVES = st.one_of(
    st.tuples(st.just("put"), st.sampled_from(KEYS), st.integers(0, 2)),
    st.tuples(st.just("withdraw"), st.sampled_from(KEYS), st.none()),
    st.tuples(st.just("take"), st.sampled_from(KEYS), st.none()),
    st.tuples(st.sampled_from(["round", "mark", "save"]), st.none(), st.none()),
)


@given(st.lists(MOVES, max_size=30))
def test_what_is_saved_again_and_again_adds_up_to_what_is_there(moves: list[tuple[str, Key, int]]) -> None:
    ledger = ledger_of(round=1)
    entries: dict[Key, Entry] = {}
    marks: dict[str, Mark] = {}
    for move, key, value in [*moves, ("save", A_, 0)]:
        match move:
            case "put":
                ledger.put(key, value, None)
            case "withdraw":
                ledger.withdraw(key)
            case "take":
                ledger.take(key)
            case "round":
                ledger.round += 1
            case "mark":
                ledger.set_mark(STEP, Mark(ledger.round))
            case _:
                changed, marked = ledger.take_changes()
                entries |= dict(changed)
                marks |= dict(marked)
    assert (entries, marks) == (ledger.snapshot().entries, ledger.snapshot().marks)
    assert all(entry.different <= entry.changed <= ledger.round for entry in entries.values())
