"""The history of a run as one picture that needs nothing else: SVG text, or a page of HTML with it inside.

Time runs downwards, call by call, as it is read. Within a call each builder has a bar on the call's own scale, so that
milliseconds are seen in a run that has waited for days; between calls it is said how long the run waited, and what
ended the wait. The text is a pure function of the events; values are not in them.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from html import escape
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from polaris._model.events import Event, EventKind
from polaris._model.outcome import Status
from polaris.errors import RenderError
from polaris.export.files import write
from polaris.export.labels import listed, shown
from polaris.export.style import THEMES, State, Theme, ThemeName

WIDTH = 960
LINE = 22  # the height of a line, in pixels

_LEFT, _BAR, _SAID = 24, 250, 590  # where names, bars and words begin
_LONGEST_BAR = _SAID - _BAR - 12
_SHORTEST_BAR = 2.0
_TOP = 64
_UNITS = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"), (1.0, "s"))
_LONGEST_NAME, _LONGEST_WORDS, _LONGEST_CALL = 32, 62, 120
_STATES: Mapping[Status | None, State] = {
    None: State.RUNNING,
    Status.COMPLETED: State.DONE,
    Status.FAILED: State.FAILED,
    Status.CANCELLED: State.NOT_REACHED,
}


@dataclass(slots=True)
class _Bar:
    """What one builder did once: in seconds from the beginning of its call, and how often it had failed before."""

    event: Event
    begin: float
    end: float
    failures: int


@dataclass(slots=True)
class _Call:
    """One call: the event that began it and the one that ended it, if it has them, and what ran in it."""

    started: Event | None
    finished: Event | None = None
    bars: list[_Bar] = field(default_factory=list[_Bar])
    begin: datetime | None = None


class _Line(NamedTuple):
    """One line of the picture: what it says as a whole, and what is drawn."""

    title: str
    parts: tuple[str, ...]


def timeline(history: Iterable[Event], path: str | PathLike[str] | None = None, *, theme: ThemeName = "light") -> str:
    """Draw who ran when, how long it took and how long the run waited, with failures.

    Args:
        history: what `Engine.history` gives; also what an observer was told, then without the time of day.
        path: the file to write it into: ``.svg``, or ``.html`` for a page with the picture inside; None for none.
        theme: ``"light"`` or ``"dark"``.

    Returns:
        The text: SVG, or HTML if that was written.

    Raises:
        RenderError: there is no such format or theme.
    """
    if theme not in THEMES:
        raise RenderError(f"There is no theme {theme!r}.", do=f"Use {' or '.join(map(repr, THEMES))}.")
    file = None if path is None else Path(path)
    ending = ".svg" if file is None else file.suffix.lower()
    if ending not in {".svg", ".html"}:
        raise RenderError(f"No timeline can be written as {ending!r}.", do="Use a name that ends in .svg or .html.")
    text = _svg(list(history), THEMES[theme])
    if ending == ".html":
        text = _page(text, THEMES[theme])
    if file is not None:
        write(file, text.encode())
    return text


# --- what happened -----------------------------------------------------------------------------------------------


def _calls(history: Iterable[Event]) -> list[_Call]:
    calls: list[_Call] = []
    failures = Counter[str | None]()
    for event in history:
        if event.kind is EventKind.CALL_STARTED:
            calls.append(_Call(event, begin=event.at))
        elif event.kind in {EventKind.BUILDER_FINISHED, EventKind.BUILDER_FAILED, EventKind.CALL_FINISHED}:
            if not calls or calls[-1].finished is not None:
                calls.append(_Call(None, begin=event.at))
            _add(calls[-1], event, failures[event.builder])
            if event.kind is EventKind.BUILDER_FAILED:
                failures[event.builder] += 1
            else:
                del failures[event.builder]
    return calls


def _add(call: _Call, event: Event, failures: int) -> None:
    """Add what happened to its call: it ended when it was saved; where nobody knows that, after the one before it."""
    if event.kind is EventKind.CALL_FINISHED:
        call.finished = event
        return
    took = event.seconds or 0.0
    if event.at is None or call.begin is None:
        begin = call.bars[-1].end if call.bars else 0.0
        call.bars.append(_Bar(event, begin, begin + took, failures))
    else:
        end = max((event.at - call.begin).total_seconds(), took)
        call.bars.append(_Bar(event, end - took, end, failures))


def _waited(before: _Call, call: _Call) -> float | None:
    """Give the seconds between two calls, if both are known."""
    if before.finished is None or before.finished.at is None or call.begin is None:
        return None
    return max((call.begin - before.finished.at).total_seconds(), 0.0)


# --- in words ----------------------------------------------------------------------------------------------------


def duration(seconds: float) -> str:
    """Give a time in the two units that say most: ``2 h 5 min``, ``1.25 s``, ``3 ms``."""
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms" if round(seconds * 1000, 1) else "0 ms"
    if seconds < 60:
        return f"{seconds:.3g} s"
    whole = round(seconds)
    place = next(place for place, (size, _) in enumerate(_UNITS) if whole >= size)
    (size, unit), (small, word) = _UNITS[place : place + 2]
    rest = int(whole % size // small)
    return f"{int(whole // size)} {unit}" + (f" {rest} {word}" if rest else "")


def _names(keys: Sequence[str]) -> str:
    return listed([shown(key) for key in keys])


def _call_words(number: int, call: _Call) -> str:
    """Say how a call began and ended."""
    parts = [f"call {number}"]
    if call.begin is not None:
        parts.append(f"{call.begin:%Y-%m-%d %H:%M:%S} UTC")
    if call.started is not None:
        parts.append(f"delivered {_names(call.started.keys)}" if call.started.keys else "nothing delivered")
    if call.finished is None:
        return " - ".join([*parts, "not ended"])
    ended = str(call.finished.status) + (f" with {shown(call.finished.error)}" if call.finished.error else "")
    took = "" if call.finished.seconds is None else f" after {duration(call.finished.seconds)}"
    return " - ".join([*parts, ended + took])


def _bar_words(bar: _Bar) -> str:
    event = bar.event
    took = f"attempt {bar.failures + 1}, " if bar.failures else ""
    took += "" if event.seconds is None else f"{duration(event.seconds)}, "
    if event.kind is EventKind.BUILDER_FAILED:
        return f"{took}failed with {shown(event.error or 'an error')}"
    return took + (f"made {_names(event.keys)}" if event.keys else "declined")


def _counted(number: int, word: str) -> str:
    return f"{number} {word}" if number == 1 else f"{number} {word}s"


def _summary(calls: Sequence[_Call]) -> str:
    ran = sum(len(call.bars) for call in calls)
    failures = sum(bar.event.kind is EventKind.BUILDER_FAILED for call in calls for bar in call.bars)
    waits = [_waited(before, call) for before, call in itertools.pairwise(calls)]
    parts = [_counted(len(calls), "call"), _counted(ran, "bar"), _counted(failures, "failure")]
    if any(wait is not None for wait in waits):
        parts.append(f"waited {duration(sum(wait or 0.0 for wait in waits))} between calls")
    return ", ".join(parts)


# --- as SVG ------------------------------------------------------------------------------------------------------


def _svg(history: Sequence[Event], theme: Theme) -> str:
    calls = _calls(history)
    first = history[0] if history else None
    name = shown(first.workflow) if first else "nothing happened"
    name += f" {shown(first.run_id)}" if first and first.run_id is not None else ""
    lines = [line for number, call in enumerate(calls) for line in _lines(number, call, calls, theme)]
    height = _TOP + LINE * len(lines) + 16
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" '
        'role="img" aria-labelledby="title summary" font-family="Helvetica, Arial, sans-serif" font-size="12">'
    )
    return "\n".join(
        [
            head,
            f'<title id="title">Timeline of {escape(name)}</title>',
            f'<desc id="summary">{escape(_summary(calls))}</desc>',
            f'<rect width="{WIDTH}" height="{height}" fill="{theme.background}"/>',
            _text(name, _LEFT, 28, theme.title, size=16, bold=True),
            _text(_summary(calls), _LEFT, 48, theme.faint, size=11),
            *(_group(line, _TOP + LINE * place) for place, line in enumerate(lines)),
            "</svg>",
            "",
        ]
    )


def _lines(number: int, call: _Call, calls: Sequence[_Call], theme: Theme) -> Iterator[_Line]:
    """Give the lines of a call, and before them the one of the wait that it ended."""
    waited = _waited(calls[number - 1], call) if number else None
    if waited is not None:
        color, words = theme.builders[State.WAITING].border, f"waited {duration(waited)}"
        line = f'<line x1="{_BAR}" x2="{_SAID - 12}" y1="11" y2="11" stroke="{color}" stroke-dasharray="2 4"/>'
        yield _Line(words, (line, _text(words, _SAID, 15, color, size=11)))
    words = _call_words(number + 1, call)
    status = None if call.finished is None else call.finished.status
    paint = theme.builders[_STATES.get(status, State.PLANNED)]
    box = (
        f'<rect x="{_LEFT - 8}" y="1" width="{WIDTH - 2 * (_LEFT - 8)}" height="{LINE - 2}" rx="4" '
        f'fill="{paint.fill}" stroke="{paint.border}"/>'
    )
    yield _Line(words, (box, _text(_fitting(words, _LONGEST_CALL), _LEFT, 15, paint.text, bold=True)))
    longest = max((bar.end for bar in call.bars), default=0.0) or 1.0
    for bar in call.bars:
        yield _bar(bar, longest, theme)


def _bar(bar: _Bar, longest: float, theme: Theme) -> _Line:
    failed = bar.event.kind is EventKind.BUILDER_FAILED
    state = State.FAILED if failed else State.DONE if bar.event.keys else State.DECLINED
    paint = theme.builders[state]
    words, name = _bar_words(bar), shown(bar.event.builder or "")
    left = _BAR + _LONGEST_BAR * bar.begin / longest
    width = max(_LONGEST_BAR * (bar.end - bar.begin) / longest, _SHORTEST_BAR)
    box = (
        f'<rect x="{left:.1f}" y="4" width="{width:.1f}" height="{LINE - 8}" rx="2" fill="{paint.fill}" '
        f'stroke="{paint.border}"/>'
    )
    said = _text(_fitting(words, _LONGEST_WORDS), _SAID, 15, paint.border if failed else theme.faint, size=11)
    return _Line(f"{name}: {words}", (_text(_fitting(name, _LONGEST_NAME), _LEFT + 12, 15, theme.title), box, said))


def _fitting(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[: most - 3]}..."


def _group(line: _Line, y: int) -> str:
    return f'<g transform="translate(0 {y})"><title>{escape(line.title)}</title>{"".join(line.parts)}</g>'


def _text(words: str, x: int, y: int, color: str, *, size: int = 0, bold: bool = False) -> str:
    looks = (f' font-size="{size}"' if size else "") + (' font-weight="bold"' if bold else "")
    return f'<text x="{x}" y="{y}" fill="{color}"{looks}>{escape(words)}</text>'


def _page(svg: str, theme: Theme) -> str:
    title = svg.partition('<title id="title">')[2].partition("</title>")[0]
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>\n</head>\n'
        f'<body style="margin:0;background:{theme.background}">\n{svg}</body>\n</html>\n'
    )
