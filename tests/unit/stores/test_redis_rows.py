"""What the Redis store sends and gets; that it comes back as it was is told by the conformance suite."""

from __future__ import annotations

import pytest

from polaris._model.records import Changes, Delivery, Receipt, Saved
from polaris._model.snapshot import Mark
from polaris.stores import redis_rows as rows
from polaris.testing.conformance.moves import OPEN, cell, delivery


def test_the_text_of_a_cell_is_a_line_about_it_and_its_value_as_it_is() -> None:
    *_, name, text = rows.changes_texts(Changes(header=OPEN, cells=(cell("Ride", '{"seats":2}', changed=7),)))
    assert (name, text) == ("c:Ride", '1 1 7 7 "match"\n{"seats":2}')


def test_a_cell_without_a_value_says_so() -> None:
    *_, text = rows.changes_texts(Changes(header=OPEN, cells=(cell("Ride", None, by=None),)))
    assert text == "0 0 1 1 null\n"


def test_the_text_of_a_mark_is_its_numbers() -> None:
    *_, number, name, text = rows.changes_texts(
        Changes(header=OPEN, marks=(("match", Mark(ran_at=7, asked_at=2**60, once_done=True)),))
    )
    assert (number, name, text) == (2, "m:match", "7 1152921504606846976 1")


def test_a_text_and_none_are_told_apart() -> None:
    assert (rows.maybe(None), rows.maybe(""), rows.maybe("=")) == ("", "=", "==")


@pytest.mark.parametrize(
    ("reply", "saved"),
    [
        (b"lost 0", Saved(receipt=Receipt.LOST)),
        (b"ok 9007199254740991", Saved(receipt=Receipt.OK, revision=2**53 - 1)),
        (b"released 3", Saved(receipt=Receipt.RELEASED, revision=3)),
    ],
)
def test_the_answer_to_a_write_is_read(reply: bytes, saved: Saved) -> None:
    assert rows.saved(reply) == saved


def test_the_answer_to_an_end_may_have_a_delivery_with_it() -> None:
    sent = delivery("d 1", Ride='"a b\n"')
    reply = f"next 3 2:{rows.delivery_text(sent)}".encode()
    expected = Delivery(seq=2, delivery_id="d 1", values=sent.values)
    assert rows.saved(reply) == Saved(receipt=Receipt.NEXT, revision=3, delivery=expected)
