"""How a call begins, on the ledger alone."""

from dataclasses import dataclass

from polaris import Workflow, builder
from polaris._assembly import compiled
from polaris._model.keys import Key
from polaris._model.snapshot import ABSENT, LOST, NEVER, Entry, Mark, Snapshot
from polaris._runtime import opening
from polaris._runtime.index import index_plan
from polaris._runtime.ledger import Ledger


@dataclass(frozen=True)
class A: ...


@dataclass(frozen=True)
class Yes: ...


@dataclass(frozen=True)
class No: ...


@dataclass(frozen=True)
class Token: ...


@dataclass(frozen=True)
class Paid: ...


def decide(a: A) -> Yes | No: ...


def sign(yes: Yes) -> Token: ...


@builder(once=True)
def pay(token: Token) -> Paid: ...


INDEX = index_plan(
    compiled(Workflow("opening", target=Paid, builders=[decide, sign, pay], transients=[Token])).plan,
)
YES, NO, TOKEN, PAID = Key("Yes"), Key("No"), Key("Token"), Key("Paid")


def ledger(snapshot: Snapshot | None = None) -> Ledger:
    return Ledger(INDEX, snapshot or Snapshot(), lambda _key, _old, _new: False)


def mark(of: Ledger, name: str) -> Mark:
    return of.mark(INDEX.steps[INDEX.numbers[name]])


def test_who_is_asked_is_asked_for_the_next_round() -> None:
    run = ledger(Snapshot(round=4))
    opening.ask(INDEX, run, [INDEX.numbers["pay"]])
    assert mark(run, "pay") == Mark(0, 5, once_done=False)
    assert run.round == 4


def test_a_delivery_has_a_round_of_its_own_before_the_first_pass() -> None:
    run = ledger(Snapshot(round=4))
    opening.deliver(INDEX, run, {Key("A"): A()})
    assert run.entry(Key("A")) == Entry(A(), 5, 5, None)
    assert (run.began_at, run.round) == (5, 6)


def test_a_delivered_variant_withdraws_the_others_and_answers_the_builder() -> None:
    run = ledger(Snapshot(entries={NO: Entry(No(), 2, 2, "decide")}, marks={"decide": Mark(2)}, round=2))
    opening.deliver(INDEX, run, {YES: Yes()})
    assert run.entry(NO).value is ABSENT
    assert mark(run, "decide") == Mark(3)


def test_a_builder_that_is_also_triggered_is_not_answered() -> None:
    run = ledger()
    opening.deliver(INDEX, run, {YES: Yes(), Key("A"): A()})
    assert mark(run, "decide") == NEVER


def test_a_once_builder_that_is_answered_is_done() -> None:
    run = ledger()
    opening.deliver(INDEX, run, {PAID: Paid()})
    assert mark(run, "pay") == Mark(0, 0, once_done=True)


def test_a_call_that_ended_well_is_gone_on_with_only_if_something_was_asked() -> None:
    run = ledger(Snapshot(round=4, clean_at=4, began_at=2))
    assert not opening.resume(INDEX, run)
    assert (run.began_at, run.round) == (2, 4)
    opening.ask(INDEX, run, [INDEX.numbers["decide"]])
    assert opening.resume(INDEX, run)
    assert (run.began_at, run.round) == (5, 5)


def test_a_killed_call_keeps_its_rounds_and_makes_its_lost_transients_again() -> None:
    entries = {YES: Entry(Yes(), 2, 2, None), TOKEN: Entry(LOST, 2, 2, "sign")}
    run = ledger(Snapshot(entries=entries, round=2, began_at=1))
    assert opening.resume(INDEX, run)
    assert (run.began_at, run.round) == (1, 2)
    assert run.refillable == {TOKEN}


def test_a_lost_transient_of_an_earlier_call_or_without_what_makes_it_stays_lost() -> None:
    token = Entry(LOST, 2, 2, "sign")
    earlier = ledger(Snapshot(entries={YES: Entry(Yes(), 2, 2, None), TOKEN: token}, round=4, began_at=3))
    without = ledger(Snapshot(entries={TOKEN: token}, round=2, began_at=1))
    for run in (earlier, without):
        assert opening.resume(INDEX, run)
        assert not run.refillable


def test_a_rerun_asks_even_who_runs_once_and_drops_what_builders_made() -> None:
    entries = {YES: Entry(Yes(), 2, 2, "decide"), PAID: Entry(Paid(), 2, 2, None)}
    run = ledger(Snapshot(entries=entries, marks={"pay": Mark(2, 0, once_done=True)}, round=2, clean_at=2))
    opening.rerun(INDEX, run, [INDEX.numbers["pay"]], drop=True)
    assert mark(run, "pay") == Mark(2, 3, once_done=False)
    assert run.entry(YES).value is ABSENT
    assert run.entry(PAID).value == Paid()  # it was delivered
    assert (run.began_at, run.round) == (3, 3)
