"""States of runs, written in a line: ``"Cart@1 Quote@2=price -Paid@3=pay ?Token@2"``."""

from __future__ import annotations

from datetime import UTC, datetime

from polaris._insight.scene import Scene, scene_of
from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.plan import Plan
from polaris._model.records import Cell, Delivery, Header, Stored
from polaris._model.snapshot import ABSENT, LOST, Entry, Mark, Snapshot

_SIGNS = {"-": ABSENT, "?": LOST}


def state(data: str = "", ran: str = "", *, at: int = 9, clean: int | None = None, began: int = 1) -> Snapshot:
    """Write a state.

    Args:
        data: for each key the round of its last change, and the builder that made it; ``-`` if it is gone by now,
            ``?`` if it was lost with its call.
        ran: for each builder the round in which it ran last: ``"price@2"``; ``!`` if it runs once and is done, ``+`` if
            it was asked in that round.
        at: the round of the run.
        clean: the last round that ended well; that of the run if left out.
        began: the round in which the last call began.
    """
    entries = dict(map(_entry, data.split()))
    marks = dict(map(_mark, ran.split()))
    return Snapshot(entries=entries, marks=marks, round=at, began_at=began, clean_at=at if clean is None else clean)


def _entry(text: str) -> tuple[Key, Entry]:
    name, _, by = text.lstrip("-?").partition("=")
    key, _, changed = name.partition("@")
    return Key(key), Entry(_SIGNS.get(text[0], key), int(changed), int(changed), by or None)


def _mark(text: str) -> tuple[str, Mark]:
    name, _, at = text.strip("!+").partition("@")
    if text.startswith("+"):
        return name, Mark(asked_at=int(at))
    return name, Mark(ran_at=int(at), once_done=text.endswith("!"))


def scene(plan: Plan, data: str = "", ran: str = "", *, at: int = 9, clean: int | None = None) -> Scene:
    return scene_of(plan, state(data, ran, at=at, clean=clean))


def stored(
    snapshot: Snapshot, status: Status = Status.WAITING, *, queued: str = "", error: str | None = None
) -> Stored:
    """Put a state into a record, as a store gives it; what waits in its inbox is named in `queued`."""
    header = Header(
        workflow="checkout",
        fingerprint="f" * 64,
        status=status,
        round=snapshot.round,
        began_at=snapshot.began_at,
        clean_at=snapshot.clean_at,
        is_open=False,
        waiting_for=(),
        error=error,
    )
    inbox = [Delivery(seq=1, delivery_id="d", values=tuple((Key(key), "1") for key in queued.split()))]
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return Stored(
        run_id="order-42",
        uid="u",
        revision=1,
        header=header,
        cells=tuple(_cell(key, entry) for key, entry in snapshot.entries.items()),
        marks=tuple(snapshot.marks.items()),
        inbox=tuple(inbox if queued else ()),
        takeovers=0,
        created=moment,
        updated=moment,
    )


def _cell(key: Key, entry: Entry) -> Cell:
    return Cell(
        key=key,
        present=entry.value is not ABSENT,
        text=None if entry.value is ABSENT or entry.value is LOST else str(entry.value),
        changed=entry.changed,
        different=entry.different,
        by=entry.by,
    )
