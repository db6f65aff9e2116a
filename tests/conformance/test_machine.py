"""All stores do the same: random moves of several workers, late and repeated ones among them, get the same answers."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule

from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.records import Answer, Cell, Changes, Delivery, Saved
from polaris._model.snapshot import Mark
from polaris.protocols import Store
from polaris.stores import MemoryStore, open_store
from tests.conformance.moves import CLOSED, LEASE, OPEN, SetClock
from tests.helpers.redis_server import fresh_redis_url

Operation = Callable[[Store], Answer | Saved]

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
HEADERS = st.sampled_from([OPEN, OPEN, CLOSED, CLOSED, replace(CLOSED, status=Status.FAILED, error="match: Error")])
CHANGES = st.builds(
    Changes, header=HEADERS, cells=st.lists(CELLS, max_size=2).map(tuple), marks=st.lists(MARKS, max_size=1).map(tuple)
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


class SameAnswers(RuleBasedStateMachine):
    """A store and the reference, with one clock between them. What was sent can be sent again at any later time."""

    sent = Bundle("sent")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.clock = SetClock()
        self.reference = MemoryStore(self.clock)
        self.store = self.open()

    def open(self) -> Store:
        path = Path(self.folder.name, "runs.db")
        return open_store(f"sqlite:///{path}?synchronous=normal", clock=self.clock)

    def teardown(self) -> None:
        self.store.close()
        self.folder.cleanup()

    def both(self, operation: Operation) -> Operation:
        assert operation(self.store) == operation(self.reference)
        return operation

    @rule(target=sent, run=RUNS, arguments=ACCEPTS)
    def accept(self, run: str, arguments: dict[str, Any]) -> Operation:
        return self.both(lambda store: store.accept(run, lease=LEASE, **arguments))

    @rule(target=sent, run=RUNS, claim_id=CLAIMS, wanted=st.booleans())
    def claim(self, run: str, claim_id: str, wanted: bool) -> Operation:
        return self.both(lambda store: store.claim(run, claim_id=claim_id, lease=LEASE, wanted=wanted))

    @rule(target=sent, run=RUNS, claim_id=CLAIMS)
    def renew(self, run: str, claim_id: str) -> Operation:
        return self.both(lambda store: store.renew(run, claim_id=claim_id, lease=LEASE))

    @rule(target=sent, run=RUNS, by=st.none() | CLAIMS, op=OPS, changes=CHANGES, takes=st.booleans(), stale=STALE)
    def begin(self, run: str, by: str | None, op: str, changes: Changes, takes: bool, stale: int) -> Operation:
        claim_id, revision, seq = self.holder(run, by, stale)
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
        return self.both(
            lambda store: store.save(run, claim_id=claim_id, revision=revision, op=op, lease=LEASE, changes=changes)
        )

    @rule(target=sent, run=RUNS, by=st.none() | CLAIMS, op=OPS, changes=CHANGES, stale=STALE)
    def end(self, run: str, by: str | None, op: str, changes: Changes, stale: int) -> Operation:
        claim_id, revision, _ = self.holder(run, by, stale)
        return self.both(
            lambda store: store.end(run, claim_id=claim_id, revision=revision, op=op, lease=LEASE, changes=changes)
        )

    @rule(target=sent, run=RUNS, op=OPS)
    def cancel(self, run: str, op: str) -> Operation:
        return self.both(lambda store: store.cancel(run, op=op))

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
        known = self.reference._runs.get(run)
        if known is None:
            return by or "A", 0, None
        oldest = known.oldest
        return by or known.row.holder or "A", known.row.revision - stale, oldest and oldest.seq


class SameAnswersFromRedis(SameAnswers):
    def open(self) -> Store:
        return open_store(fresh_redis_url(), clock=self.clock)


TestSameAnswersFromRedis = SameAnswersFromRedis.TestCase
TestSameAnswersFromRedis.settings = settings(max_examples=60, stateful_step_count=60)
TestSameAnswers = SameAnswers.TestCase
TestSameAnswers.settings = settings(max_examples=60, stateful_step_count=60)
