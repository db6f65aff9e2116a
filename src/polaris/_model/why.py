"""Why a run is where it is: the answer of `Engine.why`, as a noun.

A proof of what is not there: every part names absent data and the one reason for it, and leads to what that one waits
for, down to outside data or a branch not taken. Each part is told once and referred to afterwards by its data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TYPE_CHECKING

from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._model.words import BUILDER, Styles, coloured, listed

if TYPE_CHECKING:
    from rich.text import Text

Alternatives = tuple[Key, ...]
"""Data any of which will do."""

MOST_LINES = 100
"""How many lines the text has at most; `Why.parts` has all of it."""

DEEPEST = 12
"""From which depth on lines are not indented any further."""


class Reason(StrEnum):
    """Why data are not there.

    Of outside data. NEVER: they were never delivered. QUEUED: they were, and wait in the inbox.
    Of any data. TAKEN: a builder took them away. LOST: they are transient, and their call is over.
    WITHDRAWN: they went away when a builder ran again, or the run was restarted.
    Of a builder's products. FAILED: it failed. READY: it has all it needs. WAITS: it waits for other data.
    DECLINED: it ran and made nothing. OTHER: it made another variant. REPLACED: another variant was delivered.
    DONE: it runs once, and did. IDLE: nothing has had it run.
    """

    NEVER = "never"
    QUEUED = "queued"
    TAKEN = "taken"
    LOST = "lost"
    WITHDRAWN = "withdrawn"
    FAILED = "failed"
    READY = "ready"
    WAITS = "waits"
    DECLINED = "declined"
    OTHER = "other"
    REPLACED = "replaced"
    DONE = "done"
    IDLE = "idle"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Some absent data that have one reason.

    Attributes:
        data: the data, all made by one builder or delivered.
        reason: why they are not there.
        builder: the builder that would make them; None for outside data.
        needs: what it waits for, the most useful first; each of them with its alternatives, all absent.
        round: when it happened: the round of the run in which it ran, or the data went away; 0 for never.
        by: the builder that took them away.
        instead: the variants that are there in their place.
        again: data that are there, or could be, a change of which would have the builder run again.
        error: the class of what a failed builder raised.
        open: whether outside data that are absent could still bring them.
    """

    data: tuple[Key, ...]
    reason: Reason
    builder: str | None = None
    needs: tuple[Alternatives, ...] = ()
    round: int = 0
    by: str | None = None
    instead: tuple[Key, ...] = ()
    again: tuple[Key, ...] = ()
    error: str | None = None
    open: bool = False

    def as_json(self) -> dict[str, object]:
        """Give what it says in lists and texts; what it has nothing to say about is left out."""
        said = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: value for name, value in said.items() if value or name in {"data", "open"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """Why a run is where it is.

    Attributes:
        workflow: the name of the workflow.
        run_id: the id of the run.
        status: where it stands.
        target: the data that complete it; `target_all` says whether all of them, or any.
        missing: of these, the absent ones, the most useful first; none if the run is completed.
        waiting_for: the outside data that it needs next.
        error: why the last call failed: the builder and the class of what it raised.
        parts: the proof, from the target down, each part once.
    """

    workflow: str
    run_id: str | None
    status: Status
    target: tuple[Key, ...]
    target_all: bool
    missing: tuple[Key, ...]
    waiting_for: tuple[Key, ...]
    error: str | None
    parts: tuple[Part, ...]

    def as_json(self) -> dict[str, object]:
        """Give all of it in lists, dicts and texts: parts refer to each other by their data."""
        said = {one.name: getattr(self, one.name) for one in fields(self)}
        return {**said, "parts": [part.as_json() for part in self.parts]}

    def __str__(self) -> str:
        lines = list(self._lines())
        more = len(lines) - MOST_LINES
        return "\n".join([*lines[:MOST_LINES], f"  ... and {more} more"] if more > 0 else lines)

    def __rich__(self) -> Text:
        """Give the text with colours, for terminals; only `rich` asks for it."""
        return coloured(str(self), _STYLES)

    def _lines(self) -> Iterator[str]:
        name = self.workflow if self.run_id is None else f"{self.workflow} {self.run_id}"
        yield f"{name}: {_HEADS[self.status](self)}"
        if len(self.missing) > 1 and not self.target_all:
            yield f"  one of these would complete it: {', '.join(self.missing)}"
        by_key = {key: part for part in self.parts for key in part.data}
        told: set[Key] = set()
        stack = [(key, 1) for key in reversed(self.missing)]
        while stack:
            key, depth = stack.pop()
            part = by_key[key]
            if told.isdisjoint(part.data):
                yield f"{'  ' * min(depth, DEEPEST)}{', '.join(part.data)}: {_SENTENCES[part.reason](part, told)}"
                told.update(part.data)
                stack.extend((need, depth + 1) for needs in reversed(part.needs) for need in reversed(needs))


# --- in words ----------------------------------------------------------------------------------------------------


def _waiting(why: Why) -> str:
    return f"waiting for {listed(why.waiting_for, 'and')}" if why.waiting_for else "waiting"


def _blocked(why: Why) -> str:
    """Name the first part that nothing absent can bring; what comes of it is further up."""
    closed = next((part for part in why.parts if not part.open and not part.needs), None)
    if closed is None:
        return "blocked, no data that are absent now would get it further"
    return f"blocked for want of {listed(closed.data, 'and')}: {_SENTENCES[closed.reason](closed, set())}"


def _failed(why: Why) -> str:
    builder, _, what = (why.error or "").rpartition(": ")
    return f"failed in `{builder}` with {what}" if builder else "failed"


def _completed(why: Why) -> str:
    there = [key for key in why.target if key not in why.missing]
    return f"completed, {listed(there, 'and')} {'is' if len(there) == 1 else 'are'} there"


_HEADS: Mapping[Status, Callable[[Why], str]] = {
    Status.RUNNING: lambda _: "running, a call is going on or was interrupted",
    Status.WAITING: _waiting,
    Status.BLOCKED: _blocked,
    Status.QUEUED: lambda _: "queued, what was delivered has not been taken yet",
    Status.COMPLETED: _completed,
    Status.FAILED: _failed,
    Status.CANCELLED: lambda _: "cancelled, it takes nothing more",
}


def _waits(part: Part, told: set[Key]) -> str:
    gone = f"; what it had made was withdrawn in round {part.round}" if part.round else ""
    return f"`{part.builder}` waits for {_needs(part, told)}{gone}"


def _needs(part: Part, told: set[Key]) -> str:
    needs = [listed((f"{key} (above)" if key in told else key for key in keys), "or") for keys in part.needs]
    has_alternatives = any(len(keys) > 1 for keys in part.needs)
    return ", and for ".join(needs) if has_alternatives else listed(needs, "and")


def _again(part: Part, told: set[Key]) -> str:
    if part.needs:
        return f"; to run again it waits for {_needs(part, told)}"
    return f"; a change of {listed(part.again, 'or')} has it run again" if part.again else ""


def _other(part: Part, told: set[Key]) -> str:
    once_more = _again(part, told) if part.needs and part.open else ""
    return f"`{part.builder}` made {listed(part.instead, 'and')} instead, in round {part.round}{once_more}"


def _gone(part: Part) -> str:
    what = "they are transient and were" if len(part.data) > 1 else "it is transient and was"
    return f"{what} there in an earlier call only"


_SENTENCES: Mapping[Reason, Callable[[Part, set[Key]], str]] = {
    Reason.NEVER: lambda _part, _told: "never delivered",
    Reason.QUEUED: lambda _part, _told: "delivered, but not taken out of the inbox yet",
    Reason.TAKEN: lambda part, told: f"taken by `{part.by}` in round {part.round}{_again(part, told)}",
    Reason.LOST: lambda part, told: f"{_gone(part)}{_again(part, told)}",
    Reason.WITHDRAWN: lambda part, told: f"withdrawn in round {part.round}{_again(part, told)}",
    Reason.FAILED: lambda part, _: f"`{part.builder}` failed" + (f" with {part.error}" if part.error else ""),
    Reason.READY: lambda part, _: f"`{part.builder}` has all it needs to run",
    Reason.WAITS: _waits,
    Reason.DECLINED: lambda part, told: f"`{part.builder}` declined in round {part.round}{_again(part, told)}",
    Reason.OTHER: _other,
    Reason.REPLACED: lambda part, _: f"{listed(part.instead, 'and')} was delivered in its place",
    Reason.DONE: lambda part, _: f"`{part.builder}` runs once, and is done; only a rerun asks it again",
    Reason.IDLE: lambda part, told: f"`{part.builder}` was never asked to run{_again(part, told)}",
}

_STYLES: Styles = (
    BUILDER,
    (r"(?m)(?<=: )(never delivered)$", "bold yellow"),
    (r"(?<=` )failed( with .+)?$", "bold red"),
    (r"(?m)^[^\s].*?(?=: )", "bold"),
    (r"\(above\)", "dim"),
)
