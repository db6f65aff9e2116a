"""Deliveries that are sent again."""

from polaris.testing.resent import resent_by_id, resent_twice, sent_once
from tests.unit.testing.subjects import SUBJECT, A


def test_under_its_id_a_delivery_counts_once() -> None:
    found = SUBJECT.found
    once, again = sent_once(found, SUBJECT, [{A: A(1)}]), resent_by_id(found, SUBJECT, [{A: A(1)}])
    assert (once.end, once.builders) == (again.end, again.builders)


def test_without_one_it_counts_twice() -> None:
    assert resent_twice(SUBJECT.found, SUBJECT, [{A: A(1)}]).builders == ["make", "make"]
