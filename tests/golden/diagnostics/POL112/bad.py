from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class Address:
    street: str


@dataclass(frozen=True)
class Route:
    text: str


@builder
def find_route(start: Address, goal: Address) -> Route:
    return Route(text=f"{start.street} - {goal.street}")


route = Workflow("route", target=Route)
