"""Why, reason by reason; whole answers are recorded beside them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from polaris._insight.why import why
from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.plan import Plan
from polaris._model.why import Part, Reason, Why
from tests.unit._insight import goldens
from tests.unit._insight.states import state
from tests.unit.export.plans import feedback, make_step, optional, parameter, plan, step, take

SHOP = plan(
    "shop",
    step("judge", "Case", take("Verdict"), makes="Yes | No | None"),
    step("mint", "Card", makes="Coin"),
    step("pay", "Yes", "Coin", take("Otp"), makes="Paid"),
    step("thank", optional("Paid"), optional("Tip"), makes="Thanks | None"),
    target="Thanks",
    transient=("Card", "Coin"),
)


def ask(one: Plan, data: str = "", ran: str = "", status: Status = Status.WAITING, **more: object) -> Why:
    rounds = {name: more.pop(name) for name in ("at", "clean") if name in more}
    return why(one, state(data, ran, **rounds), status=status, **more)  # type: ignore[arg-type]


def part(found: Why, key: str) -> Part:
    return next(part for part in found.parts if key in part.data)


def said(found: Why, key: str) -> tuple[object, ...]:
    """Give the reason for a key, with what is worth telling of it."""
    one = part(found, key)
    return (
        one.reason,
        *(value for value in (one.needs, one.round, one.by, one.instead, one.again, one.error) if value),
    )


def test_a_completed_run_has_no_parts() -> None:
    found = ask(SHOP, "Thanks@2=thank", "thank@2", Status.COMPLETED)
    assert (found.missing, found.parts) == ((), ())


def test_of_a_target_of_several_those_that_are_there_are_not_missing() -> None:
    both = plan("flow", step("a", "O", makes="A"), step("b", "P", makes="B"), target=("A", "B"))
    assert ask(both, "O@1 A@2=a", "a@2").missing == ("B",)
    assert ask(replace(both, target_all=False), "O@1 A@2=a", "a@2").missing == ()


@pytest.mark.parametrize(
    ("data", "ran", "key", "expected"),
    [
        ("", "", "Case", (Reason.NEVER,)),
        ("-Verdict@1", "judge@2", "Verdict", (Reason.TAKEN, 2, "judge")),
        ("-Case@3", "", "Case", (Reason.WITHDRAWN, 3)),
        ("?Card@1", "", "Card", (Reason.LOST,)),
        ("Case@1", "", "Yes", (Reason.WAITS, (("Verdict",),))),
        ("Case@1 -Verdict@1 -Yes@3=judge", "judge@1", "Yes", (Reason.WAITS, (("Verdict",),), 3)),
        ("Case@1 -Verdict@1", "judge@2", "Yes", (Reason.DECLINED, (("Verdict",),), 2)),
        ("Case@1 -Verdict@1 No@2=judge", "judge@2", "Yes", (Reason.OTHER, (("Verdict",),), 2, ("No",))),
        ("Case@1 -Verdict@1 No@3", "judge@2", "Yes", (Reason.REPLACED, (("Verdict",),), 3, ("No",))),
        ("?Card@1 ?Coin@2=mint", "mint@2", "Coin", (Reason.WAITS, (("Card",),))),
        ("", "", "Thanks", (Reason.WAITS, (("Tip", "Paid"),))),
        ("Tip@1", "thank@2", "Thanks", (Reason.DECLINED, 2, ("Paid", "Tip"))),
    ],
)
def test_every_absent_key_has_its_reason(data: str, ran: str, key: str, expected: tuple[object, ...]) -> None:
    target = replace(SHOP, target=(Key(key),))
    assert said(ask(target, data, ran), key) == expected


def one(*inputs: object, makes: str = "Made", name: str = "make", **fields: object) -> Plan:
    """Make a plan of one builder, and one that takes what it makes."""
    made = replace(step(name, *inputs, makes=makes), **fields)  # type: ignore[arg-type]
    return plan("one", made, step("end", take("Made"), makes="End"), target="Made", transient=("Made",))


@pytest.mark.parametrize(
    ("flow", "data", "ran", "expected"),
    [
        (one("A"), "A@1 ?Made@2=make", "make@2", (Reason.LOST, ("A",))),
        (one("A"), "A@1 -Made@2=make", "make@2 end@2", (Reason.TAKEN, 2, "end", ("A",))),
        (one("A"), "A@1 -Made@3=make", "make@2", (Reason.WITHDRAWN, 3, ("A",))),
        (one(), "", "", (Reason.IDLE,)),
        (one("A", makes="Made | Other", once=True), "A@1", "make@1!", (Reason.DONE,)),
        (one("A", makes="Made | None"), "A@1 -Made@3=make", "make@2", (Reason.WITHDRAWN, 3, ("A",))),
    ],
)
def test_what_lacks_nothing_and_made_nothing_has_its_reason(
    flow: Plan, data: str, ran: str, expected: tuple[object, ...]
) -> None:
    assert said(ask(flow, data, ran), "Made") == expected


def test_what_was_taken_from_a_builder_that_waits_now_is_told_by_what_it_waits_for() -> None:
    assert said(ask(one("A"), "-A@1 -Made@2=make", "make@2 end@2"), "Made") == (Reason.WAITS, (("A",),))


# --- a call that failed ----------------------------------------------------------------------------------------------

TWO = plan("two", step("a", "O", makes="A"), step("b", "P", makes="B"), step("c", "A", "B", "Q", makes="C"), target="C")


def test_the_builder_that_failed_is_named_in_the_error() -> None:
    found = ask(TWO, "O@1 P@1", status=Status.FAILED, at=2, clean=0, error="b: KeyError")
    assert said(found, "B") == (Reason.FAILED, "KeyError")
    assert said(found, "A") == (Reason.READY,)


@pytest.mark.parametrize("error", [None, "nobody: KeyError"])
def test_else_it_is_the_first_that_is_left_to_do(error: str | None) -> None:
    found = ask(TWO, "O@1 P@1", status=Status.FAILED, at=2, clean=0, error=error)
    assert said(found, "A") == (Reason.FAILED,)


def test_where_nothing_is_left_to_do_nothing_is_said_to_have_failed() -> None:
    found = ask(TWO, status=Status.FAILED)
    assert {part.reason for part in found.parts} == {Reason.WAITS, Reason.NEVER}


def test_what_leads_to_it_comes_first() -> None:
    found = ask(TWO, "P@1", status=Status.FAILED, at=2, clean=0, error="b: KeyError")
    assert part(found, "C").needs == (("B",), ("Q",), ("A",))


# --- order, and once each --------------------------------------------------------------------------------------------


def test_of_requirements_those_out_of_reach_come_first_and_of_alternatives_those_within() -> None:
    flow = plan(
        "flow",
        step("choose", "Choice", makes="Left | Right"),
        step("go", "Right", makes="Gone"),
        step("end", "Note", parameter("Gone | Ticket"), "Right", makes="End"),
        target="End",
    )
    found = ask(flow, "Choice@1 Left@2=choose", "choose@2", Status.BLOCKED)
    assert part(found, "End").needs == (("Right",), ("Note",), ("Ticket", "Gone"))
    assert [part.open for part in (part(found, "End"), part(found, "Note"), part(found, "Right"))] == [
        False,
        True,
        False,
    ]


def test_what_one_builder_does_not_make_is_told_together_and_everything_once() -> None:
    pack = make_step("pack", [parameter("Order")], [("Parcel",), ("Label",)])
    flow = plan("flow", pack, step("send", "Label", "Parcel", "Order", makes="Sent"), target=("Sent", "Parcel"))
    assert [part.data for part in ask(flow).parts] == [("Sent",), ("Order",), ("Parcel", "Label")]


def test_a_loop_comes_to_an_end() -> None:
    flow = plan(
        "loop",
        step("ask", replace(feedback("Reply"), required=True), makes="Question"),
        step("say", "Question", makes="Reply"),
        target="Reply",
    )
    assert [part.data for part in ask(flow).parts] == [("Reply",), ("Question",)]


# --- whole answers ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    return dict(goldens.texts())


@pytest.mark.parametrize("name", sorted(path.name for path in goldens.FOLDER.iterdir()))
def test_an_answer_is_the_recorded_one(name: str, texts: dict[str, str]) -> None:
    assert texts[name] == (goldens.FOLDER / name).read_text(encoding="utf-8")


def test_every_answer_is_recorded(texts: dict[str, str]) -> None:
    assert {path.name for path in goldens.FOLDER.iterdir()} == set(texts)
