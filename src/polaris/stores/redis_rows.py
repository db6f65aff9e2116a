"""What the Redis store sends and gets: runs as texts in hashes, sorted sets and lists. See ``lua/shared.lua``."""

from __future__ import annotations

from typing import cast

from msgspec import json

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

_CELL = "c:"
_MARK = "m:"


def _write(content: object) -> str:
    return json.encode(content).decode()


def maybe(text: str | None) -> str:
    """Give the argument that stands for a text or none."""
    return "" if text is None else f"={text}"


def changes_texts(changes: Changes) -> list[Text]:
    """Give the arguments that stand for changes: the header, cells and marks behind their number, and events."""
    header = changes.header
    rest = [header.round, header.began_at, header.clean_at, header.first_pass, header.error]
    texts: list[Text] = [header.workflow, header.fingerprint, header.status.value, int(header.is_open)]
    texts += (_write(header.waiting_for), _write(rest))
    texts.append(2 * len(changes.cells) + 2 * len(changes.marks))
    for cell in changes.cells:
        texts += (f"{_CELL}{cell.key}", _cell_text(cell))
    for builder, mark in changes.marks:
        texts += (f"{_MARK}{builder}", f"{mark.ran_at} {mark.asked_at} {mark.once_done:d}")
    return [*texts, *map(write_event, changes.events)]


def delivery_text(delivery: Delivery) -> str:
    """Give the text of a delivery, but for its number."""
    return _write({"id": delivery.delivery_id, "values": delivery.values})


def answer(reply: object) -> Answer:
    """Give what a server said to `accept` or `claim`."""
    verdict, repeated, state = cast(tuple[bytes, int, object], reply)
    return Answer(
        verdict=Verdict(verdict.decode()), state=None if state is None else stored(state), repeated=bool(repeated)
    )


def saved(reply: object) -> Saved:
    """Give what a server said to a write."""
    receipt, revision, *oldest = cast(bytes, reply).split(b" ", 2)
    delivery = _delivery(oldest[0]) if oldest else None
    return Saved(receipt=Receipt(receipt.decode()), revision=int(revision), delivery=delivery)


def stored(reply: object) -> Stored:
    """Give a run that a server sent."""
    run_id, fields, inbox = cast(tuple[bytes, list[bytes], list[bytes]], reply)
    row: dict[str, str] = {}
    cells: dict[str, Cell] = {}
    marks: dict[str, Mark] = {}
    for name, text in zip((name.decode() for name in fields[::2]), fields[1::2], strict=True):
        if name.startswith(_CELL):
            key = name.removeprefix(_CELL)
            cells[key] = _cell(key, text)
        elif name.startswith(_MARK):
            marks[name.removeprefix(_MARK)] = _mark(text)
        else:
            row[name] = text.decode()
    return rules.stored(
        _row(run_id.decode(), row),
        cells=(cells[key] for key in sorted(cells)),
        marks=((builder, marks[builder]) for builder in sorted(marks)),
        inbox=map(_delivery, inbox),
    )


def events(run_id: str, reply: object) -> tuple[Event, ...]:
    """Give the history of a run that a server sent."""
    workflow, texts = cast(tuple[bytes, list[bytes]], reply)
    found = (text.decode().split(" ", 1) for text in texts)
    return tuple(read_event(text, workflow=workflow.decode(), run_id=run_id, at=float(at)) for at, text in found)


def _row(run_id: str, found: dict[str, str]) -> Row:
    round_, began_at, clean_at, first_pass, error = json.decode(found["rest"])
    header = Header(
        workflow=found["workflow"],
        fingerprint=found["fingerprint"],
        status=Status(found["status"]),
        round=round_,
        began_at=began_at,
        clean_at=clean_at,
        is_open=found["is_open"] == "1",
        first_pass=first_pass,
        waiting_for=tuple(map(Key, json.decode(found["waiting_for"]))),
        error=error,
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
    by = _write(cell.by)
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
        by=json.decode(by),
    )


def _mark(found: bytes) -> Mark:
    ran_at, asked_at, once_done = map(int, found.split())
    return Mark(ran_at=ran_at, asked_at=asked_at, once_done=bool(once_done))


def _delivery(found: bytes) -> Delivery:
    seq, _, text = found.partition(b":")
    content = json.decode(text)
    values = tuple((Key(key), value) for key, value in content["values"])
    return Delivery(seq=int(seq), delivery_id=content["id"], values=values)
