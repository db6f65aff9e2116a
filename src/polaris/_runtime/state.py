"""Between a stored run and the walk: decode what is read, encode what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from polaris._model.events import Event
from polaris._model.keys import Key, TypeForm
from polaris._model.outcome import Outcome, RunState, Status
from polaris._model.records import Cell, Changes, Delivery, Header, Stored
from polaris._model.snapshot import ABSENT, LOST, Entry, Snapshot
from polaris._runtime.bind import Bound
from polaris._runtime.call import Products
from polaris._runtime.delivery import Delta, names_of
from polaris._runtime.ledger import Ledger
from polaris.errors import BuilderFailedError, CodecError, StepError
from polaris.protocols import Codec

Encode = Callable[[object, TypeForm], tuple[str, object]]
"""Encodes a value of a type and gives the text with the value as it will be read again."""


@dataclass(slots=True, kw_only=True)
class Texts:
    """The codec of an engine for one plan, and the texts of values that are not saved yet.

    Attributes:
        pending: those texts, by key.
        usual: the rounds and the header of the last save of a call that is going on.
    """

    bound: Bound
    codec: Codec
    encode: Encode
    pending: dict[Key, str] = field(default_factory=dict[Key, str])
    usual: tuple[tuple[int, ...], Header] | None = None

    def keep(self, step: str, made: Iterable[tuple[Key, object]]) -> Products:
        """Encode values, transient ones left out, and give all as they will be read again.

        Raises:
            CodecError: a value cannot be stored; its `step` is given.
        """
        kept: Products = []
        bound, pending = self.bound, self.pending
        for key, value in made:
            if key in bound.index.transient:
                kept.append((key, value))
                continue
            try:
                pending[key], again = self.encode(value, bound.types[key])
            except CodecError as error:
                error.step = step
                raise
            kept.append((key, again))
        return kept

    def delivery(self, delivery_id: str, delta: Delta) -> Delivery:
        """Encode a delivery for the inbox."""
        lasting = [(key, value) for key, value in delta.items() if key not in self.bound.index.transient]
        texts = [(key, self.encode(value, self.bound.types[key])[0]) for key, value in lasting]
        return Delivery(seq=0, delivery_id=delivery_id, values=tuple(texts))

    def taken(self, delivery: Delivery) -> Delta:
        """Decode a delivery out of the inbox."""
        known = [(key, text) for key, text in delivery.values if key in self.bound.types]
        self.pending.update(known)
        return {key: self.codec.decode(text, self.bound.types[key]) for key, text in known}

    def snapshot(self, stored: Stored) -> Snapshot:
        """Decode a stored run. Keys that the plan does not know are left alone."""
        header = stored.header
        return Snapshot(
            entries={cell.key: self._entry(cell) for cell in stored.cells if cell.key in self.bound.types},
            marks=dict(stored.marks),
            round=header.round,
            began_at=header.began_at,
            clean_at=header.clean_at,
            is_open=header.is_open,
            first_pass=header.first_pass,
        )

    def outcome(self, stored: Stored, *, moved: bool, status: Status | None) -> Outcome[object]:
        """Give the outcome of a call as far as a stored run tells; `moved` if the call did anything."""
        plan, types, header = self.bound.plan, self.bound.types, stored.header
        ledger = Ledger(self.bound.index, self.snapshot(stored), lambda _key, _old, _new: False)
        produced = ledger.produced() if moved else {}
        return Outcome(
            workflow=plan.workflow,
            run_id=stored.run_id,
            status=status or header.status,
            produced={types[key]: value for key, value in produced.items()},
            data={types[key]: value for key, value in ledger.values().items()},
            waiting_for=names_of(types, header.waiting_for),
            target=names_of(types, plan.target),
            target_all=plan.target_all,
        )

    def changes(
        self,
        ledger: Ledger,
        status: Status,
        waits: tuple[Key, ...] = (),
        error: str | None = None,
        events: Iterable[Event] = (),
    ) -> Changes:
        """Encode what changed in a run since this was last asked."""
        entries, marks = ledger.take_changes()
        cells = tuple([self._cell(key, entry) for key, entry in entries])
        return Changes(self._header(ledger, status, waits, error), cells, marks, tuple(events))

    def _header(self, ledger: Ledger, status: Status, waits: tuple[Key, ...], error: str | None) -> Header:
        """Say where the run stands; while the builders of one pass run, that stays the same."""
        rounds = (ledger.round, ledger.began_at, ledger.clean_at, ledger.first_pass)
        is_usual = status is Status.RUNNING and not waits and error is None
        if is_usual and self.usual is not None and self.usual[0] == rounds:
            return self.usual[1]
        header = header_of(self.bound, ledger, status, waits, error)
        if is_usual:
            self.usual = rounds, header
        return header

    def _entry(self, cell: Cell) -> Entry:
        value: object = ABSENT
        if cell.present:
            value = LOST if cell.text is None else self.codec.decode(cell.text, self.bound.types[cell.key])
        return Entry(value, cell.changed, cell.different, cell.by)

    def _cell(self, key: Key, entry: Entry) -> Cell:
        value, changed, different, by = entry
        is_there = value is not ABSENT
        return Cell(key, is_there, self.pending.pop(key, None) if is_there else None, changed, different, by)


def header_of(
    bound: Bound, ledger: Ledger, status: Status, waits: tuple[Key, ...] = (), error: str | None = None
) -> Header:
    """Say where a run stands."""
    return Header(
        workflow=bound.plan.workflow,
        fingerprint=bound.plan.fingerprint,
        status=status,
        round=ledger.round,
        began_at=ledger.began_at,
        clean_at=ledger.clean_at,
        is_open=ledger.is_open or status is Status.RUNNING,  # also if there is nothing to do in it
        first_pass=ledger.first_pass,
        waiting_for=waits,
        error=error,
    )


def run_state(bound: Bound, codec: Codec, stored: Stored) -> RunState:
    """Give a stored run as its readers see it."""
    header, types = stored.header, bound.types
    cells = [cell for cell in stored.cells if cell.text is not None and cell.key in types]
    return RunState(
        run_id=stored.run_id,
        workflow=header.workflow,
        fingerprint=header.fingerprint,
        status=header.status,
        data={types[cell.key]: codec.decode(cell.text or "", types[cell.key]) for cell in cells},
        waiting_for=names_of(types, [key for key in header.waiting_for if key in types]),
        revision=stored.revision,
        error=header.error,
        created=stored.created,
        updated=stored.updated,
    )


def is_unfinished(stored: Stored) -> bool:
    """Say whether a call without data has something to do: the last one failed, or something was asked since."""
    header = stored.header
    if header.clean_at != header.round:
        return True
    return any(mark.asked_at > max(mark.ran_at, header.clean_at) for _, mark in stored.marks)


def worded(failures: tuple[StepError, ...]) -> str | None:
    """Word a failure for the store: the step and the class of what happened, never a value."""
    if not failures:
        return None
    first = failures[0]
    reason = first.reason if isinstance(first, BuilderFailedError) else type(first.__cause__ or first).__name__
    return f"{first.step}: {reason}"
