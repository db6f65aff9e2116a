"""The same questions of a stored run. Its values are texts here, and stay so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from polaris._insight.next_inputs import next_inputs
from polaris._insight.why import why
from polaris._model.ahead import NextInputs
from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.plan import Plan
from polaris._model.records import Cell, Stored
from polaris._model.snapshot import ABSENT, LOST, Entry, Snapshot
from polaris._model.why import Why


def why_stored(plan: Plan, stored: Stored) -> Why:
    """Give the reasons why a stored run is where it is."""
    header = stored.header
    return why(
        plan,
        snapshot_of(stored),
        status=header.status,
        run_id=stored.run_id,
        waiting_for=header.waiting_for,
        error=header.error,
        queued=queued(stored),
    )


def next_inputs_stored(plan: Plan, stored: Stored, until: Sequence[str] = ()) -> NextInputs:
    """Give the minimal sets of outside data that get a stored run further; none if it was cancelled.

    Raises:
        DeclarationError: the workflow has no builder and no data that `until` names.
    """
    found = next_inputs(plan, snapshot_of(stored), until)
    if stored.header.status is not Status.CANCELLED:
        return replace(found, run_id=stored.run_id)
    return NextInputs(workflow=plan.workflow, run_id=stored.run_id, until=found.until, is_complete=found.is_complete)


def snapshot_of(stored: Stored) -> Snapshot:
    """Give the state of a stored run, with texts in the place of values."""
    header = stored.header
    return Snapshot(
        entries={cell.key: Entry(_value(cell), cell.changed, cell.different, cell.by) for cell in stored.cells},
        marks=dict(stored.marks),
        round=header.round,
        began_at=header.began_at,
        clean_at=header.clean_at,
        is_open=header.is_open,
        first_pass=header.first_pass,
    )


def queued(stored: Stored) -> frozenset[Key]:
    """Give the data that wait in the inbox of a run."""
    return frozenset(key for delivery in stored.inbox for key, _ in delivery.values)


def _value(cell: Cell) -> object:
    if not cell.present:
        return ABSENT
    return LOST if cell.text is None else cell.text
