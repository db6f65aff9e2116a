import string
from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class RideRequest:
    user_id: str


@dataclass(frozen=True)
class RideTemplate:
    stops: tuple[str, ...]


@dataclass(frozen=True)
class Letter:
    text: str


@dataclass(frozen=True)
class RidePlanned:
    stops: tuple[str, ...]
    letter: str


@builder
def write_letter(words: string.Template) -> Letter:
    return Letter(text=words.substitute(cabbie="Ravi"))


@builder
def find_template(request: RideRequest) -> RideTemplate:
    return RideTemplate(stops=("home", "work"))


@builder
def plan_ride(template: RideTemplate, letter: Letter) -> RidePlanned:
    return RidePlanned(stops=template.stops, letter=letter.text)


planning = Workflow("planning", target=RidePlanned)
