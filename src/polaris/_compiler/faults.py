"""Faults: what a stage finds wrong, before anybody has looked into the source for the place.

Finding the line and column costs a parse of the user's file, so a stage only says what it is about; `places` turns
faults into diagnostics, and only when there are any.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from polaris._compiler.codes import Rule
from polaris._model.declaration import Function
from polaris._model.workflow import Workflow

RETURN = "return"
"""The part of a function that is its return type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """What a fault is about.

    Attributes:
        thing: a builder, the workflow, or a class that data are made of.
        part: of a builder the name of a parameter, or `RETURN`; of a workflow the keyword of an argument;
            empty for the ``def`` line or the call. Of a class the name of a field.
    """

    thing: Function | Workflow[object] | type
    part: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault: a row of the table, the words for its braces, and what it is about."""

    rule: Rule
    at: Anchor
    words: Mapping[str, str]
    related: tuple[tuple[str, Anchor], ...] = ()

    @property
    def message(self) -> str:
        """What is wrong."""
        return self.rule.message.format_map(self.words)

    @property
    def hint(self) -> str:
        """What to do."""
        return self.rule.hint.format_map(self.words)


def fault(rule: Rule, at: Anchor, *related: tuple[str, Anchor], **words: str) -> Fault:
    """Make a fault from a row, what it is about, related places, and the words for the row's braces."""
    return Fault(rule=rule, at=at, words=words, related=related)
