"""What the tests of the command line are about: a small workflow, and the types of their fixtures."""

from collections.abc import Callable

RIDES = """
from dataclasses import dataclass
from typing import NewType

from polaris import Access, Resource, Workflow, builder


@dataclass(frozen=True, slots=True)
class RideRequest:
    user_id: str
    seats: int


@dataclass(frozen=True, slots=True)
class CabbieArrived:
    minute: int


@dataclass(frozen=True, slots=True)
class CabbieMatched:
    cabbie: str


@dataclass(frozen=True, slots=True)
class RideEnded:
    cabbie: str
    minute: int


Note = NewType("Note", str)


@builder
def match_cabbie(request: RideRequest) -> CabbieMatched | None:
    if request.seats < 0:
        raise ValueError("nobody sits on a negative seat")
    return CabbieMatched("Ravi") if request.seats < 5 else None


@builder
def end_ride(matched: CabbieMatched, arrived: CabbieArrived, note: Note | None = None) -> RideEnded:
    return RideEnded(matched.cabbie, arrived.minute)


cab_ride = Workflow("cab_ride", target=RideEnded)
"""

REQUEST = """RideRequest={"user_id": "u1", "seats": 2}"""
ARRIVED = """CabbieArrived={"minute": 7}"""

STORE = ("--store", "sqlite:///rides.db")
"""The store of the tests of verbs that are about stored runs."""

FLEET = """
from rides import CabbieMatched, RideRequest
from polaris import Resource, Workflow, builder


class Fleet:
    def nearest(self) -> str:
        return "Meera"


@builder
def ask_fleet(request: RideRequest, fleet: Resource[Fleet]) -> CabbieMatched:
    return CabbieMatched(fleet.nearest())


match = Workflow("match", target=CabbieMatched, builders=[ask_fleet])
RESOURCES = {Fleet: Fleet()}


def resources() -> dict[type, object]:
    return {Fleet: Fleet()}


def broken() -> dict[type, object]:
    raise RuntimeError("the fleet is away")
"""

Write = Callable[[str, str], None]
"""Writes a module into the current directory."""

Said = tuple[int, str, str]
"""The exit status of a command, its output, and what it said beside it."""

Polaris = Callable[..., Said]
"""Calls the command."""


def start(polaris: Polaris, run_id: str = "ride-1", *more: str) -> None:
    """Make a run that waits for the cabbie to arrive, or goes on with more arguments."""
    said = polaris("run", "rides:cab_ride", *STORE, "--run-id", run_id, "--data", REQUEST, *more)
    assert said[0] == 0, said


def leave(polaris: Polaris, run_id: str = "ride-1", arrived: str = ARRIVED) -> None:
    """Make a run in whose inbox something is left to do."""
    start(polaris, run_id)
    said = polaris("deliver", "rides:cab_ride", run_id, *STORE, "--data", arrived)
    assert said[0] == 0, said
