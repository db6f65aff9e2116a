"""The suite finds what is wrong with a store."""

from __future__ import annotations

from inspect import signature

import pytest

from polaris._model.records import Verdict
from polaris.stores import MemoryStore
from polaris.testing.conformance import SetClock, StoreConformance
from polaris.testing.conformance.moves import LEASE, Worker
from tests.unit.testing.conformance import flaws

FOUND_BY: dict[type[MemoryStore], tuple[str, dict[str, object]]] = {
    flaws.Forgetful: ("test_a_delivery_id_counts_once_however_often_it_is_sent", {}),
    flaws.Unfenced: ("test_a_lease_that_another_took_writes_nothing_more", {"write": "save"}),
    flaws.Repeating: ("test_a_second_try_of_a_write_answers_as_the_first_and_changes_nothing", {"write": "end"}),
    flaws.Everlasting: (
        "test_a_lease_ends_when_its_time_is_over_and_not_before",
        {"waited": LEASE + 1, "verdict": Verdict.CLAIMED},
    ),
    flaws.Generous: ("test_of_many_that_claim_at_once_one_holds_the_run", {}),
    flaws.Torn: ("test_a_read_is_one_revision_while_others_write", {}),
    flaws.Cropping: ("test_a_value_of_ten_megabytes_comes_back", {}),
    flaws.Trimming: ("test_odd_run_ids_are_different_runs", {}),
    flaws.Alphabetical: ("test_runs_are_found_in_the_order_of_the_bytes_of_their_ids", {}),
    flaws.Unpaged: ("test_pages_one_after_another_are_all_runs", {"limit": 2}),
    flaws.Wasteful: ("test_a_purge_leaves_a_run_with_a_queued_delivery", {}),
}

every_flaw = pytest.mark.parametrize("flaw", FOUND_BY, ids=lambda flaw: flaw.__name__)


def try_out(store_class: type[MemoryStore], name: str, more: dict[str, object]) -> None:
    """Run one test of the suite as pytest would."""
    clock = SetClock()
    store = store_class(clock)
    given = {"clock": clock, "store": store, "a": Worker(store, "A"), "b": Worker(store, "B"), **more}
    test = getattr(StoreConformance(), name)
    test(**{parameter: given[parameter] for parameter in signature(test).parameters})


@every_flaw
def test_a_store_with_a_flaw_does_not_pass(flaw: type[MemoryStore]) -> None:
    with pytest.raises(AssertionError):
        try_out(flaw, *FOUND_BY[flaw])


@every_flaw
def test_a_store_without_it_passes(flaw: type[MemoryStore]) -> None:
    try_out(MemoryStore, *FOUND_BY[flaw])


def test_no_test_hides_another_of_the_same_name() -> None:
    names = [name for group in StoreConformance.__mro__ for name in vars(group) if name.startswith("test_")]
    assert len(names) == len(set(names)) > 100
