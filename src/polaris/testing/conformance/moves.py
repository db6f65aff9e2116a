"""Short ways to say what the operations of a store take."""

from __future__ import annotations

import pytest

from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.records import Answer, Cell, Changes, Delivery, Header, Saved, Stored
from polaris._model.snapshot import Mark
from polaris.protocols import Store

LEASE = 10.0

each_write = pytest.mark.parametrize("write", ["begin", "save", "end"])
"""For a test of whatever a holder writes by: the name of the operation."""


OPEN = Header(
    workflow="rides",
    fingerprint="f1",
    status=Status.RUNNING,
    round=1,
    began_at=1,
    clean_at=0,
    is_open=True,
    waiting_for=(Key("Fare"), Key("list[Item]")),
)
CLOSED = OPEN._replace(status=Status.WAITING, is_open=False, clean_at=1)
CANCELLED = CLOSED._replace(status=Status.CANCELLED)


def cell(key: str = "Ride", text: str | None = '{"seats":2}', *, changed: int = 1, by: str | None = "match") -> Cell:
    return Cell(key=Key(key), present=text is not None, text=text, changed=changed, different=changed, by=by)


def opens(*cells: Cell, marks: tuple[tuple[str, Mark], ...] = ()) -> Changes:
    """What a `begin` or a checkpoint writes."""
    return Changes(header=OPEN, cells=cells, marks=marks)


def closes(*cells: Cell) -> Changes:
    """What an `end` writes."""
    return Changes(header=CLOSED, cells=cells)


def delivery(delivery_id: str = "d1", **values: str) -> Delivery:
    given = values or {"Ride": '{"seats":2}'}
    return Delivery(seq=0, delivery_id=delivery_id, values=tuple((Key(key), text) for key, text in given.items()))


class Worker:
    """Uses a store as one claim of a run does, and remembers the revision that it has seen."""

    def __init__(self, store: Store, claim_id: str = "A", run_id: str = "r1") -> None:
        self.store = store
        self.claim_id = claim_id
        self.run_id = run_id
        self.revision = 0

    def accept(
        self,
        given: Delivery | None = None,
        *,
        workflow: str | None = "rides",
        uid: str = "u1",
        new: bool | None = None,
        claims: bool = True,
        must_hold: bool = False,
        wanted: bool = False,
        changes: Changes | None = None,
    ) -> Answer:
        answer = self.store.accept(
            self.run_id,
            workflow=workflow,
            uid=uid,
            new=new,
            delivery=given,
            claim_id=self.claim_id if claims else None,
            lease=LEASE,
            must_hold=must_hold,
            wanted=wanted,
            changes=changes,
        )
        self._see(answer)
        return answer

    def claim(self, *, wanted: bool = False) -> Answer:
        answer = self.store.claim(self.run_id, claim_id=self.claim_id, lease=LEASE, wanted=wanted)
        self._see(answer)
        return answer

    def begin(self, op: str, seq: int | None = 1, changes: Changes | None = None, *, at: int | None = None) -> Saved:
        revision = self.revision if at is None else at
        return self._seen(
            self.store.begin(
                self.run_id,
                claim_id=self.claim_id,
                revision=revision,
                op=op,
                lease=LEASE,
                seq=seq,
                changes=changes or opens(),
            )
        )

    def save(self, op: str, changes: Changes | None = None, *, at: int | None = None) -> Saved:
        revision = self.revision if at is None else at
        return self._seen(
            self.store.save(
                self.run_id, claim_id=self.claim_id, revision=revision, op=op, lease=LEASE, changes=changes or opens()
            )
        )

    def end(self, op: str, changes: Changes | None = None, *, at: int | None = None) -> Saved:
        revision = self.revision if at is None else at
        return self._seen(
            self.store.end(
                self.run_id, claim_id=self.claim_id, revision=revision, op=op, lease=LEASE, changes=changes or closes()
            )
        )

    def cancel(self, op: str) -> Saved:
        return self.store.cancel(self.run_id, op=op)

    def renew(self) -> Saved:
        return self.store.renew(self.run_id, claim_id=self.claim_id, lease=LEASE)

    def load(self) -> Stored:
        found = self.store.load(self.run_id)
        assert found is not None
        return found

    def _see(self, answer: Answer) -> None:
        if answer.state is not None:
            self.revision = answer.state.revision

    def _seen(self, saved: Saved) -> Saved:
        self.revision = saved.revision or self.revision
        return saved


def ids(state: Stored | None) -> list[str]:
    """The deliveries in an inbox, by id."""
    return [] if state is None else [queued.delivery_id for queued in state.inbox]
