"""A small workflow with a bit of everything, whose builders any process can import."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from polaris import Context, Resource, Retry, Workflow, builder


@dataclass(frozen=True)
class Order:
    cents: int


@dataclass(frozen=True)
class Coupon:
    percent: int


@dataclass(frozen=True)
class Card:
    number: str


@dataclass(frozen=True)
class Cash:
    cents: int


@dataclass(frozen=True)
class Price:
    cents: int


@dataclass(frozen=True)
class Gift:
    name: str


@dataclass(frozen=True)
class Label:
    text: str


@dataclass(frozen=True)
class Booked:
    number: int


@dataclass(frozen=True)
class Stamp:
    text: str


@dataclass(frozen=True)
class Receipt:
    text: str


class RefusedError(Exception):
    """Cannot be made again from what pickling keeps of it: its constructor wants more."""

    def __init__(self, why: str, cents: int) -> None:
        super().__init__(f"{why} ({cents})")


class Ledger:
    """A service that must not leave its process."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.seen: list[int] = []

    def book(self, cents: int) -> int:
        self.seen.append(os.getpid())
        return cents // 100

    def __reduce__(self) -> tuple[object, ...]:
        raise TypeError("a ledger cannot be pickled")


@builder
def price(order: Order, coupon: Coupon | None = None) -> Price:
    if order.cents < 0:
        raise ValueError("a negative order")
    return Price(order.cents - order.cents * (coupon.percent if coupon else 0) // 100)


@builder
def gift(order: Order) -> Gift | None:
    return Gift("cup") if order.cents >= 10_000 else None


@builder
def label(order: Order, ctx: Context) -> Label:
    return Label(f"{ctx.workflow}/{ctx.run_id}/{ctx.builder}/{ctx.attempt}/{len(ctx.idempotency_key)}")


@builder
def book(price: Price, ledger: Resource[Ledger]) -> Booked:
    return Booked(ledger.book(price.cents))


@builder(local=True)
def stamp(price: Price) -> Stamp:
    return Stamp(f"{price.cents}!")


@builder
def settle(
    price: Price, paid: Card | Cash, label: Label, booked: Booked, stamp: Stamp, gift: Gift | None = None
) -> Receipt:
    if isinstance(paid, Cash) and paid.cents < price.cents:
        raise RefusedError("not enough", paid.cents)
    means = "cash" if isinstance(paid, Cash) else f"card {paid.number}"
    return Receipt(f"{price.cents} by {means} {label.text} {booked.number} {stamp.text} {gift.name if gift else '-'}")


diamond = Workflow("diamond", target=Receipt, builders=[price, gift, label, book, stamp, settle])


@builder(name="price")
async def price_async(order: Order, coupon: Coupon | None = None) -> Price:
    return price(order, coupon)


@builder(name="gift")
async def gift_async(order: Order) -> Gift | None:
    return gift(order)


@builder(name="label")
async def label_async(order: Order, ctx: Context) -> Label:
    return label(order, ctx)


@builder(name="book")
async def book_async(price: Price, ledger: Resource[Ledger]) -> Booked:
    return book(price, ledger)


@builder(name="stamp", local=True)
async def stamp_async(price: Price) -> Stamp:
    return stamp(price)


@builder(name="settle")
async def settle_async(
    price: Price, paid: Card | Cash, label: Label, booked: Booked, stamp: Stamp, gift: Gift | None = None
) -> Receipt:
    return settle(price, paid, label, booked, stamp, gift)


diamond_async = Workflow(
    "diamond",
    target=Receipt,
    builders=[price_async, gift_async, label_async, book_async, stamp_async, settle_async],
)


# --- where builders run -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Anywhere:
    pid: int


@dataclass(frozen=True)
class Here:
    pid: int


@dataclass(frozen=True)
class WithLedger:
    pid: int


def run_anywhere(order: Order) -> Anywhere:
    return Anywhere(os.getpid())


@builder(local=True)
def run_here(order: Order) -> Here:
    return Here(os.getpid())


def run_with_ledger(order: Order, ledger: Resource[Ledger]) -> WithLedger:
    return WithLedger(os.getpid())


places = Workflow(
    "places", target=tuple[Anywhere, Here, WithLedger], builders=[run_anywhere, run_here, run_with_ledger]
)


# --- builders that end badly ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Home:
    """The process that must not die."""

    pid: int


def refuse(order: Order) -> Price:
    raise RefusedError("refused", order.cents)


def die(price: Price, home: Home) -> Receipt:
    """Kill the process, unless it is the one at home."""
    if os.getpid() != home.pid:
        os._exit(1)
    return Receipt(f"{price.cents}")


refusing = Workflow("refusing", target=Price, builders=[refuse])
dying = Workflow("dying", target=Receipt, builders=[price, die])


# --- builders that are tried again, and that take too long ------------------------------------------------------------


@builder(retry=Retry(attempts=3, on=RefusedError, wait=0, max_wait=0, jitter=0))
def insist(order: Order, ctx: Context) -> Label:
    if ctx.attempt < order.cents:
        raise RefusedError("not yet", ctx.attempt)
    return Label(f"{ctx.attempt}")


@builder(timeout=0.05)
def dawdle(order: Order) -> Price:
    time.sleep(0.3)
    return Price(order.cents)


def linger(order: Order) -> Price:
    time.sleep(0.3)
    return Price(order.cents)


insisting = Workflow("insisting", target=Label, builders=[insist])
dawdling = Workflow("dawdling", target=Price, builders=[dawdle])
lingering = Workflow("lingering", target=Price, builders=[linger], timeout=0.05)
