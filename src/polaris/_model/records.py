"""What passes between an engine and a store. Values are text here: a store never decodes one.

What every checkpoint makes is a named tuple, because that is made four times as fast; name its fields.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from polaris._model.events import Event
from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.snapshot import Mark

new: Callable[[type[Any], tuple[object, ...]], Any] = tuple.__new__  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]
"""What a named tuple does in the end, sooner; what stands in it must be all of its fields, in order."""


class Cell(NamedTuple):
    """What is stored of one key.

    Attributes:
        key: the key.
        present: whether it has a value now.
        text: the encoded value; None if it is not present, or transient (its rounds are stored, its value never).
        changed: the round of its last change.
        different: the round in which it last became a different value.
        by: the builder that made it; None if it was delivered.
    """

    key: Key
    present: bool
    text: str | None
    changed: int
    different: int
    by: str | None


class Header(NamedTuple):
    """The part of a run that every save writes: see `Snapshot` for the rounds."""

    workflow: str
    fingerprint: str
    status: Status
    round: int
    began_at: int
    clean_at: int
    is_open: bool
    first_pass: int = 0
    waiting_for: tuple[Key, ...] = ()
    error: str | None = None


class Changes(NamedTuple):
    """What one save writes: the header, only the cells and marks that changed, and what happened since the last one."""

    header: Header
    cells: tuple[Cell, ...] = ()
    marks: tuple[tuple[str, Mark], ...] = ()
    events: tuple[Event, ...] = ()


class Delivery(NamedTuple):
    """One accepted delivery in a run's inbox.

    Attributes:
        seq: its place in the order of acceptance; 0 before it was accepted.
        delivery_id: counts once, however often it is sent.
        values: key and encoded value, in the order of delivery; never a transient.
    """

    seq: int
    delivery_id: str
    values: tuple[tuple[Key, str], ...]


class Stored(NamedTuple):
    """One consistent revision of a run."""

    run_id: str
    uid: str
    revision: int
    header: Header
    cells: tuple[Cell, ...]
    marks: tuple[tuple[str, Mark], ...]
    inbox: tuple[Delivery, ...]
    takeovers: int
    created: datetime
    updated: datetime


class Verdict(StrEnum):
    """What a store says to `accept` or `claim`.

    CLAIMED: the run is yours. QUEUED: there is work, and somebody holds it. IDLE: there is nothing to do.
    BUSY: the delivery must hold the lease and cannot; nothing was accepted. UNKNOWN, EXISTS, MISMATCH, CANCELLED:
    the precondition that failed; nothing was changed.
    """

    CLAIMED = "claimed"
    QUEUED = "queued"
    IDLE = "idle"
    BUSY = "busy"
    UNKNOWN = "unknown"
    EXISTS = "exists"
    MISMATCH = "mismatch"
    CANCELLED = "cancelled"


class Answer(NamedTuple):
    """A store's answer to `accept` or `claim`.

    Attributes:
        verdict: what it comes to.
        state: the run as it is now, inbox included; None if there is none.
        repeated: whether the delivery id had been accepted before.
    """

    verdict: Verdict
    state: Stored | None = None
    repeated: bool = False


class Receipt(StrEnum):
    """A store's answer to `begin`, `save`, `end` and `renew`.

    OK: done. LOST: the lease is gone, nothing was written. RELEASED: the call ended and the lease was given back.
    NEXT: the call ended and the oldest delivery in the inbox must be begun.
    """

    OK = "ok"
    LOST = "lost"
    RELEASED = "released"
    NEXT = "next"


class Saved(NamedTuple):
    """A store's answer to a write, with the revision that the next write must name."""

    receipt: Receipt
    revision: int = 0
    delivery: Delivery | None = None
