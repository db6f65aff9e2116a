from copy import copy
from datetime import UTC, datetime

import pytest

from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.records import Answer, Cell, Changes, Delivery, Header, Receipt, Saved, Stored, Verdict
from polaris._model.snapshot import Mark
from tests.unit._model.nouns import assert_noun

NOON = datetime(2030, 1, 1, 12, tzinfo=UTC)
CELL = Cell(key=Key("Request"), present=True, text='{"n":1}', changed=1, different=1, by=None)
DELIVERY = Delivery(seq=1, delivery_id="evt_123", values=((Key("Request"), '{"n":1}'),))
HEADER = Header(
    workflow="ride", fingerprint="f" * 64, status=Status.RUNNING, round=1, began_at=1, clean_at=0, is_open=True
)
STORED = Stored(
    run_id="ride-42",
    uid="u",
    revision=1,
    header=HEADER,
    cells=(CELL,),
    marks=(("match", Mark(ran_at=2)),),
    inbox=(DELIVERY,),
    takeovers=0,
    created=NOON,
    updated=NOON,
)
RECORDS = [
    CELL,
    DELIVERY,
    HEADER,
    STORED,
    Changes(header=HEADER),
    Answer(verdict=Verdict.CLAIMED, state=STORED),
    Saved(receipt=Receipt.NEXT, revision=2, delivery=DELIVERY),
]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_what_passes_between_an_engine_and_a_store_is_a_noun(record: object) -> None:
    assert_noun(record)
    assert hash(record) == hash(copy(record))


def test_a_save_writes_nothing_but_the_header_unless_something_changed() -> None:
    assert (Changes(header=HEADER).cells, Changes(header=HEADER).marks) == ((), ())


def test_a_run_waits_for_nothing_and_has_no_error_unless_it_is_said() -> None:
    assert (HEADER.waiting_for, HEADER.error) == ((), None)


def test_an_answer_without_a_run_holds_none() -> None:
    answer = Answer(verdict=Verdict.UNKNOWN)
    assert (answer.state, answer.repeated) == (None, False)


def test_a_lost_lease_comes_with_nothing_to_go_on_with() -> None:
    saved = Saved(receipt=Receipt.LOST)
    assert (saved.revision, saved.delivery) == (0, None)


def test_a_store_answers_with_texts_that_any_language_can_write() -> None:
    assert [str(verdict) for verdict in Verdict] == [
        *("claimed", "queued", "idle", "busy", "unknown", "exists", "mismatch", "cancelled")
    ]
    assert [str(receipt) for receipt in Receipt] == ["ok", "lost", "released", "next"]
