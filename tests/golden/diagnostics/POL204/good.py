import uuid
from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class RideRequest:
    user_id: str


@dataclass(frozen=True)
class RideNumber:
    city: str
    number: int


@dataclass(frozen=True)
class Letter:
    text: str


@dataclass(frozen=True)
class RidePlanned:
    number: int
    letter: str


@builder
def write_letter(account: uuid.UUID) -> Letter:
    return Letter(text=f"Dear {account}")


@builder
def number_ride(request: RideRequest) -> RideNumber:
    return RideNumber(city="home", number=42)


@builder
def plan_ride(ride: RideNumber, letter: Letter) -> RidePlanned:
    return RidePlanned(number=ride.number, letter=letter.text)


planning = Workflow("planning", target=RidePlanned)
