"""`check_workflow` lets pass what is right, and tells the smallest deliveries that show what is wrong."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count

import pytest

from polaris import Access, Feedback, Take, Workflow, builder, compile_plan
from polaris._model.declaration import Function
from polaris.testing import (
    assert_confluent,
    assert_idempotent,
    assert_pure,
    assert_same_everywhere,
    check_workflow,
)
from polaris.testing.properties import is_order_free

pytestmark = pytest.mark.usefixtures("same_each_time")


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    n: int


@dataclass(frozen=True)
class C:
    n: int


@dataclass(frozen=True)
class Price:
    amount: float


@dataclass(frozen=True)
class Note:
    text: str


@dataclass(frozen=True)
class Out:
    text: str


@dataclass
class Cart:
    items: list[int]


OPENING = '    engine.run(flow, "run", new=True)'


def flow(*builders: Function, target: object = Out, **options: object) -> Workflow[object]:
    return Workflow("flow", target=target, builders=builders, **options)


def what_is_wrong(
    workflow: Workflow[object], holds: Callable[..., object] = assert_same_everywhere, **options: object
) -> list[str]:
    """Give the lines of the report, up to the histories, without the call that makes the run before others."""
    with pytest.raises(AssertionError) as caught:
        holds(workflow, **options)
    text, _, _ = str(caught.value).partition("\n\n")
    return text.replace(f"{OPENING}\n    engine", "    engine").splitlines()


# --- what is right ---------------------------------------------------------------------------------------------------


def make_note(a: A, b: B | None = None) -> Note | None:
    return Note(f"{a} {b}") if a.n % 2 else None


def make_price(b: B) -> Price | Cart:
    return Price(b.n / 2) if b.n % 3 else Cart([b.n])


def finish(note: Note, price: Price | Cart) -> tuple[Out, C]:
    return Out(f"{note} {price}"), C(len(note.text))


def log(a: Access[A], c: C, last: Feedback[Out] | None = None) -> Out:
    return Out(f"{a} {c} {last.text[:3] if last else ''}"[:20])


@pytest.mark.parametrize(
    "workflow",
    [
        flow(make_note, make_price, finish),
        flow(make_note, make_price, finish, target=tuple[Out, C]),
        flow(make_note, target=Note, transients=[B]),
        flow(log),
    ],
    ids=["target", "targets", "transient", "loop"],
)
def test_a_workflow_that_is_right_passes(workflow: Workflow[object]) -> None:
    check_workflow(workflow)


def test_a_workflow_that_needs_nothing_passes() -> None:
    def out_of_nothing() -> Out:
        return Out("made")

    check_workflow(flow(out_of_nothing))


# --- paused and reloaded ---------------------------------------------------------------------------------------------


def test_a_builder_that_never_makes_the_same_twice_is_found() -> None:
    numbers = count()

    def make(a: A) -> Out:
        return Out(str(next(numbers)) if a.n > 5 else "")

    first, script, kept, reloaded = what_is_wrong(flow(make))
    assert first == "flow: a run that is paused and reloaded ends otherwise than one that is not."
    assert script == '    engine.run(flow, "run", {A: A(n=6)})'
    assert kept.startswith("in memory: completed with A=A(n=6), Out=Out(text='")
    assert reloaded.startswith("otherwise: completed with A=A(n=6), Out=Out(text='")
    assert kept.partition("Out(")[2] != reloaded.partition("Out(")[2]


def test_a_value_that_comes_back_as_another_kind_of_number_is_found_by_who_looks_at_it() -> None:
    def price(a: A) -> Price:
        return Price(a.n % 10)

    def out(price: Price) -> Out:
        return Out(str(price.amount))

    assert what_is_wrong(flow(price, out))[1:] == [
        '    engine.run(flow, "run", {A: A(n=0)})',
        "in memory: completed with A=A(n=0), Out=Out(text='0'), Price=Price(amount=0)",
        "otherwise: completed with A=A(n=0), Out=Out(text='0.0'), Price=Price(amount=0.0)",
    ]


def test_a_builder_that_looks_at_who_a_value_is_is_found() -> None:
    def seen(a: A) -> Note:
        known.append(a)
        return Note("seen")

    def out(a: A, note: Note, b: B | None = None) -> Out:
        return Out(f"the same: {a is known[-1]}")

    known: list[A] = []
    _, *script, kept, reloaded = what_is_wrong(flow(seen, out))
    assert "A: A(n=0)" in script[0]
    assert kept.endswith("Note=Note(text='seen'), Out=Out(text='the same: True')")
    assert reloaded.endswith("Note=Note(text='seen'), Out=Out(text='the same: False')")


def test_how_a_run_ends_counts_too() -> None:
    calls = count()

    def sometimes() -> Out | None:
        return Out("made") if next(calls) % 2 else None

    _, *rest = what_is_wrong(flow(sometimes))
    assert rest == [
        '    engine.run(flow, "run", new=True)',
        "in memory: blocked with nothing",
        "otherwise: completed with Out=Out(text='made')",
    ]


def test_the_smallest_values_are_told() -> None:
    numbers = count()

    def make(a: A, b: B) -> Out:
        return Out(str(next(numbers)) if b.n > 6 and a.n >= 0 else "")

    _, *script, _, _ = what_is_wrong(flow(make))
    assert script == ['    engine.run(flow, "run", {A: A(n=0), B: B(n=7)})']


def test_no_delivery_is_told_that_is_not_needed() -> None:
    numbers = count()

    def make(a: A, c: C, b: B | None = None) -> Out:
        return Out(str(next(numbers)) if b is not None and b.n > 6 else "")

    _, *script, _, _ = what_is_wrong(flow(make))
    assert len(script) == 1
    assert all(value in script[0] for value in ["A(n=0)", "B(n=7)", "C(n=0)"])


def test_a_value_is_told_as_it_was_delivered() -> None:
    def add(cart: Cart, b: B | None = None) -> Out:
        cart.items.append(1)
        return Out("added")

    _, *script, _, _ = what_is_wrong(flow(add))
    assert "Cart: Cart(items=[])" in "\n".join(script)


def test_a_change_that_is_made_only_once_is_found_too() -> None:
    def sort(cart: Cart, b: B | None = None) -> Out:
        cart.items.sort()
        return Out("sorted")

    what_is_wrong(flow(sort))


def test_the_report_has_the_opening_call_the_histories_and_the_picture() -> None:
    numbers = count()

    def make(a: A) -> Out:
        return Out(str(next(numbers)))

    with pytest.raises(AssertionError) as caught:
        assert_same_everywhere(flow(make, finish_nothing, target=tuple[Out, C]))
    lines = str(caught.value).splitlines()
    assert lines[1:3] == [OPENING, '    engine.run(flow, "run", {A: A(n=0)})']
    assert "histories (they part at make):" in lines
    assert [line.split("|")[1].strip() for line in lines if line.startswith("  call with A")] == ["call with A"]
    assert "  style b1 stroke:#d00000,stroke-width:4px" in lines


def finish_nothing(a: A) -> C | None:
    return None


# --- pure and resent -------------------------------------------------------------------------------------------------


def test_a_builder_that_changes_what_it_is_given_is_named() -> None:
    def add(cart: Cart) -> Out:
        cart.items.append(1)
        return Out("added")

    lines = what_is_wrong(flow(add), assert_pure)
    assert lines == [
        "flow: add changes what it is given: cart was Cart(items=[]) and is Cart(items=[1])",
        '    engine.run(flow, "run", {Cart: Cart(items=[])})',
    ]


def test_a_builder_that_looks_at_something_global_is_named() -> None:
    seen: list[A] = []

    def note(a: A) -> Note:
        seen.append(a)
        return Note("")

    def look(b: B) -> Out:
        return Out(str(len(seen)))

    lines = what_is_wrong(flow(note, look, target=tuple[Note, Out]), assert_pure)
    assert lines[0].startswith("flow: look makes something else of the same: look(b=B(n=0))")


def test_what_is_right_is_idempotent() -> None:
    assert_idempotent(flow(make_note, make_price, finish))
    assert_idempotent(flow(log))


def test_a_run_that_ends_otherwise_when_deliveries_are_resent_is_found() -> None:
    calls = count()

    def make(a: A) -> Out:
        return Out(str(next(calls)))

    lines = what_is_wrong(flow(make), assert_idempotent)
    assert lines[0].startswith("flow: a run whose deliveries are sent again with the same delivery_id ends otherwise")


# --- order and grouping ----------------------------------------------------------------------------------------------


def test_an_end_that_depends_on_the_order_of_deliveries_is_found() -> None:
    notes: list[str] = []

    def first(a: A) -> C:
        notes.append("A")
        return C(0)

    def second(b: B) -> Price:
        notes.append("B")
        return Price(0.5)

    def out(c: C, price: Price) -> Out:
        return Out(f"last came {notes[-1]}")

    title, *lines = what_is_wrong(flow(first, second, out), assert_confluent)
    assert title == "flow: the end depends on the order in which the same data arrive."
    ends = [
        line.partition("last came ")[2][0] for line in lines if line.startswith("ends completed with A=A(n=0), B=B(")
    ]
    assert sorted(ends) == ["A", "B"]
    only_b = lines.index('    engine.run(flow, "run", {B: B(n=0)})')
    assert lines[only_b + 1] == '    engine.run(flow, "run", {A: A(n=0)})'
    assert "last came A" in lines[only_b + 2]


def test_an_end_that_depends_on_the_grouping_of_deliveries_is_found() -> None:
    ran: list[str] = []

    def begin() -> Note:
        ran.clear()
        return Note("begun")

    def out(note: Note, a: A | None = None, b: B | None = None) -> Out:
        ran.append("out")
        return Out(f"came {len(ran)} times")

    title, *lines = what_is_wrong(flow(begin, out), assert_confluent)
    assert title == "flow: the end depends on the order in which the same data arrive."
    ends = [number for number, line in enumerate(lines) if line.startswith("ends completed with A=A(n=0), B=B(n=0)")]
    assert sorted(lines[number].partition("came ")[2] for number in ends) == ["2 times')", "3 times')"]
    assert sorted([ends[0], ends[1] - ends[0] - 1]) == [1, 2], "one delivery or two"


# --- plans that ask for an order -------------------------------------------------------------------------------------


def plain(a: A, b: B | None = None) -> Note | Price | None:
    return Note(f"{a} {b}")


def one_of_a_slot(x: Note | Price) -> Out:
    return Out(f"{x}")


def one_of_two_slots(x: A | B) -> Out:
    return Out(f"{x}")


def one_of_two_slots_perhaps(c: C, x: A | B | None = None) -> Out:
    return Out(f"{c} {x}")


def taking(a: Take[A], b: B) -> Out:
    return Out(f"{a} {b}")


def peeping(a: A, b: Access[B]) -> Out:
    return Out(f"{a} {b}")


def looping(a: A, b: B, last: Feedback[Out] | None = None) -> Out:
    return Out((last.text if last else "") or f"{a} {b}")


def count_up(b: B, c: Feedback[C] | None = None) -> C:
    return c or C(b.n)


@builder(once=True)
def acting(a: A, b: B) -> Out:
    return Out(f"{a} {b}")


ORDERED = {
    "a one-of over two slots": flow(one_of_two_slots),
    "a one-of over two slots that may be absent": flow(one_of_two_slots_perhaps),
    "take": flow(taking),
    "access": flow(peeping),
    "feedback": flow(looping),
    "once": flow(acting),
    "a transient": flow(plain, target=Note, transients=[B]),
    "only one of its steps": flow(plain, one_of_a_slot, count_up, target=tuple[Out, C]),
}


def test_in_a_plain_plan_order_can_never_matter() -> None:
    assert is_order_free(compile_plan(flow(plain, one_of_a_slot)))


@pytest.mark.parametrize("workflow", ORDERED.values(), ids=ORDERED)
def test_a_plan_may_ask_for_an_order(workflow: Workflow[object]) -> None:
    assert not is_order_free(compile_plan(workflow))


@pytest.mark.parametrize("workflow", ORDERED.values(), ids=ORDERED)
def test_an_order_that_is_asked_for_is_no_fault(workflow: Workflow[object]) -> None:
    check_workflow(workflow)


def test_a_plan_that_asks_for_an_order_is_still_paused_and_reloaded() -> None:
    numbers = count()

    def take(a: Take[A]) -> Out:
        return Out(str(next(numbers)))

    lines = what_is_wrong(flow(take))
    assert lines[0] == "flow: a run that is paused and reloaded ends otherwise than one that is not."
    assert lines[1] == '    engine.run(flow, "run", {A: A(n=0)})'
    assert "A=A(" not in lines[2], "A is taken"
