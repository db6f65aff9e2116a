"""Diagnostics: one fault found by the compiler, as data, at a place in the user's file."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """Whether a diagnostic stops the compiler."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """A stretch of one line of the user's source.

    Attributes:
        file: path as Python knows it.
        line: from 1; 0 if only the file is known.
        column: from 1.
        end_column: one past the last character.
        source: the text of the line, without its line end.
    """

    file: str
    line: int
    column: int = 1
    end_column: int = 1
    source: str = ""

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def drawn(self) -> str:
        """Give the source line with carets under the place."""
        number = str(self.line)
        before = "".join(letter if letter == "\t" else " " for letter in self.source[: self.column - 1])
        carets = "^" * max(1, self.end_column - self.column)
        return f"  {number} | {self.source}\n  {' ' * len(number)} | {before}{carets}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Related:
    """Another place that belongs to a fault, and why."""

    message: str
    place: Place

    def __str__(self) -> str:
        return f"  {self.place}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagnostic:
    """One fault: a stable code, what is wrong, where, and what to do."""

    code: str
    severity: Severity
    message: str
    hint: str
    place: Place | None = None
    related: tuple[Related, ...] = ()

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        lines = [f"{where}{self.severity} {self.code}: {self.message}"]
        if self.place and self.place.source:
            lines.append(self.place.drawn())
        lines.extend(map(str, self.related))
        lines.append(f"  hint: {self.hint}")
        return "\n".join(lines)
