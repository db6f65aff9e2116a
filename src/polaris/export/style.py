"""What pictures look like: every colour, word and stroke is a row of a table here.

Colours never stand alone: a state has a word, a kind of reading has a stroke of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, NamedTuple, get_args

Direction = Literal["TB", "LR"]
DIRECTIONS: tuple[Direction, ...] = get_args(Direction)
ThemeName = Literal["light", "dark"]


class State(StrEnum):
    """Where a builder stands; the value is the word beside its name, and two states need none."""

    PLANNED = ""
    DONE = "done"
    RUNNING = "running"
    NEXT = "next"
    WAITING = "waiting"
    FAILED = "failed"
    DECLINED = "declined"
    NOT_TAKEN = "not taken"
    NOT_REACHED = "not reached"


class Role(StrEnum):
    """What a datum is in the picture: the first two in a plan, the others in a run."""

    INPUT = "input"
    PRODUCT = "product"
    PRESENT = "present"
    WAITED = "waited for"
    ABSENT = "absent"


class Reading(StrEnum):
    """How a builder reads a datum: the kinds of edges."""

    NEEDS = "needs"
    OPTIONAL = "optional"
    ACCESS = "access"
    TAKE = "take"
    FEEDBACK = "feedback"


class Paint(NamedTuple):
    """The colours of a box."""

    border: str
    fill: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """How the edges of one kind are drawn, in both languages.

    Attributes:
        legend: what the legend says it means.
        style: solid, dashed or dotted.
        head: the arrow's head.
        width: of the line, in points.
        label: a word on the edge.
        mermaid: the arrow in Mermaid.
    """

    legend: str
    style: str = "solid"
    head: str = "normal"
    width: float = 1.1
    label: str = ""
    mermaid: str = "-->"


STROKES: Mapping[Reading, Stroke] = {
    Reading.NEEDS: Stroke(legend="needs"),
    Reading.OPTIONAL: Stroke(legend="optional", style="dashed", head="empty", mermaid="-.->"),
    Reading.ACCESS: Stroke(legend="reads, never triggers", style="dotted", head="odot", width=1.5, mermaid="-.-o"),
    Reading.TAKE: Stroke(legend="takes away", head="dotnormal", label="take", mermaid="--o"),
    Reading.FEEDBACK: Stroke(legend="feedback (next pass)", head="vee", width=1.5, label="next pass", mermaid="==>"),
}

BORDER = 1.0
TARGET_BORDER = 2.0
ROLE_BORDERS: Mapping[Role, float] = {Role.WAITED: 1.8}
CARRIED_WIDTH = 1.9  # of an edge whose value is there and was used

ROLE_LEGENDS: Mapping[Role, str] = {
    Role.INPUT: "from outside",
    Role.PRESENT: "present",
    Role.WAITED: "waited for",
    Role.ABSENT: "not there",
}
TARGET_LEGEND = "target"
ELSEWHERE_LEGEND = "made by what is not shown"
TRANSIENT_LEGEND = "never stored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """One set of colours.

    Attributes:
        background: of the page.
        title: the workflow's name.
        faint: small words: sub-title, joining words, legend.
        builders: a builder by its state.
        data: a datum by its role.
        targets: a target by its role, where that is not the paint of any datum in that role.
        readings: an edge by its kind.
        values: an edge in a run, by the role of the value that it carries.
    """

    background: str
    title: str
    faint: str
    builders: Mapping[State, Paint]
    data: Mapping[Role, Paint]
    targets: Mapping[Role, Paint]
    readings: Mapping[Reading, str]
    values: Mapping[Role, str]


_UNREACHED = Paint("#94a3b8", "#f8fafc", "#64748b")
_AHEAD = Paint("#b45309", "#fef3c7", "#78350f")
_TARGET = Paint("#a16207", "#fef9c3", "#713f12")
_TARGET_AHEAD = Paint("#a16207", "#ffffff", "#713f12")

LIGHT = Theme(
    background="white",
    title="#1f2937",
    faint="#64748b",
    builders={
        State.PLANNED: Paint("#334155", "#f1f5f9", "#1f2937"),
        State.DONE: Paint("#15803d", "#dcfce7", "#14532d"),
        State.RUNNING: Paint("#1d4ed8", "#dbeafe", "#1e3a8a"),
        State.NEXT: _AHEAD,
        State.WAITING: _AHEAD,
        State.FAILED: Paint("#b91c1c", "#fee2e2", "#7f1d1d"),
        State.DECLINED: _UNREACHED,
        State.NOT_TAKEN: _UNREACHED,
        State.NOT_REACHED: _UNREACHED,
    },
    data={
        Role.INPUT: Paint("#1d4ed8", "#eff6ff", "#1e3a8a"),
        Role.PRODUCT: Paint("#94a3b8", "#ffffff", "#1f2937"),
        Role.PRESENT: Paint("#15803d", "#dcfce7", "#14532d"),
        Role.WAITED: Paint("#b45309", "#ffffff", "#92400e"),
        Role.ABSENT: Paint("#94a3b8", "#ffffff", "#64748b"),
    },
    targets={
        Role.INPUT: _TARGET,
        Role.PRODUCT: _TARGET,
        Role.WAITED: _TARGET_AHEAD,
        Role.ABSENT: _TARGET_AHEAD,
    },
    readings={
        Reading.NEEDS: "#475569",
        Reading.OPTIONAL: "#475569",
        Reading.ACCESS: "#0e7490",
        Reading.TAKE: "#475569",
        Reading.FEEDBACK: "#7e22ce",
    },
    values={Role.PRESENT: "#15803d", Role.WAITED: "#b45309", Role.ABSENT: "#94a3b8"},
)

_DARK_UNREACHED = Paint("#64748b", "#131c2e", "#94a3b8")
_DARK_AHEAD = Paint("#f59e0b", "#3b2506", "#fde68a")
_DARK_TARGET = Paint("#eab308", "#3a2f05", "#fef08a")
_DARK_TARGET_AHEAD = Paint("#eab308", "#0f172a", "#fde68a")

DARK = Theme(
    background="#0f172a",
    title="#f1f5f9",
    faint="#94a3b8",
    builders={
        State.PLANNED: Paint("#94a3b8", "#1e293b", "#f1f5f9"),
        State.DONE: Paint("#22c55e", "#0c2f1c", "#bbf7d0"),
        State.RUNNING: Paint("#60a5fa", "#172b54", "#dbeafe"),
        State.NEXT: _DARK_AHEAD,
        State.WAITING: _DARK_AHEAD,
        State.FAILED: Paint("#f87171", "#431316", "#fecaca"),
        State.DECLINED: _DARK_UNREACHED,
        State.NOT_TAKEN: _DARK_UNREACHED,
        State.NOT_REACHED: _DARK_UNREACHED,
    },
    data={
        Role.INPUT: Paint("#60a5fa", "#14213f", "#bfdbfe"),
        Role.PRODUCT: Paint("#64748b", "#0f172a", "#e2e8f0"),
        Role.PRESENT: Paint("#22c55e", "#14532d", "#dcfce7"),
        Role.WAITED: Paint("#f59e0b", "#0f172a", "#fcd34d"),
        Role.ABSENT: Paint("#64748b", "#0f172a", "#94a3b8"),
    },
    targets={
        Role.INPUT: _DARK_TARGET,
        Role.PRODUCT: _DARK_TARGET,
        Role.WAITED: _DARK_TARGET_AHEAD,
        Role.ABSENT: _DARK_TARGET_AHEAD,
    },
    readings={
        Reading.NEEDS: "#94a3b8",
        Reading.OPTIONAL: "#94a3b8",
        Reading.ACCESS: "#22d3ee",
        Reading.TAKE: "#94a3b8",
        Reading.FEEDBACK: "#c084fc",
    },
    values={Role.PRESENT: "#22c55e", Role.WAITED: "#f59e0b", Role.ABSENT: "#64748b"},
)

THEMES: Mapping[str, Theme] = {"light": LIGHT, "dark": DARK}


def data_paint(theme: Theme, role: Role, *, target: bool) -> Paint:
    """Give the colours of a datum."""
    return theme.targets.get(role, theme.data[role]) if target else theme.data[role]


def data_border(role: Role, *, target: bool) -> float:
    """Give the width of a datum's border, in points."""
    return TARGET_BORDER if target else ROLE_BORDERS.get(role, BORDER)
