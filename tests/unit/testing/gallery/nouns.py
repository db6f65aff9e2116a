"""What the workflows of the gallery are about."""

from dataclasses import dataclass


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    n: int


@dataclass(frozen=True)
class Note:
    text: str


@dataclass(frozen=True)
class Other:
    text: str


@dataclass(frozen=True)
class Price:
    amount: float


@dataclass(frozen=True)
class Parts:
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Tags:
    numbers: frozenset[int]


@dataclass(frozen=True)
class Out:
    text: str


@dataclass
class Cart:
    items: list[int]
