from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from polaris import Workflow, builder

if TYPE_CHECKING:
    from datetime import date


@dataclass(frozen=True)
class Timetable:
    trains: int


@builder
def look_up(day: date) -> Timetable:
    return Timetable(trains=3 if day.weekday() < 5 else 1)


journey = Workflow("journey", target=Timetable)
