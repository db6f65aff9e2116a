"""The Redis store does what the memory store does, also where it reads or takes many runs at once, by its indexes."""

from __future__ import annotations

from collections.abc import Collection

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from polaris._model.events import Event, EventKind
from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.records import Changes
from polaris.stores import MemoryStore, open_store
from polaris.testing.conformance.moves import CLOSED, LEASE, OPEN, Worker, delivery
from polaris.testing.fakes import SetClock
from tests.helpers.redis_server import fresh_redis_url

IDS = ("", "a", "a\x00b", "ab", "b", "\u00e4", "\uffff", "\U0001f695")
RUNS = st.sampled_from(IDS)
CLAIMS = st.sampled_from(["A", "B", "C"])
KEYS = st.sampled_from([Key("Fare"), Key("a"), Key("a:a"), Key(""), Key("\u00e4")])
FINGERPRINTS = st.sampled_from(["", "f1", "f2"])
HEADERS = st.builds(
    lambda header, **changed: header._replace(**changed),
    st.sampled_from([OPEN, CLOSED, CLOSED]),
    fingerprint=FINGERPRINTS,
    status=st.sampled_from([Status.RUNNING, Status.WAITING, Status.COMPLETED, Status.CANCELLED]),
    waiting_for=st.lists(KEYS, max_size=3).map(tuple),
)
EVENTS = st.builds(
    Event,
    kind=st.sampled_from(EventKind),
    workflow=st.just("rides"),
    run_id=st.none(),
    round=st.integers(0, 2**63 - 1),
    builder=st.none() | st.text(max_size=3),
    keys=st.lists(KEYS, max_size=2).map(tuple),
    status=st.none() | st.sampled_from(Status),
    error=st.none() | st.just("match: Error"),
    seconds=st.none() | st.floats(0, 1e9),
)
CHANGES = st.builds(Changes, header=HEADERS, events=st.lists(EVENTS, max_size=2).map(tuple))
AGES = st.sampled_from([0.0, 1.0, LEASE, -1.0])


def workflow_of(run: str) -> str:
    return "meals" if "a" in run else "rides"


def of_run(run: str, changes: Changes) -> Changes:
    workflow = workflow_of(run)
    events = (event._replace(run_id=run, workflow=workflow) for event in changes.events)
    return changes._replace(header=changes.header._replace(workflow=workflow), events=tuple(events))


class ManyRuns(RuleBasedStateMachine):
    """Both stores have some runs from the start, so that something is found."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = SetClock()
        self.stores = (MemoryStore(self.clock), open_store(fresh_redis_url(), clock=self.clock))

    def teardown(self) -> None:
        self.stores[1].close()

    def same(self, operation: str, *arguments: object, **named: object) -> None:
        reference, given = (getattr(store, operation)(*arguments, **named) for store in self.stores)
        assert given == reference

    @initialize(changes=st.lists(CHANGES, min_size=len(IDS), max_size=len(IDS)))
    def fill(self, changes: list[Changes]) -> None:
        for run, each in zip(IDS, changes, strict=True):
            self.make(run, each, delivers=True)

    @rule(run=RUNS, changes=CHANGES, delivers=st.booleans())
    def make(self, run: str, changes: Changes, delivers: bool) -> None:
        changes = of_run(run, changes)
        for store in self.stores:
            worker = Worker(store, f"maker of {run}", run)
            given = delivery("d1") if delivers else None
            worker.accept(given, workflow=workflow_of(run), new=True, changes=changes)

    @rule(run=RUNS, number=st.integers(1, 3), claim_id=st.none() | CLAIMS)
    def deliver(self, run: str, number: int, claim_id: str | None) -> None:
        for store in self.stores:
            Worker(store, claim_id or "", run).accept(
                delivery(f"d{number}"), workflow=None, claims=claim_id is not None
            )

    @rule(run=RUNS, write=st.sampled_from(["begin", "save", "end", "end"]), changes=CHANGES)
    def write(self, run: str, write: str, changes: Changes) -> None:
        known = self.stores[0]._runs.get(run)
        if known is not None and known.row.holder is not None:
            seq = {"seq": known.oldest and known.oldest.seq} if write == "begin" else {}
            row = known.row
            claim = {"claim_id": row.holder, "revision": row.revision, "op": f"op {row.revision}", "lease": LEASE}
            self.same(write, run, **claim, **seq, changes=of_run(run, changes))

    @rule(run=RUNS)
    def cancel(self, run: str) -> None:
        self.same("cancel", run, op="cancel")

    @rule(seconds=st.sampled_from([1.0, LEASE, LEASE + 1]))
    def wait(self, seconds: float) -> None:
        self.clock.sleep(seconds)

    @rule(
        claim_id=CLAIMS,
        limit=st.integers(0, 9),
        fingerprints=st.sets(FINGERPRINTS),
        after=st.none() | RUNS,
    )
    def claim_abandoned(self, claim_id: str, limit: int, fingerprints: Collection[str], after: str | None) -> None:
        self.same(
            "claim_abandoned", claim_id=claim_id, lease=LEASE, limit=limit, fingerprints=fingerprints, after=after
        )

    @rule(
        workflows=st.none() | st.sets(st.sampled_from(["rides", "meals"])),
        status=st.none() | st.sampled_from(Status),
        waiting_for=st.none() | KEYS,
        older_than=st.none() | AGES,
        limit=st.integers(0, 9),
        after=st.none() | RUNS | st.just("aa"),
    )
    def find(self, **filters: object) -> None:
        self.same("find", **filters)

    @rule(older_than=AGES, status=st.none() | st.sampled_from(Status))
    def purge(self, older_than: float, status: Status | None) -> None:
        self.same("purge", older_than=older_than, status=status)

    @invariant()
    def all_runs_are_the_same(self) -> None:
        every = {"workflows": None, "status": None, "waiting_for": None, "older_than": None}
        self.same("find", **every, limit=99, after=None)
        for run in IDS:
            self.same("history", run)


TestManyRuns = ManyRuns.TestCase
TestManyRuns.settings = settings(max_examples=40, stateful_step_count=40)
