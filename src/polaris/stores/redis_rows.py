"""What the Redis store sends and gets: runs as texts in hashes, sorted sets and lists. See ``lua/shared.lua``."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import cast

from polaris._model.events import Event
from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.records import Answer, Cell, Changes, Delivery, Header, Receipt, Saved, Stored, Verdict
from polaris._model.snapshot import Mark
from polaris.stores import rules
from polaris.stores.events import read_event, write_event
from polaris.stores.rules import Row

Text = str | float
"""What is sent."""


def maybe(text: str | None) -> str:
    """Give the argument that stands for a text or none."""
    return "" if text is None else f"={text}"


def changes_texts(changes: Changes) -> Iterator[Text]:
    """Give the arguments that stand for changes: the header, then cells, marks and events, each behind their number."""
    header = changes.header
    yield from (header.workflow, header.fingerprint, header.status.value, int(header.is_open))
    yield json.dumps(header.waiting_for, ensure_ascii=False)
    yield from (header.round, header.began_at, header.clean_at, header.first_pass)
    yield json.dumps(header.error, ensure_ascii=False)
    yield 2 * len(changes.cells)
    for cell in changes.cells:
        yield cell.key
        yield _cell_text(cell)
    yield 2 * len(changes.marks)
    for builder, mark in changes.marks:
        yield builder
        yield f"{mark.ran_at} {mark.asked_at} {mark.once_done:d}"
    yield len(changes.events)
    yield from map(write_event, changes.events)


def delivery_text(delivery: Delivery) -> str:
    """Give the text of a delivery, but for its number."""
    return json.dumps({"id": delivery.delivery_id, "values": delivery.values}, ensure_ascii=False)


def answer(reply: object) -> Answer:
    """Give what a server said to `accept` or `claim`."""
    verdict, repeated, state = cast(tuple[bytes, int, object], reply)
    return Answer(
        verdict=Verdict(verdict.decode()), state=None if state is None else stored(state), repeated=bool(repeated)
    )


def saved(reply: object) -> Saved:
    """Give what a server said to a write."""
    receipt, revision, oldest = cast(tuple[bytes, int | bytes, bytes | None], reply)
    delivery = None if oldest is None else _delivery(oldest)
    return Saved(receipt=Receipt(receipt.decode()), revision=int(revision), delivery=delivery)


def stored(reply: object) -> Stored:
    """Give a run that a server sent."""
    run_id, row, cells, marks, inbox = cast(tuple[bytes, *tuple[list[bytes], ...]], reply)
    return rules.stored(
        _row(run_id.decode(), {name: text.decode() for name, text in _pairs(row)}),
        cells=sorted((_cell(key, text) for key, text in _pairs(cells)), key=lambda cell: cell.key),
        marks=sorted((key, _mark(text)) for key, text in _pairs(marks)),
        inbox=map(_delivery, inbox),
    )


def events(run_id: str, reply: object) -> tuple[Event, ...]:
    """Give the history of a run that a server sent."""
    workflow, texts = cast(tuple[bytes, list[bytes]], reply)
    found = (text.decode().split(" ", 1) for text in texts)
    return tuple(read_event(text, workflow=workflow.decode(), run_id=run_id, at=float(at)) for at, text in found)


def _pairs(texts: Sequence[bytes]) -> Iterator[tuple[str, bytes]]:
    names = (name.decode() for name in texts[::2])
    return zip(names, texts[1::2], strict=True)


def _row(run_id: str, found: dict[str, str]) -> Row:
    header = Header(
        workflow=found["workflow"],
        fingerprint=found["fingerprint"],
        status=Status(found["status"]),
        round=int(found["round"]),
        began_at=int(found["began_at"]),
        clean_at=int(found["clean_at"]),
        is_open=found["is_open"] == "1",
        first_pass=int(found["first_pass"]),
        waiting_for=tuple(map(Key, json.loads(found["waiting_for"]))),
        error=json.loads(found["error"]),
    )
    return Row(
        run_id=run_id,
        uid=found["uid"],
        header=header,
        revision=int(found["revision"]),
        takeovers=int(found["takeovers"]),
        created=float(found["created"]),
        updated=float(found["updated"]),
    )


def _cell_text(cell: Cell) -> str:
    """Give one line about a cell, and its value below."""
    by = json.dumps(cell.by, ensure_ascii=False)
    line = f"{cell.present:d} {cell.text is not None:d} {cell.changed} {cell.different} {by}"
    return f"{line}\n{cell.text or ''}"


def _cell(key: str, found: bytes) -> Cell:
    line, _, text = found.partition(b"\n")
    present, has_text, changed, different, by = line.split(b" ", 4)
    return Cell(
        key=Key(key),
        present=present == b"1",
        text=text.decode() if has_text == b"1" else None,
        changed=int(changed),
        different=int(different),
        by=json.loads(by),
    )


def _mark(found: bytes) -> Mark:
    ran_at, asked_at, once_done = map(int, found.split())
    return Mark(ran_at=ran_at, asked_at=asked_at, once_done=bool(once_done))


def _delivery(found: bytes) -> Delivery:
    seq, _, text = found.partition(b":")
    content = json.loads(text)
    values = tuple((Key(key), value) for key, value in content["values"])
    return Delivery(seq=int(seq), delivery_id=content["id"], values=values)
