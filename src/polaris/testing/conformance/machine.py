"""All stores do the same: random moves of several workers, late and repeated ones among them, get the same answers."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from typing import Any
from unittest import TestCase

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from polaris._model.events import Event, EventKind
from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.records import Cell, Changes, Delivery
from polaris._model.snapshot import Mark
from polaris.protocols import Store
from polaris.stores import MemoryStore
from polaris.testing.conformance.moves import CLOSED, LEASE, OPEN
from polaris.testing.fakes import SetClock

Opener = Callable[[SetClock], AbstractContextManager[Store]]
"""Opens an empty store that goes by a clock; leaving the context closes it."""

Operation = Callable[[Store], object]

RUNS = st.sampled_from(["r1", "r2"])
CLAIMS = st.sampled_from(["A", "B", "C"])
OPS = st.sampled_from([f"o{number}" for number in range(6)])
STALE = st.sampled_from([0, 0, 0, 1])
KEYS = st.sampled_from([Key("Ride"), Key("Fare"), Key("list[Item]")])
TEXTS = st.sampled_from(["1", '"x"', "{}"])
CELLS = st.builds(
    Cell,
    key=KEYS,
    present=st.booleans(),
    text=st.none() | TEXTS,
    changed=st.integers(0, 9),
    different=st.integers(0, 9),
    by=st.none() | st.just("match"),
)
MARKS = st.tuples(
    st.sampled_from(["match", "pay"]),
    st.builds(Mark, ran_at=st.integers(0, 9), asked_at=st.integers(0, 9), once_done=st.booleans()),
)
HEADERS = st.sampled_from(
    [
        OPEN,
        OPEN._replace(fingerprint="f2", waiting_for=(Key("Ride"),)),
        CLOSED,
        CLOSED._replace(waiting_for=()),
        CLOSED._replace(status=Status.FAILED, error="match: Error"),
    ]
)
EVENTS = st.builds(
    Event,
    kind=st.sampled_from(EventKind),
    workflow=st.just("rides"),
    run_id=st.just("r1"),
    round=st.integers(0, 9),
    builder=st.none() | st.just("match"),
    seconds=st.none() | st.floats(0, 9),
)
CHANGES = st.builds(
    Changes,
    header=HEADERS,
    cells=st.lists(CELLS, max_size=2).map(tuple),
    marks=st.lists(MARKS, max_size=1).map(tuple),
    events=st.lists(EVENTS, max_size=2).map(tuple),
)
DELIVERIES = st.builds(
    Delivery,
    seq=st.just(0),
    delivery_id=st.sampled_from(["d1", "d2", "d3", "d4"]),
    values=st.lists(st.tuples(KEYS, TEXTS), max_size=2).map(tuple),
)

ACCEPTS = st.fixed_dictionaries(
    {
        "workflow": st.sampled_from(["rides", "rides", "rides", "meals", None]),
        "uid": st.sampled_from(["u1", "u2"]),
        "new": st.sampled_from([None, None, True, False]),
        "delivery": st.none() | DELIVERIES,
        "claim_id": st.none() | CLAIMS,
        "must_hold": st.booleans(),
        "wanted": st.booleans(),
        "changes": st.none() | CHANGES,
    }
)

AFTER = st.sampled_from([None, None, "", "r1", "r2"])
FILTERS = st.fixed_dictionaries(
    {
        "workflows": st.sampled_from([None, None, ["rides"], ["meals", "rides"], []]),
        "status": st.none() | st.sampled_from(Status),
        "waiting_for": st.none() | KEYS,
        "older_than": st.sampled_from([None, 0.0, LEASE]),
        "limit": st.integers(1, 3),
        "after": AFTER,
    }
)


def same_as_memory(opened: Opener, *, examples: int = 60, steps: int = 60) -> type[TestCase]:
    """Make a test that sends random operations to a store and to the memory store, and compares what they answer.

    Operations of several workers come in any order, some of them late or again, while the clock goes on and back.

    Args:
        opened: opens an empty store that goes by the clock it is given; the store is closed by leaving the context.
        examples: how many sequences of operations are tried.
        steps: how long a sequence may be.

    Returns:
        The test: give it a name in a module that pytest collects, as in ``TestMyStoreAnswers = same_as_memory(...)``.
    """

    class Machine(SameAnswers):
        def open_empty(self) -> AbstractContextManager[Store]:
            return opened(self.clock)

    Machine.TestCase.settings = settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    return Machine.TestCase


class SameAnswers(RuleBasedStateMachine):
    """A store and the reference, with one clock between them. What was sent can be sent again at any later time."""

    sent: Bundle[Operation] = Bundle("sent")

    def __init__(self) -> None:
        super().__init__()
        self.things = ExitStack()
        self.clock = SetClock()
        self.reference = MemoryStore(self.clock)
        self.store = self.things.enter_context(self.open_empty())

    @abstractmethod
    def open_empty(self) -> AbstractContextManager[Store]:
        """Open the store that is compared."""
        ...

    def teardown(self) -> None:
        self.things.close()

    def both(self, operation: Operation) -> Operation:
        assert operation(self.store) == operation(self.reference)
        return operation

    @rule(target=sent, run=RUNS, arguments=ACCEPTS)
    def accept(self, run: str, arguments: dict[str, Any]) -> Operation:
        changes = arguments["changes"] and in_run(run, arguments["changes"])
        given: dict[str, Any] = {**arguments, "changes": changes}
        return self.both(lambda store: store.accept(run, lease=LEASE, **given))

    @rule(target=sent, run=RUNS, claim_id=CLAIMS, wanted=st.booleans())
    def claim(self, run: str, claim_id: str, wanted: bool) -> Operation:
        return self.both(lambda store: store.claim(run, claim_id=claim_id, lease=LEASE, wanted=wanted))

    @rule(target=sent, run=RUNS, claim_id=CLAIMS)
    def renew(self, run: str, claim_id: str) -> Operation:
        return self.both(lambda store: store.renew(run, claim_id=claim_id, lease=LEASE))

    @rule(target=sent, run=RUNS, by=st.none() | CLAIMS, op=OPS, changes=CHANGES, takes=st.booleans(), stale=STALE)
    def begin(self, run: str, by: str | None, op: str, changes: Changes, takes: bool, stale: int) -> Operation:
        claim_id, revision, seq = self.holder(run, by, stale)
        changes = in_run(run, changes)
        return self.both(
            lambda store: store.begin(
                run,
                claim_id=claim_id,
                revision=revision,
                op=op,
                lease=LEASE,
                seq=seq if takes else None,
                changes=changes,
            )
        )

    @rule(target=sent, run=RUNS, by=st.none() | CLAIMS, op=OPS, changes=CHANGES, stale=STALE)
    def save(self, run: str, by: str | None, op: str, changes: Changes, stale: int) -> Operation:
        claim_id, revision, _ = self.holder(run, by, stale)
        changes = in_run(run, changes)
        return self.both(
            lambda store: store.save(run, claim_id=claim_id, revision=revision, op=op, lease=LEASE, changes=changes)
        )

    @rule(target=sent, run=RUNS, by=st.none() | CLAIMS, op=OPS, changes=CHANGES, stale=STALE)
    def end(self, run: str, by: str | None, op: str, changes: Changes, stale: int) -> Operation:
        claim_id, revision, _ = self.holder(run, by, stale)
        changes = in_run(run, changes)
        return self.both(
            lambda store: store.end(run, claim_id=claim_id, revision=revision, op=op, lease=LEASE, changes=changes)
        )

    @rule(target=sent, run=RUNS, op=OPS)
    def cancel(self, run: str, op: str) -> Operation:
        return self.both(lambda store: store.cancel(run, op=op))

    @rule(
        target=sent,
        claim_id=CLAIMS,
        limit=st.integers(1, 3),
        fingerprints=st.sampled_from([["f1", "f2", ""], ["f1"], []]),
        after=AFTER,
    )
    def claim_abandoned(self, claim_id: str, limit: int, fingerprints: list[str], after: str | None) -> Operation:
        return self.both(
            lambda store: store.claim_abandoned(
                claim_id=claim_id, lease=LEASE, limit=limit, fingerprints=fingerprints, after=after
            )
        )

    @rule(target=sent, older_than=st.sampled_from([0.0, 1.0, LEASE]), status=st.none() | st.sampled_from(Status))
    def purge(self, older_than: float, status: Status | None) -> Operation:
        return self.both(lambda store: store.purge(older_than=older_than, status=status))

    @rule(filters=FILTERS)
    def find(self, filters: dict[str, Any]) -> None:
        self.both(lambda store: store.find(**filters))

    @rule(run=RUNS)
    def history(self, run: str) -> None:
        self.both(lambda store: store.history(run))

    @rule(operation=sent)
    def send_again(self, operation: Operation) -> None:
        self.both(operation)

    @rule(seconds=st.sampled_from([0.0, 1.0, LEASE, LEASE + 1, -LEASE]))
    def jump(self, seconds: float) -> None:
        self.clock.sleep(seconds)

    @invariant()
    def the_runs_are_the_same(self) -> None:
        for run in ("r1", "r2"):
            assert self.store.load(run) == self.reference.load(run)

    def holder(self, run: str, by: str | None, stale: int) -> tuple[str, int, int | None]:
        """Give who writes (the holder, unless another is named), the revision they name, and the oldest delivery."""
        known = self.reference._runs.get(run)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - who holds it
        if known is None:
            return by or "A", 0, None
        seq = known.oldest.seq if known.oldest else None
        return by or known.row.holder or "A", known.row.revision - stale, seq


def in_run(run: str, changes: Changes) -> Changes:
    return changes._replace(events=tuple(event._replace(run_id=run) for event in changes.events))
