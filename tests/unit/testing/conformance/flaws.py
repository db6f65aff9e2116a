"""Stores that are wrong, each in one way that is easily made."""

from __future__ import annotations

import time
from uuid import uuid4

from polaris._model.outcome import Status
from polaris._model.records import Answer, Delivery, Saved, Stored, Verdict
from polaris.stores import MemoryStore


class Forgetful(MemoryStore):
    """Does not know a delivery again."""

    def accept(self, run_id: str, *, delivery: Delivery | None, **others: object) -> Answer:
        new = delivery and delivery._replace(delivery_id=uuid4().hex)
        return super().accept(run_id, delivery=new, **others)


class Unfenced(MemoryStore):
    """Lets everybody write over everything."""

    def save(self, run_id: str, **others: object) -> Saved:
        row = self._runs[run_id].row
        return super().save(run_id, **others | {"claim_id": row.holder, "revision": row.revision})


class Repeating(MemoryStore):
    """Does not know an end again, whose answer was lost."""

    def end(self, run_id: str, *, op: str, **others: object) -> Saved:
        return super().end(run_id, op=uuid4().hex, **others)


class Everlasting(MemoryStore):
    """Knows no end of a lease."""

    def accept(self, run_id: str, *, lease: float, **others: object) -> Answer:
        return super().accept(run_id, lease=1e9 * lease, **others)


class Generous(MemoryStore):
    """Gives a run to everybody who asks."""

    def claim(self, run_id: str, **others: object) -> Answer:
        return super().claim(run_id, **others)._replace(verdict=Verdict.CLAIMED)


class Torn(MemoryStore):
    """Reads a run piece by piece."""

    def load(self, run_id: str) -> Stored | None:
        first = super().load(run_id)
        time.sleep(0.001)
        later = super().load(run_id)
        return first and later and first._replace(cells=later.cells)


class Cropping(MemoryStore):
    """Has a column of a megabyte."""

    def accept(self, run_id: str, *, delivery: Delivery | None, **others: object) -> Answer:
        short = delivery and delivery._replace(values=tuple((key, text[:1_000_000]) for key, text in delivery.values))
        return super().accept(run_id, delivery=short, **others)


class Trimming(MemoryStore):
    """Trims ids."""

    def accept(self, run_id: str, **others: object) -> Answer:
        return super().accept(run_id.strip(), **others)

    def load(self, run_id: str) -> Stored | None:
        return super().load(run_id.strip())


class Alphabetical(MemoryStore):
    """Sorts as people do."""

    def find(self, **filters: object) -> tuple[Stored, ...]:
        return tuple(sorted(super().find(**filters), key=lambda state: state.run_id.casefold()))


class Unpaged(MemoryStore):
    """Begins each page at the first run."""

    def find(self, **filters: object) -> tuple[Stored, ...]:
        return super().find(**filters | {"after": None})


class Wasteful(MemoryStore):
    """Purges what is old, whether it is over or not."""

    def purge(self, *, older_than: float, status: Status | None) -> int:
        count = len(self._runs)
        self._runs.clear()
        return count
