"""What a failed property says: code to paste, the ends, the histories side by side, and the picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import NamedTuple

from polaris._model.events import Event
from polaris._model.keys import Key, TypeForm, key_of
from polaris._model.plan import Plan
from polaris.export.mermaid import mermaid
from polaris.protocols import Observer
from polaris.testing.strategies import Deltas

_WIDEST = 60

End = tuple[str, Mapping[Key, object]]
"""How a run ended: its status and all its values."""


class Line(NamedTuple):
    """One line of a history, and the builder that it is about; None for a call."""

    builder: str | None
    text: str


class Carried(NamedTuple):
    """What came of deliveries that were carried in one way."""

    end: End
    lines: Sequence[Line]

    @property
    def builders(self) -> list[str]:
        """The builders that ran, in order."""
        return [line.builder for line in self.lines if line.builder is not None]


class Recorder(Observer):
    """Writes down what happens in a run, with the values: as an observer, and as the hook `after`."""

    def __init__(self) -> None:
        self.lines: list[Line] = []
        self.events: list[Event] = []

    def call_started(self, event: Event, /) -> None:
        """A call begins."""
        self.events.append(event)
        self.lines.append(Line(None, call_line(event.keys)))

    def builder_started(self, event: Event, /) -> None:
        """A builder is called."""
        self.events.append(event)

    def builder_finished(self, event: Event, /) -> None:
        """A builder has returned."""
        self.events.append(event)

    def builder_failed(self, event: Event, /) -> None:
        """A builder has raised."""
        self.events.append(event)
        self.lines.append(Line(event.builder, f"  {event.builder} fails: {event.error}"))

    def call_finished(self, event: Event, /) -> None:
        """A call ends."""
        self.events.append(event)
        self.lines.append(Line(None, f"  {event.status}"))

    def made(self, builder: str, produced: Mapping[TypeForm, object]) -> None:
        """Write down what a builder made."""
        self.lines.append(Line(builder, f"  {builder}: {', '.join(map(repr, produced.values())) or 'nothing'}"))


def as_code(workflow: str, script: Deltas) -> str:
    """Word deliveries as code to paste into a test; one without data makes the run."""
    return "\n".join(f'    engine.run({workflow}, "run", {_argument(delta)})' for delta in script or [{}])


def as_example(*scripts: Deltas) -> str:
    """Word deliveries as what a test that is given `deliveries` tries first, each time."""
    given = ", ".join(f"[{', '.join(map(_literal, script))}]" for script in scripts)
    return f"\nto be tried first by a test of deliveries:\n    @example({given})\n"


def _argument(delta: Mapping[TypeForm, object]) -> str:
    return _literal(delta) if delta else "new=True"


def _literal(delta: Mapping[TypeForm, object]) -> str:
    return f"{{{', '.join(f'{key_of(form)}: {value!r}' for form, value in delta.items())}}}"


def worded(end: End) -> str:
    """Word how a run ended."""
    status, data = end
    return f"{status} with {', '.join(f'{key}={value!r}' for key, value in sorted(data.items())) or 'nothing'}"


def compared(plan: Plan, names: tuple[str, str], one: Carried, other: Carried) -> str:
    """Show two histories side by side, and in a picture the first builder that made something else."""
    parted = _parted(plan, one, other)
    where = "" if parted is None else f" (they part at {parted})"
    return "\n".join(["", f"histories{where}:", *_side_by_side(names, one, other), picture(plan, parted)])


def picture(plan: Plan, builder: str | None) -> str:
    """Draw a plan for Mermaid, with one builder marked."""
    marks = [
        f"  style b{number} stroke:#d00000,stroke-width:4px\n"
        for number, step in enumerate(plan.steps)
        if step.name == builder
    ]
    return "\n" + "".join([mermaid(plan), *marks])


def lines_of(events: Iterable[Event]) -> list[Line]:
    """Word a history."""
    return [Line(event.builder, _worded(event)) for event in events]


def _worded(event: Event) -> str:
    if event.builder is None:
        return call_line(event.keys) if event.status is None else f"  {event.status}"
    return builder_line(event.builder, event.keys) if event.error is None else f"  {event.builder} fails"


def call_line(keys: Iterable[str]) -> str:
    """Word the beginning of a call."""
    return f"call with {', '.join(keys) or 'nothing'}"


def builder_line(builder: str, keys: Iterable[str]) -> str:
    """Word what a builder made."""
    return f"  {builder}: {', '.join(keys) or 'nothing'}"


def _parted(plan: Plan, one: Carried, other: Carried) -> str | None:
    """Give the first builder, in plan order, that last made something else."""
    last = [{line.builder: line.text for line in carried.lines} for carried in (one, other)]
    return next((step.name for step in plan.steps if last[0].get(step.name) != last[1].get(step.name)), None)


def _side_by_side(names: tuple[str, str], one: Carried, other: Carried) -> Iterator[str]:
    left, right = ([name, *(line.text for line in c.lines)] for name, c in zip(names, (one, other), strict=True))
    width = min(_WIDEST, max(map(len, left)))
    for a, b in zip_longest(left, right, fillvalue=""):
        yield f"  {_cut(a):<{width}} | {_cut(b)}".rstrip()


def _cut(text: str) -> str:
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 3]}..."
