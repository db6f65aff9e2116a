"""Nouns that are read when somebody looks into them."""

import copy
import pickle

import pytest

from polaris._model.late import late
from polaris._model.plan import Plan
from tests.unit._model.plans import plan


def count() -> tuple[list[int], Plan]:
    """Give a plan that is read late, and how often it has been."""
    reads: list[int] = []

    def read() -> Plan:
        reads.append(1)
        return plan()

    return reads, late(Plan, read)


def test_it_is_read_once_when_a_field_is_looked_at() -> None:
    reads, noun = count()
    assert isinstance(noun, Plan)
    assert not reads
    assert noun.steps == plan().steps
    assert noun.fingerprint == plan().fingerprint
    assert reads == [1]


def test_it_cannot_be_told_from_others() -> None:
    assert count()[1] == plan()
    assert plan() == count()[1]
    assert hash(count()[1]) == hash(plan())
    assert repr(count()[1]) == repr(plan())
    assert pickle.loads(pickle.dumps(count()[1])) == plan()
    assert copy.copy(count()[1]) == copy.deepcopy(count()[1]) == plan()
    with pytest.raises(AttributeError):
        count()[1].target_all = False  # type: ignore[misc]


def test_what_is_known_need_not_be_read_and_stays() -> None:
    def read() -> Plan:
        return plan()

    target = tuple(plan().target)
    noun = late(Plan, read, workflow="known", target=target)
    assert noun.workflow == "known"
    assert noun.steps == plan().steps
    assert noun.workflow == "known"
    assert noun.target is target


def test_it_has_no_other_attributes_and_is_not_read_for_them() -> None:
    reads, noun = count()
    assert not hasattr(noun, "colour")
    assert not hasattr(plan(), "colour")
    assert not reads


def test_what_reading_raises_is_raised_each_time() -> None:
    def read() -> Plan:
        raise OSError("gone")

    noun = late(Plan, read)
    for _ in range(2):
        with pytest.raises(OSError, match="gone"):
            _ = noun.steps


def test_a_noun_of_another_thread_that_was_quicker_is_left_as_it_is() -> None:
    def read() -> Plan:
        object.__setattr__(noun, "workflow", "quicker")
        return plan()

    noun = late(Plan, read)
    assert noun.workflow == "quicker"
    assert noun.steps == plan().steps
