"""What ``--json`` prints: one JSON object on one line, for programs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from polaris._cli.stored import keys_of
from polaris._model.ahead import NextInputs
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


def outcome_json(outcome: Outcome[Any], error: str | None) -> str:
    """Give what a call came to, values included: of those that JSON can hold."""
    return _line(
        workflow=outcome.workflow,
        run_id=outcome.run_id,
        status=outcome.status,
        produced=sorted(map(key_of, outcome.produced)),
        waiting_for=[key_of(form) for form in outcome.waiting_for],
        keys=sorted(map(key_of, outcome.data)),
        data=_values(outcome.data),
        error=error,
    )


def stored_json(stored: Stored) -> str:
    """Give where a stored run stands: keys, never values."""
    header = stored.header
    return _line(
        workflow=header.workflow,
        run_id=stored.run_id,
        status=header.status,
        waiting_for=header.waiting_for,
        keys=keys_of(stored),
        queued=len(stored.inbox),
        error=header.error,
        fingerprint=header.fingerprint,
        revision=stored.revision,
        created=stored.created,
        updated=stored.updated,
    )


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
