from dataclasses import dataclass

from polaris import Take, Workflow, builder


@dataclass(frozen=True)
class Payment:
    cents: int


@dataclass(frozen=True)
class Booked:
    cents: int


@dataclass(frozen=True)
class Receipt:
    text: str


@builder
def book(payment: Take[Payment]) -> Booked:
    return Booked(cents=payment.cents)


@builder
def write_receipt(booked: Booked) -> Receipt:
    return Receipt(text=f"{booked.cents} paid")


pay = Workflow("pay", target=tuple[Booked, Receipt])
