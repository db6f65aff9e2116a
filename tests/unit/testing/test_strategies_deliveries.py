"""Deliveries drawn from workflows: ordered partitions of what comes from outside, amended or left out."""

from dataclasses import dataclass
from enum import Enum
from typing import NewType

import pytest
from hypothesis import strategies as st

import polaris
from polaris import Workflow, compile_plan
from polaris._model.keys import TypeForm
from polaris.errors import DeclarationError
from polaris.testing import deliveries
from polaris.testing.strategies import Deltas, outside
from tests.unit.testing.drawing import all_of, first


@dataclass(frozen=True)
class Item:
    name: str
    price: float


class Opaque:
    def __init__(self, handle) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001 - nothing says what it is made of
        self.handle = handle


class Status(Enum):
    OPEN = 1
    SHUT = 2


UserId = NewType("UserId", str)
TEA = Item("tea", 3.5)


@dataclass(frozen=True)
class Paid:
    amount: float


@dataclass(frozen=True)
class Order:
    text: str


@dataclass(frozen=True)
class Sent:
    text: str


def check_out(item: Item, paid: Paid) -> Order:
    return Order(f"{item} {paid}")


def send(order: Order, user: UserId, tags: list[Status] | None = None) -> Sent:
    return Sent(f"{order} {user} {tags}")


def begin() -> Order:
    return Order("out of nothing")


shop = Workflow("shop", target=Sent, builders=[check_out, send])
clockwork = Workflow("clockwork", target=Order, builders=[begin])

OUTSIDE = {Item, Paid, UserId, list[Status]}
RUNTIME = {Item: Item, Paid: Paid, UserId: str, list[Status]: list}


def test_what_comes_from_outside_is_what_no_builder_makes() -> None:
    assert outside(compile_plan(shop)) == ["Item", "Paid", "UserId", "list[Status]"]
    assert outside(compile_plan(clockwork)) == []


def test_deliveries_hold_values_of_what_comes_from_outside_and_nothing_else() -> None:
    for script in all_of(deliveries(shop)):
        assert all(script)
        for delta in script:
            assert delta.keys() <= OUTSIDE
            assert all(type(value) is RUNTIME[form] for form, value in delta.items())


def test_deliveries_are_what_a_workflow_takes() -> None:
    for script in all_of(deliveries(shop)):
        for delta in script:
            polaris.run(shop, delta)


def has_all(script: Deltas) -> bool:
    return {form for delta in script for form in delta} == OUTSIDE


def test_all_may_come_at_once() -> None:
    assert first(deliveries(shop), lambda script: has_all(script) and len(script) == 1)


def test_each_may_come_by_itself() -> None:
    assert first(deliveries(shop), lambda script: has_all(script) and [len(delta) for delta in script] == [1, 1, 1, 1])


@pytest.mark.parametrize(("earlier", "later"), [(Item, Paid), (Paid, Item), (UserId, Item), (Paid, list[Status])])
def test_they_may_come_in_any_order(earlier: TypeForm, later: TypeForm) -> None:
    def in_order(script: Deltas) -> bool:
        forms = [form for delta in script for form in delta]
        return forms.index(earlier) < forms.index(later) if {earlier, later} <= set(forms) else False

    script = first(deliveries(shop), lambda script: in_order(script) and len(script) > 1)
    assert in_order(script)


def test_some_may_never_come() -> None:
    assert first(deliveries(shop), lambda script: script and not has_all(script))
    assert first(deliveries(shop), lambda script: not script) == []


def test_what_came_may_come_again_with_another_value_and_then_not_in_the_same_delivery() -> None:
    script = first(deliveries(shop), lambda script: len({delta[Paid] for delta in script if Paid in delta}) > 1)
    assert sum(Paid in delta for delta in script) == 2


def test_strategies_of_ones_own_are_used_for_deliveries() -> None:
    strategies = {Item: st.just(TEA), UserId: st.just("u1")}
    scripts = all_of(deliveries(shop, strategies))
    seen = {(form, delta[form]) for script in scripts for delta in script for form in strategies if form in delta}
    assert seen == {(Item, TEA), (UserId, "u1")}


def test_a_workflow_that_needs_nothing_is_delivered_nothing() -> None:
    assert all(script == [] for script in all_of(deliveries(clockwork)))


def test_a_type_that_cannot_be_drawn_cannot_be_delivered() -> None:
    def make(opaque: Opaque) -> Order: ...

    with pytest.raises(DeclarationError, match="No values of Opaque can be drawn"):
        all_of(deliveries(Workflow("opaque", target=Order, builders=[make])))
