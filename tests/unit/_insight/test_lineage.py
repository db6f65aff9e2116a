"""Where a value comes from is told by the state, and as far as that is not enough, by the history."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from polaris._insight.lineage import lineage
from polaris._model.events import Event, EventKind
from polaris._model.keys import Key
from polaris._model.lineage import Lineage, Origin
from polaris._model.plan import Plan
from polaris.errors import DeclarationError, MissingDataError
from tests.unit._insight.states import state, stored
from tests.unit.export.plans import NEGOTIATION, access, optional, parameter, plan, step

MOMENT = datetime(2026, 1, 1, tzinfo=UTC)

SALE = plan(
    "sale",
    step("price", "Cart", makes="Price"),
    step("pay", "Price", parameter("Card | Cash"), optional("Coupon"), access("Rate"), makes="Paid"),
    step("ship", "Paid", "Price", makes="Shipped"),
    target="Shipped",
)
SOLD = "Cart@1 Card@3 Price@2=price Paid@4=pay Shipped@4=ship"


def events(story: str) -> Sequence[Event]:
    """Write a history: ``"1:Cart 2:price=Price"``."""
    found: list[Event] = []
    for number, word in enumerate(story.split()):
        at, _, rest = word.partition(":")
        builder, made, keys = rest.rpartition("=")
        kind = EventKind.BUILDER_FINISHED if made else EventKind.CALL_STARTED
        found.append(
            Event(
                kind=kind,
                workflow="sale",
                run_id="order-42",
                round=int(at),
                builder=builder or None,
                keys=tuple(map(Key, keys.split(","))),
                seconds=0.5 if made else None,
                at=MOMENT + timedelta(seconds=number),
            )
        )
    return found


def asked(data: str, *keys: str, story: str = "", flow: Plan = SALE) -> Lineage:
    return lineage(flow, stored(state(data)), events(story), keys)


def parts(data: str, key: str, *, story: str = "", flow: Plan = SALE) -> dict[str, Origin]:
    return {part.key: part for part in asked(data, key, story=story, flow=flow).parts}


def test_a_value_comes_from_its_builder_and_from_what_that_read() -> None:
    found = asked(SOLD, "Shipped")
    assert (found.workflow, found.run_id, found.key) == ("sale", "order-42", "Shipped")
    assert [(part.key, part.builder, part.round, part.sources) for part in found.parts] == [
        ("Shipped", "ship", 4, ("Paid", "Price")),
        ("Paid", "pay", 4, ("Price", "Card")),
        ("Price", "price", 2, ("Cart",)),
        ("Cart", None, 1, ()),
        ("Card", None, 3, ()),
    ]


def test_a_transient_that_is_lost_still_has_an_origin() -> None:
    assert parts("Cart@1 Cash@3 ?Price@2=price Paid@4=pay", "Paid")["Paid"].sources == ("Price", "Cash")


def test_of_alternatives_the_one_that_changed_last_was_read() -> None:
    assert parts(SOLD.replace("Card@3", "Card@3 Cash@1"), "Paid")["Paid"].sources == ("Price", "Card")


def test_what_changed_since_is_an_earlier_value() -> None:
    paid = parts(SOLD.replace("Price@2", "Price@7"), "Paid")["Paid"]
    assert (paid.sources, paid.earlier) == (("Card",), ("Price",))


def test_of_what_was_not_required_only_the_history_knows_that_it_was_there() -> None:
    late = SOLD + " Coupon@8 Rate@9"
    assert parts(late, "Paid")["Paid"].earlier == ()
    story = "1:Cart 2:price=Price 3:Card,Coupon 4:pay=Paid 9:Coupon,Rate"
    assert parts(late, "Paid", story=story)["Paid"].earlier == ("Coupon",)


def test_of_alternatives_that_are_gone_the_history_knows_the_last() -> None:
    gone = "Price@2=price -Card@3 -Cash@2 Paid@4=pay"
    assert parts(gone, "Paid")["Paid"].earlier == ()
    assert parts(gone, "Paid", story="1:Card 2:Cash 4:pay=Paid 9:Card")["Paid"].earlier == ("Cash",)


def test_through_feedback_a_builder_read_the_value_of_the_pass_before() -> None:
    story = "1:Wish 2:tick=Tick,Log 3:tick=Tick,Log"
    ticks = parts("Wish@1 Tick@3=tick Log@3=tick", "Tick", flow=NEGOTIATION, story=story)["Tick"]
    assert (ticks.sources, ticks.earlier) == (("Wish", "Log"), ("Tick",))
    first = parts("Wish@1 Tick@2=tick Log@2=tick Counter@1=answer", "Tick", flow=NEGOTIATION)["Tick"]
    assert first.earlier == ()


def test_the_history_says_when_and_how_long() -> None:
    found = parts(SOLD, "Paid", story="1:Cart 2:price=Price 4:Card 4:pay=Paid")
    assert [(found[key].at, found[key].seconds) for key in ("Cart", "Paid")] == [
        (MOMENT, None),
        (MOMENT + timedelta(seconds=3), 0.5),
    ]


@pytest.mark.parametrize("story", ["", "2:price=Price 2:pay=Paid", "4:Paid", "4:pay=Shipped"])
def test_an_event_that_is_not_the_one_which_brought_it_is_not_taken_for_it(story: str) -> None:
    assert parts(SOLD, "Paid", story=story)["Paid"].at is None


def test_of_a_builder_that_the_plan_does_not_know_nothing_more_is_said() -> None:
    assert parts("Cart@1 Paid@2=old_pay", "Paid")["Paid"].sources == ()


def test_of_a_union_the_first_that_is_there_is_told() -> None:
    assert asked(SOLD, "Cash", "Card").key == "Card"


def test_data_that_are_not_there_have_no_lineage() -> None:
    with pytest.raises(MissingDataError, match="There is no Cash"):
        asked("Card@1 -Cash@2", "Cash")


def test_unknown_data_are_named() -> None:
    with pytest.raises(DeclarationError, match=r"'sale' has no data 'Shippd'\. It has Card, "):
        asked(SOLD, "Shippd")


def test_a_large_plan_is_told_in_time() -> None:
    flow = plan(
        "long",
        *(step(f"b{n}", *(f"K{max(n - back, 0)}" for back in (1, 2, 3)), makes=f"K{n}") for n in range(1, 1001)),
        target="K1000",
    )
    data = "K0@1 " + " ".join(f"K{n}@2=b{n}" for n in range(1, 1001))
    begun = time.perf_counter()
    found = asked(data, "K1000", flow=flow)
    assert len(str(found).splitlines()) == 101
    assert time.perf_counter() - begun < 1
    assert len(found.parts) == 1001
