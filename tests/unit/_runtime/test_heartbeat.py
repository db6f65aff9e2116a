"""Beats come in real time, every third of a short lease; how old a lease is, is told by a clock that is set by hand."""

import logging
import threading
from collections.abc import Callable, Iterator
from queue import Queue
from types import SimpleNamespace

import pytest

from polaris._model.records import Delivery, Saved, Verdict
from polaris._runtime.heartbeat import Heartbeat
from polaris.stores import MemoryStore

LEASE = 0.06
PATIENCE = 10.0


class Hand:
    """The hand of a clock."""

    now = 100.0

    def time(self) -> float:
        return self.now

    monotonic = time

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Watched(MemoryStore):
    """A store that tells which claims were renewed, and lets a test do something meanwhile."""

    def __init__(self, clock: Hand) -> None:
        super().__init__(clock)
        self.clock = clock
        self.renewed: Queue[str] = Queue()
        self.meanwhile: list[Callable[[], object]] = []

    def renew(self, run_id: str, *, claim_id: str, lease: float) -> Saved:
        saved = super().renew(run_id, claim_id=claim_id, lease=lease)
        try:
            if self.meanwhile:
                self.meanwhile.pop(0)()
        finally:
            self.renewed.put(claim_id)
        return saved

    def next(self, count: int = 1) -> list[str]:
        return [self.renewed.get(timeout=PATIENCE) for _ in range(count)]


@pytest.fixture
def hand(monkeypatch: pytest.MonkeyPatch) -> Hand:
    hand = Hand()
    monkeypatch.setattr("polaris._runtime.heartbeat.time", hand)
    return hand


@pytest.fixture
def store() -> Watched:
    return Watched(Hand())


@pytest.fixture
def heart(store: Watched, hand: Hand) -> Iterator[Heartbeat]:
    heart = Heartbeat(store, LEASE)
    yield heart
    heart.close()


def claim(store: MemoryStore, run_id: str, claim_id: str) -> Verdict:
    return store.accept(
        run_id,
        workflow="flow",
        uid="u",
        new=None,
        delivery=Delivery(seq=0, delivery_id="d", values=()),
        claim_id=claim_id,
        lease=LEASE,
        must_hold=False,
        wanted=True,
        changes=None,
    ).verdict


def beats() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name == "polaris-heartbeat"}


# --- is it held? -----------------------------------------------------------------------------------------------------


@pytest.fixture
def still(hand: Hand) -> Iterator[Heartbeat]:
    """A heartbeat that does not come to its first beat."""
    heart = Heartbeat(MemoryStore(), 1_000_000.0)
    yield heart
    heart.close()


def test_a_lease_is_held_until_it_is_as_old_as_a_lease(still: Heartbeat, hand: Hand) -> None:
    still.hold("r", "a")
    hand.now += 999_999.0
    assert still.is_held("a")
    hand.now += 1.0
    assert not still.is_held("a")


def test_a_lease_that_something_else_renewed_is_held_from_then_on(still: Heartbeat, hand: Hand) -> None:
    still.hold("r", "a")
    hand.now += 999_999.0
    still.hold("r", "a")
    hand.now += 999_999.0
    assert still.is_held("a")


def test_a_lease_that_was_let_go_or_never_taken_is_not_held(still: Heartbeat) -> None:
    still.hold("r", "a")
    still.drop("a")
    still.drop("never")
    assert not still.is_held("a")
    assert not still.is_held("never")


# --- beats -----------------------------------------------------------------------------------------------------------


def test_a_lease_is_kept_alive_in_the_store(store: Watched, heart: Heartbeat, hand: Hand) -> None:
    assert claim(store, "r", "a") is Verdict.CLAIMED
    heart.hold("r", "a")
    store.clock.sleep(LEASE * 0.9)
    for _ in range(2):
        hand.now += LEASE / 2
        assert store.next() == ["a"]
    store.clock.sleep(LEASE * 0.9)
    assert claim(store, "r", "b") is Verdict.QUEUED
    assert heart.is_held("a")
    stored = store.load("r")
    assert stored is not None
    assert stored.revision == 1


def test_a_lease_renewed_lately_is_left_alone(store: Watched, heart: Heartbeat, hand: Hand) -> None:
    heart.hold("r1", "a")
    claim(store, "r1", "a")
    claim(store, "r2", "b")
    hand.now += LEASE / 3
    heart.hold("r2", "b")
    assert store.next() == ["a"]
    hand.now += LEASE / 3
    assert store.next(2) == ["a", "b"]


def test_a_lease_that_was_let_go_is_not_renewed(store: Watched, heart: Heartbeat, hand: Hand) -> None:
    for run_id, claim_id in (("r1", "a"), ("r2", "b")):
        claim(store, run_id, claim_id)
        heart.hold(run_id, claim_id)
    heart.drop("a")
    hand.now += LEASE / 3
    assert store.next() == ["b"]
    hand.now += LEASE / 3
    assert store.next() == ["b"]


def test_a_lease_that_another_worker_took_is_dropped(store: Watched, heart: Heartbeat, hand: Hand) -> None:
    claim(store, "r2", "b")
    assert claim(store, "r1", "other") is Verdict.CLAIMED
    heart.hold("r1", "a")
    heart.hold("r2", "b")
    hand.now += LEASE / 3
    assert store.next(2) == ["a", "b"]
    hand.now += LEASE / 3
    assert store.next() == ["b"]
    assert not heart.is_held("a")
    assert heart.is_held("b")


def test_a_lease_let_go_while_it_is_renewed_does_not_come_back(store: Watched, heart: Heartbeat, hand: Hand) -> None:
    for run_id, claim_id in (("r1", "a"), ("r2", "b")):
        claim(store, run_id, claim_id)
        heart.hold(run_id, claim_id)
    store.meanwhile.append(lambda: heart.drop("a"))
    hand.now += LEASE / 3
    assert store.next(2) == ["a", "b"]
    hand.now += LEASE / 3
    assert store.next() == ["b"]
    assert not heart.is_held("a")


def test_a_lease_let_go_before_its_turn_in_a_beat_is_not_renewed(store: Watched, heart: Heartbeat, hand: Hand) -> None:
    for run_id, claim_id in (("r1", "a"), ("r2", "b")):
        claim(store, run_id, claim_id)
        heart.hold(run_id, claim_id)
    store.meanwhile.append(lambda: heart.drop("b"))
    hand.now += LEASE / 3
    assert store.next() == ["a"]
    hand.now += LEASE / 3
    assert store.next() == ["a"]


def test_a_lease_is_as_old_as_the_renewal_that_was_sent_and_not_its_answer(
    store: Watched, heart: Heartbeat, hand: Hand
) -> None:
    claim(store, "r", "a")
    heart.hold("r", "a")
    store.meanwhile.append(lambda: hand.sleep(LEASE * 0.9))
    hand.now += LEASE / 2
    assert store.next(2) == ["a", "a"]  # the second beat found it old at once: the answer was late
    heart.drop("a")


def test_what_the_store_cannot_do_is_logged_and_tried_again(
    store: Watched, heart: Heartbeat, hand: Hand, caplog: pytest.LogCaptureFixture
) -> None:
    def is_down() -> None:
        raise OSError("down")

    claim(store, "ride-42", "a")
    heart.hold("ride-42", "a")
    store.meanwhile.append(is_down)
    hand.now += LEASE / 2
    assert store.next(2) == ["a", "a"]
    assert heart.is_held("a")
    [record] = caplog.records
    assert (record.name, record.levelno) == ("polaris", logging.ERROR)
    assert "'ride-42' could not be renewed" in record.getMessage()
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], OSError)


# --- the thread ------------------------------------------------------------------------------------------------------


def test_one_daemon_thread_beats_for_all_leases_once_there_is_one() -> None:
    before = beats()
    heart = Heartbeat(MemoryStore(), 1_000_000.0)
    assert beats() == before
    heart.hold("r1", "a")
    heart.hold("r2", "b")
    [thread] = beats() - before
    heart.close()
    assert thread.daemon


def test_three_beats_come_in_the_time_of_a_lease(store: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: Queue[float | None] = Queue()

    class Noted(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.put(timeout)
            return super().wait(timeout)

    watched = SimpleNamespace(Event=Noted, Lock=threading.Lock, RLock=threading.RLock, Thread=threading.Thread)
    monkeypatch.setattr("polaris._runtime.heartbeat.threading", watched)
    heart = Heartbeat(store, LEASE)
    heart.hold("r", "a")
    assert [waits.get(timeout=PATIENCE) for _ in range(3)] == [LEASE / 3] * 3
    heart.close()


def test_close_waits_until_the_thread_has_ended() -> None:
    before = beats()
    heart = Heartbeat(MemoryStore(), 1_000_000.0)
    heart.hold("r", "a")
    [thread] = beats() - before
    heart.close()
    assert not thread.is_alive()
    heart.close()


def test_close_does_nothing_when_there_was_no_lease() -> None:
    before = beats()
    Heartbeat(MemoryStore(), LEASE).close()
    assert beats() == before
