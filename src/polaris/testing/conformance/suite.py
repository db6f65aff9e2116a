"""The suite: all tests in one class, and what they are given."""

from __future__ import annotations

import pytest

from polaris.protocols import Store
from polaris.testing.conformance.accepting import Accepting
from polaris.testing.conformance.cancelling import Cancelling
from polaris.testing.conformance.claiming import Claiming
from polaris.testing.conformance.finding import Finding
from polaris.testing.conformance.history import History
from polaris.testing.conformance.moves import Worker
from polaris.testing.conformance.purging import Purging
from polaris.testing.conformance.reading import Reading
from polaris.testing.conformance.rescuing import Rescuing
from polaris.testing.conformance.threads import Threads
from polaris.testing.conformance.writing import Writing
from polaris.testing.fakes import SetClock


class StoreConformance(Accepting, Claiming, Writing, Cancelling, Reading, Finding, History, Rescuing, Purging, Threads):
    """What every store does. Derive a class of tests from it, and give it a fixture `store`.

    The store must be empty, and go by the fixture `clock`::

        class TestMyStore(StoreConformance):
            @pytest.fixture
            def store(self, clock: SetClock) -> Iterator[Store]:
                with closing(MyStore(clock=clock)) as opened:
                    yield opened
    """

    @pytest.fixture
    def clock(self) -> SetClock:
        """A clock that is set by hand."""
        return SetClock()

    @pytest.fixture
    def a(self, store: Store) -> Worker:
        """A worker that is about to have the run."""
        return Worker(store, "A")

    @pytest.fixture
    def b(self, store: Store) -> Worker:
        """Another worker, that wants it too."""
        return Worker(store, "B")
