import uuid
from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class RideRequest:
    user_id: str


@dataclass(frozen=True)
class UUID:
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
def number_ride(request: RideRequest) -> UUID:
    return UUID(city="home", number=42)


@builder
def plan_ride(ride: UUID, letter: Letter) -> RidePlanned:
    return RidePlanned(number=ride.number, letter=letter.text)


planning = Workflow("planning", target=RidePlanned)
