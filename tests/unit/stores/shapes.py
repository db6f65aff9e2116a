"""Types as users write them, for the tests of the codec."""

from __future__ import annotations

import enum
import typing
from collections.abc import Sequence
from dataclasses import InitVar, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, ClassVar, Generic, NamedTuple, NewType, TypedDict, TypeVar

import attrs
import msgspec
import pydantic

T = TypeVar("T")

UserId = NewType("UserId", str)
Email = NewType("Email", UserId)


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Right(enum.Flag):
    READ = 1
    WRITE = 2


class Mixed(enum.Enum):
    PAIR = (1, 2)


class Point(NamedTuple):
    x: int
    y: int = 0


class Address(TypedDict):
    street: str
    zip: typing.NotRequired[int]


@dataclass
class Card:
    number: str
    limit: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    id: UserId
    pay: Card
    lines: list[Card] = field(default_factory=list[Card])
    tags: dict[str, Card] = field(default_factory=dict[str, Card])
    currency: ClassVar[str] = "EUR"


@dataclass
class Tree:
    name: str
    children: list[Tree] = field(default_factory=list["Tree"])


@dataclass
class Private:
    _secret: int
    derived: int = field(init=False, default=5)


@dataclass
class Page(Generic[T]):
    items: list[T]
    next: int | None = None


@attrs.frozen
class Person:
    name: str
    age: int = 0


class Cat(msgspec.Struct, tag=True):
    lives: int


class Dog(msgspec.Struct, tag=True):
    name: str


class User(pydantic.BaseModel):
    name: str
    born: date
    home: Path = Path("/")
    friends: list[User] = []


class Aliased(pydantic.BaseModel):
    first_name: str = pydantic.Field(alias="firstName")


@dataclass
class Account:
    user: User
    owner: Person | None = None


# --- types that cannot be stored, or whose values may not come back ---------------------------------------------------


@dataclass
class Gold(Card):
    colour: str = "gold"


@dataclass
class Growing:
    number: int

    def __post_init__(self) -> None:
        self.number += 1


@dataclass
class Broken:
    number: int
    is_ready: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if Broken.is_ready:
            raise KeyError(f"secret {self.number}")


@dataclass(eq=False)
class Unequal:
    number: int


@dataclass
class Init:
    number: int
    seed: InitVar[int] = 0


@attrs.define
class Hidden:
    _inner: int = 0


@dataclass
class Box(Generic[T]):
    item: T


@dataclass
class Loose:
    anything: Any


@dataclass
class Bare:
    things: list  # type: ignore[type-arg] # pyright: ignore[reportMissingTypeArgument]


@dataclass
class Holder:
    path: Path
    letters: Sequence[str] = field(default_factory=list[str])
    when: datetime | None = None
    pair: tuple[int, ...] = ()
    count: int = 0
    amount: Decimal = Decimal(0)
    pay: Card | None = None


@dataclass
class Either:
    pay: Card | Tree


class Text(str):
    __slots__ = ()


class Plain:
    pass


class Strict(pydantic.BaseModel):
    number: int
    _note: str = pydantic.PrivateAttr(default="")

    @pydantic.field_validator("number")
    @classmethod
    def small(cls, number: int) -> int:
        if number > 10:
            raise ValueError(f"secret {number}")
        return number


class Lossy(pydantic.BaseModel):
    shown: int
    hidden: int = pydantic.Field(default=0, exclude=True)
