"""History: the events that were saved with the writes of a run."""

from __future__ import annotations

from datetime import UTC, datetime

from polaris._model.events import Event, EventKind
from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.records import Changes, Receipt, Verdict
from polaris.protocols import Store
from polaris.testing.conformance.moves import CLOSED, LEASE, OPEN, Worker, delivery, each_write
from polaris.testing.fakes import SetClock

STARTED = Event(kind=EventKind.CALL_STARTED, workflow="rides", run_id="r1", round=1, keys=(Key("Ride"),))


MATCHED = Event(
    kind=EventKind.BUILDER_FINISHED,
    workflow="rides",
    run_id="r1",
    round=2,
    builder="match",
    keys=(Key("Cabbie"), Key("list[Item]")),
    seconds=0.1,
)


FAILED = Event(
    kind=EventKind.BUILDER_FAILED,
    workflow="rides",
    run_id="r1",
    round=2,
    builder="zahlen/払う",
    error="ValueError",
    seconds=1e-9,
)


ENDED = Event(kind=EventKind.CALL_FINISHED, workflow="rides", run_id="r1", round=3, status=Status.WAITING, seconds=12.5)


def tells(*events: Event) -> Changes:
    return Changes(header=OPEN, events=events)


def at(seconds: float, *events: Event) -> tuple[Event, ...]:
    """What events are when they have been saved."""
    return tuple(event._replace(at=datetime.fromtimestamp(seconds, UTC)) for event in events)


class History:
    """History: the events that were saved with the writes of a run."""

    def test_a_run_that_is_not_there_has_no_history(self, store: Store) -> None:
        assert store.history("nobody") is None

    def test_a_run_that_was_only_accepted_has_an_empty_history(self, a: Worker, store: Store) -> None:
        a.accept(delivery())
        assert store.history("r1") == ()

    def test_events_come_back_in_order_each_with_the_time_of_its_commit(
        self, a: Worker, store: Store, clock: SetClock
    ) -> None:
        a.accept(delivery("d1"))
        begun = clock.now
        a.begin("o1", changes=tells(STARTED))
        clock.sleep(0.25)
        a.save("o2", tells(MATCHED, FAILED))
        clock.sleep(1)
        a.end("o3", Changes(header=CLOSED, events=(ENDED,)))
        expected = (*at(begun, STARTED), *at(begun + 0.25, MATCHED, FAILED), *at(begun + 1.25, ENDED))
        assert store.history("r1") == expected

    def test_a_clock_that_goes_back_does_not_change_the_order_of_events(
        self, a: Worker, store: Store, clock: SetClock
    ) -> None:
        a.accept(delivery("d1"))
        a.begin("o1", changes=tells(STARTED))
        clock.sleep(-1000)
        a.save("o2", tells(MATCHED))
        assert store.history("r1") == (*at(clock.now + 1000, STARTED), *at(clock.now, MATCHED))

    def test_the_time_that_an_event_brings_does_not_count(self, a: Worker, store: Store, clock: SetClock) -> None:
        a.accept(delivery("d1"))
        a.begin("o1", changes=tells(*at(5.0, STARTED)))
        assert store.history("r1") == at(clock.now, STARTED)

    def test_a_run_that_is_begun_where_it_is_made_has_a_history_too(
        self, a: Worker, store: Store, clock: SetClock
    ) -> None:
        assert a.accept(delivery("d1"), changes=tells(STARTED, MATCHED)).verdict is Verdict.CLAIMED
        assert store.history("r1") == at(clock.now, STARTED, MATCHED)
        a.accept(delivery("d1"), changes=tells(STARTED, MATCHED))
        assert store.history("r1") == at(clock.now, STARTED, MATCHED)

    @each_write
    def test_a_second_try_tells_no_event_again(self, a: Worker, store: Store, clock: SetClock, write: str) -> None:
        a.accept(delivery("d1"))
        before = a.revision
        for _ in range(3):
            getattr(a, write)("o1", changes=tells(MATCHED), at=before)
        assert store.history("r1") == at(clock.now, MATCHED)

    @each_write
    def test_who_has_lost_the_lease_tells_no_event(
        self, a: Worker, b: Worker, store: Store, clock: SetClock, write: str
    ) -> None:
        a.accept(delivery("d1"))
        clock.sleep(LEASE + 1)
        b.claim()
        assert getattr(a, write)("o1", changes=tells(MATCHED)).receipt is Receipt.LOST
        assert store.history("r1") == ()

    def test_a_call_that_goes_on_with_the_next_delivery_tells_of_its_end(
        self, a: Worker, store: Store, clock: SetClock
    ) -> None:
        a.accept(delivery("d1"))
        a.accept(delivery("d2"))
        a.begin("o1")
        assert a.end("o2", Changes(header=CLOSED, events=(ENDED,))).receipt is Receipt.NEXT
        assert store.history("r1") == at(clock.now, ENDED)

    def test_equal_events_are_told_as_often_as_they_happened(self, a: Worker, store: Store, clock: SetClock) -> None:
        a.accept(delivery("d1"))
        a.begin("o1", changes=tells(MATCHED, MATCHED))
        a.save("o2", tells(MATCHED))
        assert store.history("r1") == at(clock.now, MATCHED, MATCHED, MATCHED)

    def test_a_long_history_keeps_its_order(self, a: Worker, store: Store) -> None:
        a.accept(delivery("d1"))
        for number in range(20):
            events = (MATCHED._replace(round=round_) for round_ in range(100 * number, 100 * number + 100))
            a.save(f"o{number}", tells(*events))
        assert [event.round for event in store.history("r1") or ()] == list(range(2000))

    def test_runs_do_not_see_the_history_of_each_other(self, store: Store, clock: SetClock) -> None:
        for run_id, events in (("r1", (MATCHED,)), ("r2", (FAILED, ENDED))):
            worker = Worker(store, "A", run_id)
            worker.accept(delivery("d1"))
            worker.begin("o1", changes=tells(*(event._replace(run_id=run_id) for event in events)))
        assert store.history("r1") == at(clock.now, MATCHED)
        assert store.history("r2") == at(clock.now, FAILED._replace(run_id="r2"), ENDED._replace(run_id="r2"))
