"""The comparison with the memory store finds a store that answers otherwise."""

from __future__ import annotations

from contextlib import closing

import pytest

from polaris.stores import MemoryStore
from polaris.testing.conformance import SetClock, same_as_memory
from tests.unit.testing.conformance import flaws

pytestmark = pytest.mark.usefixtures("same_each_time")


def test_a_store_with_a_flaw_does_not_pass() -> None:
    machine = same_as_memory(lambda clock: closing(flaws.Generous(clock)))
    with pytest.raises(AssertionError):
        machine("runTest").debug()


def test_a_store_that_answers_the_same_passes_and_is_closed_each_time() -> None:
    opened, closed = [], []

    class Counted(MemoryStore):
        def close(self) -> None:
            closed.append(self)

    def open_counted(clock: SetClock) -> closing[Counted]:
        opened.append(Counted(clock))
        return closing(opened[-1])

    same_as_memory(open_counted, examples=5, steps=10)("runTest").debug()
    assert len(opened) >= 5
    assert opened == closed
