from dataclasses import dataclass
from typing import NewType

from polaris import Workflow, builder


@dataclass(frozen=True)
class Address:
    street: str


Start = NewType("Start", Address)
Goal = NewType("Goal", Address)


@dataclass(frozen=True)
class Route:
    text: str


@builder
def find_route(start: Start, goal: Goal) -> Route:
    return Route(text=f"{start.street} - {goal.street}")


route = Workflow("route", target=Route)
