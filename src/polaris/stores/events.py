"""Writes the events of a history as JSON text, and reads them again. They name keys, never values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from msgspec import json

from polaris._model.events import Event, EventKind
from polaris._model.keys import Key
from polaris._model.outcome import Status


def write_event(event: Event) -> str:
    """Give the text of an event: what is not said of it, and what is said of its run, is left out."""
    found: dict[str, object] = {
        "kind": event.kind,
        "round": event.round,
        "builder": event.builder,
        "keys": event.keys or None,
        "status": event.status,
        "error": event.error,
        "seconds": event.seconds,
    }
    return json.encode({name: value for name, value in found.items() if value is not None}).decode()


def read_event(text: str, *, workflow: str, run_id: str, at: float) -> Event:
    """Give the event that a text stands for, saved at a time in seconds since the epoch."""
    return event_of(json.decode(text), workflow=workflow, run_id=run_id, at=at)


def event_of(found: Mapping[str, Any], *, workflow: str, run_id: str, at: float) -> Event:
    """Give the event of which so much is said, saved at a time in seconds since the epoch."""
    return Event(
        kind=EventKind(found["kind"]),
        workflow=workflow,
        run_id=run_id,
        round=found["round"],
        builder=found.get("builder"),
        keys=tuple(map(Key, found.get("keys", ()))),
        status=Status(found["status"]) if "status" in found else None,
        error=found.get("error"),
        seconds=found.get("seconds"),
        at=datetime.fromtimestamp(at, UTC),
    )
