import pytest

from polaris._insight.stored import next_inputs_stored, queued, snapshot_of, why_stored
from polaris._model.outcome import Status
from polaris._model.why import Reason
from polaris.errors import DeclarationError
from tests.unit._insight.states import state, stored
from tests.unit.export.plans import CHECKOUT


def test_a_snapshot_comes_back_with_texts_in_the_place_of_values() -> None:
    snapshot = state("Cart@1 -Coupon@1 ?CardDetails@3", "price_cart@2", at=4, clean=2)
    assert snapshot_of(stored(snapshot)) == snapshot


def test_why_is_asked_of_a_record() -> None:
    found = why_stored(CHECKOUT, stored(state("Cart@1"), Status.FAILED, error="price_cart: KeyError"))
    assert (found.run_id, found.status, found.error) == ("order-42", Status.FAILED, "price_cart: KeyError")


def test_what_waits_in_the_inbox_was_delivered() -> None:
    record = stored(state(), queued="Cart")
    assert queued(record) == {"Cart"}
    parts = {part.data: part for part in why_stored(CHECKOUT, record).parts}
    assert parts["Cart",].reason is Reason.QUEUED
    assert parts["Address",].reason is Reason.NEVER


def test_what_next_is_asked_of_a_record() -> None:
    found = next_inputs_stored(CHECKOUT, stored(state("Cart@1 Subtotal@2=price_cart", "price_cart@2")), ["Quote"])
    assert (found.run_id, found.sets) == ("order-42", (("Address",),))


def test_a_cancelled_run_takes_nothing_more() -> None:
    record = stored(state("Cart@1"), Status.CANCELLED)
    assert next_inputs_stored(CHECKOUT, record).sets == ()
    with pytest.raises(DeclarationError):
        next_inputs_stored(CHECKOUT, record, ["Quotes"])
