"""The state of a run at one revision, as the walk reads and writes it. Nothing in it depends on a clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from polaris._model.keys import Key


class Gone(Enum):
    """What stands in the place of a value that cannot be read."""

    ABSENT = "absent"
    LOST = "lost"

    def __repr__(self) -> str:
        return f"<{self.value}>"


ABSENT = Gone.ABSENT
"""The key was withdrawn, taken, or never there."""

LOST = Gone.LOST
"""The key is there, but its value was transient and did not survive the process."""


class Entry(NamedTuple):
    """What a run knows of one key. A tuple, because every value that is made makes one.

    Attributes:
        value: the value, `ABSENT` or `LOST`.
        changed: the round of its last change; a withdrawal is a change.
        different: the round in which it last became a different value.
        by: the name of the builder that made it; None if it was delivered.
    """

    value: object
    changed: int
    different: int
    by: str | None


class Mark(NamedTuple):
    """What a run knows of one builder. A tuple, because every builder that runs makes one.

    Attributes:
        ran_at: the round in which it last ran; 0 for never.
        asked_at: the round in which it was last asked to run without a trigger.
        once_done: whether a ``once`` builder has made what it makes.
    """

    ran_at: int = 0
    asked_at: int = 0
    once_done: bool = False


NEVER = Mark()


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All of a run's state that the walk needs.

    Attributes:
        entries: by key; a key that is not in it was never there.
        marks: by builder name; a builder that is not in it never ran.
        round: a number that only grows: one per delivery, one per pass.
        began_at: the round of the delivery that opened the current or last call.
        clean_at: the last round of the last call that ended well.
        is_open: whether a call is going on.
        first_pass: the round from which the passes of that call count towards `max_passes`.
    """

    entries: Mapping[Key, Entry] = field(default_factory=lambda: MappingProxyType({}))
    marks: Mapping[str, Mark] = field(default_factory=lambda: MappingProxyType({}))
    round: int = 0
    began_at: int = 0
    clean_at: int = 0
    is_open: bool = False
    first_pass: int = 0
