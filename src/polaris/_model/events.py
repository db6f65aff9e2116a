"""Events: what observers are told of a call, and what a run's history is made of. They name keys, never values."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from polaris._model.keys import Key
from polaris._model.outcome import Status


class EventKind(StrEnum):
    """What happened. The value is the name of the observer's method that is told."""

    CALL_STARTED = "call_started"
    BUILDER_STARTED = "builder_started"
    BUILDER_FINISHED = "builder_finished"
    BUILDER_FAILED = "builder_failed"
    CHECKPOINTED = "checkpointed"
    CALL_FINISHED = "call_finished"


class Event(NamedTuple):
    """One thing that happened in a call. A tuple, because every builder that runs makes one; name its fields.

    Attributes:
        kind: what happened.
        workflow: name of the workflow.
        run_id: id of the run; None in `polaris.run`.
        round: the round of the run in which it happened.
        builder: name of the builder that it is about; None if it is about the call.
        keys: what was delivered (``call_started``), or made (``builder_finished``: empty if it declined).
        status: how the call ended; None before.
        error: class name of what went wrong; None if nothing did.
        seconds: how long the builder or the call took; None when it begins.
        at: when it was saved, by the store's clock; None where it is told, and not read from a history.
    """

    kind: EventKind
    workflow: str
    run_id: str | None
    round: int
    builder: str | None = None
    keys: tuple[Key, ...] = ()
    status: Status | None = None
    error: str | None = None
    seconds: float | None = None
    at: datetime | None = None
