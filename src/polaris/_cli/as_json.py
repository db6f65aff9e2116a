"""What ``--json`` prints: one JSON object on one line, for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from polaris._cli.findings import Finding
from polaris._cli.stored import keys_of
from polaris._model.ahead import NextInputs
from polaris._model.diagnostic import Place
from polaris._model.events import Event
from polaris._model.keys import key_of
from polaris._model.outcome import Outcome
from polaris._model.plan import Plan
from polaris._model.records import Stored
from polaris._model.why import Why
from polaris.errors import CodecError, DiagnosticLike
from polaris.stores.codecs import JsonCodec


def plan_json(plan: Plan, diagnostics: Sequence[DiagnosticLike]) -> str:
    """Give a plan, and the compiler's warnings."""
    levels = [[plan.steps[number].name for number in level] for level in plan.levels]
    return _line(
        workflow=plan.workflow,
        fingerprint=plan.fingerprint,
        target=plan.target,
        keys=[{"name": info.name, "kind": info.kind, "transient": info.transient} for info in plan.keys],
        levels=levels,
        diagnostics=diagnostics,
    )


def faults_json(workflow: str, diagnostics: Sequence[DiagnosticLike]) -> str:
    """Give the faults of a workflow that has no plan."""
    return _line(workflow=workflow, diagnostics=diagnostics)


def findings_json(findings: Sequence[Finding]) -> str:
    """Give what a check found: an array with an object for each diagnostic."""
    return msgspec.json.encode([_finding(finding) for finding in findings]).decode()


def outcome_json(outcome: Outcome[Any], error: str | None, *, values: bool = True) -> str:
    """Give what a call came to, with or without its values: those that JSON can hold."""
    data = {"data": _values(outcome.data)} if values else {}
    return _line(
        workflow=outcome.workflow,
        run_id=outcome.run_id,
        status=outcome.status,
        produced=sorted(map(key_of, outcome.produced)),
        waiting_for=[key_of(form) for form in outcome.waiting_for],
        keys=sorted(map(key_of, outcome.data)),
        **data,
        error=error,
    )


def stored_json(stored: Stored) -> str:
    """Give where a stored run stands: keys, never values."""
    return _line(**_stored(stored))


def runs_json(page: Sequence[Stored], after: str | None) -> str:
    """Give a page of stored runs, and the id after which the next one begins; None if this is the last."""
    return _line(runs=[_stored(each) for each in page], next=after)


def history_json(run_id: str, events: Sequence[Event]) -> str:
    """Give what happened in a run."""
    return _line(run_id=run_id, events=[event._asdict() for event in events])


def call_json(ended: Event) -> str:
    """Give how a call ended."""
    return _line(workflow=ended.workflow, run_id=ended.run_id, status=ended.status, error=ended.error)


def purged_json(count: int) -> str:
    """Give how many runs were deleted."""
    return _line(deleted=count)


def _stored(stored: Stored) -> dict[str, object]:
    header = stored.header
    return {
        "workflow": header.workflow,
        "run_id": stored.run_id,
        "status": header.status,
        "waiting_for": header.waiting_for,
        "keys": keys_of(stored),
        "queued": len(stored.inbox),
        "error": header.error,
        "fingerprint": header.fingerprint,
        "revision": stored.revision,
        "created": stored.created,
        "updated": stored.updated,
    }


def _finding(finding: Finding) -> Mapping[str, object]:
    found = finding.diagnostic
    return {
        "code": found.code,
        "severity": found.severity,
        "message": found.message,
        "hint": found.hint,
        "workflows": finding.workflows,
        **_place(found.place),
        "related": [{"message": each.message, **_place(each.place)} for each in found.related],
    }


def _place(place: Place | None) -> Mapping[str, object]:
    """Give a place; null stands for what is not known of it."""
    line = place is not None and place.line > 0
    return {
        "file": place.file if place else None,
        "line": place.line if place and line else None,
        "column": place.column if place and line else None,
        "end_column": place.end_column if place and line else None,
    }


def noun_json(found: Why | NextInputs) -> str:
    """Give an answer that knows its own form."""
    return object_json(found.as_json())


def object_json(found: Mapping[str, object]) -> str:
    """Give an object of lists, objects and texts."""
    return msgspec.json.encode(found).decode()


def _values(data: Mapping[object, object]) -> dict[str, msgspec.Raw]:
    codec = JsonCodec()
    values: dict[str, msgspec.Raw] = {}
    for form, value in data.items():
        try:
            values[key_of(form)] = msgspec.Raw(codec.encode(value, form).encode())
        except CodecError:
            continue  # it is named in `keys`
    return values


def _line(**fields: object) -> str:
    return msgspec.json.encode(fields).decode()
