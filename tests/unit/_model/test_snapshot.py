import copy
import pickle
from typing import Any

import pytest

from polaris._model.keys import Key
from polaris._model.snapshot import ABSENT, LOST, NEVER, Entry, Gone, Mark, Snapshot
from tests.unit._model.nouns import assert_noun

ENTRY = Entry("value", 2, 2, "match")


@pytest.mark.parametrize("noun", [ENTRY, NEVER], ids=type)
def test_what_a_run_knows_of_a_key_or_a_builder_cannot_be_changed(noun: Entry | Mark) -> None:
    for name in noun._fields:
        with pytest.raises(AttributeError):
            setattr(noun, name, getattr(noun, name))
    assert not hasattr(noun, "__dict__")


def test_a_snapshot_is_a_noun() -> None:
    assert_noun(Snapshot())


def test_a_run_begins_with_nothing() -> None:
    empty = Snapshot()
    assert (dict(empty.entries), dict(empty.marks)) == ({}, {})
    assert (empty.round, empty.began_at, empty.clean_at, empty.is_open) == (0, 0, 0, False)


def test_what_a_run_begins_with_cannot_be_written_into() -> None:
    entries: Any = Snapshot().entries
    with pytest.raises(TypeError):
        entries[Key("Request")] = ENTRY


def test_a_builder_that_is_not_known_never_ran_and_was_never_asked() -> None:
    assert (NEVER.ran_at, NEVER.asked_at, NEVER.once_done) == (0, 0, False)
    assert Mark(ran_at=1) != NEVER


@pytest.mark.parametrize("gone", list(Gone))
def test_what_stands_in_the_place_of_a_value_is_itself_in_every_copy(gone: Gone) -> None:
    assert pickle.loads(pickle.dumps(gone)) is gone
    assert copy.deepcopy(gone) is gone


def test_a_value_that_cannot_be_read_says_why() -> None:
    assert (repr(ABSENT), repr(LOST)) == ("<absent>", "<lost>")
