"""Where a value comes from: the answer of `Engine.lineage`, as a noun.

Every part names one datum: who made it, in which round, when, and from which others. Each is told once and referred to
afterwards by its key.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING

from polaris._model.keys import Key
from polaris._model.words import BUILDER, Styles, coloured, listed

if TYPE_CHECKING:
    from rich.text import Text

MOST_LINES = 100
"""How many lines the text has at most; `Lineage.parts` has all of it."""

DEEPEST = 12
"""From which depth on lines are not indented any further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where one value comes from.

    Attributes:
        key: the datum.
        builder: who made it; None if it was delivered.
        round: the round of the run in which that was.
        sources: what it was made from and is still the same: each of them has a part of its own.
        earlier: what it was made from and has changed or gone since, so that no more can be said of it.
        at: when it was saved, by the store's clock; None if no history was kept.
        seconds: how long the builder took; None if no history was kept.
    """

    key: Key
    builder: str | None = None
    round: int
    sources: tuple[Key, ...] = ()
    earlier: tuple[Key, ...] = ()
    at: datetime | None = None
    seconds: float | None = None

    def as_json(self) -> dict[str, object]:
        """Give what it says in lists and texts; what is not known is left out."""
        said: dict[str, object] = {one.name: getattr(self, one.name) for one in fields(self)}
        said["at"] = None if self.at is None else self.at.isoformat()
        return {name: value for name, value in said.items() if value not in (None, ())}


@dataclass(frozen=True, slots=True, kw_only=True)
class Lineage:
    """Where a value of a run comes from.

    Attributes:
        workflow: the name of the workflow.
        run_id: the id of the run.
        key: the datum that was asked about.
        parts: its origin, and below it those of all that it was made from, each once.
    """

    workflow: str
    run_id: str
    key: Key
    parts: tuple[Origin, ...]

    def as_json(self) -> dict[str, object]:
        """Give all of it in lists, dicts and texts: parts refer to each other by their keys."""
        return {
            "workflow": self.workflow,
            "run_id": self.run_id,
            "key": self.key,
            "parts": [part.as_json() for part in self.parts],
        }

    def __str__(self) -> str:
        lines = list(self._lines())
        more = len(lines) - MOST_LINES
        return "\n".join([*lines[:MOST_LINES], f"  ... and {more} more"] if more > 0 else lines)

    def __rich__(self) -> Text:
        """Give the text with colours, for terminals; only `rich` asks for it."""
        return coloured(str(self), _STYLES)

    def _lines(self) -> Iterator[str]:
        yield f"{self.workflow} {self.run_id}: where {self.key} comes from"
        by_key = {part.key: part for part in self.parts}
        told: set[Key] = set()
        stack = [(self.key, 1)]
        while stack:
            key, depth = stack.pop()
            if key not in told:
                yield f"{'  ' * min(depth, DEEPEST)}{key}: {_sentence(by_key[key], told)}"
                told.add(key)
                stack.extend((source, depth + 1) for source in reversed(by_key[key].sources))


def _sentence(part: Origin, told: set[Key]) -> str:
    when = f" in round {part.round}" + (f", at {part.at:%Y-%m-%d %H:%M:%S} UTC" if part.at else "")
    if part.builder is None:
        return f"delivered{when}"
    took = "" if part.seconds is None else f", in {part.seconds:.3g} s"
    made_of = [f"{key} (above)" if key in told else key for key in part.sources]
    made_of += [f"an earlier {key}" for key in part.earlier]
    return f"made by `{part.builder}`{when}{took}" + (f", from {listed(made_of, 'and')}" if made_of else "")


_STYLES: Styles = (BUILDER, (r"(?m)^[^\s].*?(?=: )", "bold"), (r"\(above\)", "dim"))
