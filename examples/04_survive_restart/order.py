"""A process dies in the middle of a call; the next one goes on where it stopped."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import polaris
from polaris import Status, Workflow, builder


@dataclass(frozen=True)
class Order:
    number: int


@dataclass(frozen=True)
class StockReserved:
    number: int


@dataclass(frozen=True)
class Packed:
    parcels: int


@dataclass(frozen=True)
class Shipped:
    text: str


@builder
def reserve_stock(order: Order) -> StockReserved:
    print("reserving stock", flush=True)
    return StockReserved(order.number)


@builder
def pack(reserved: StockReserved) -> Packed:
    if not POWER_WENT_OUT.exists():
        POWER_WENT_OUT.touch()
        print("packing ... and the power goes out", flush=True)
        os._exit(9)
    print("packing", flush=True)
    return Packed(parcels=1)


@builder
def ship(order: Order, packed: Packed) -> Shipped:
    print("shipping", flush=True)
    return Shipped(f"parcel {packed.parcels} of order {order.number}")


fulfilment = Workflow("fulfilment", target=Shipped)

POWER_WENT_OUT = Path("power-went-out")

if __name__ == "__main__":
    with polaris.open_engine("sqlite:///orders.db", fulfilment, lease=1.0) as engine:
        # The delivery id makes it safe to send the same order again: it counts once.
        outcome = engine.run(fulfilment, "order-42", Order(42), delivery_id="checkout-42")
        if outcome.status is not Status.COMPLETED:
            sys.exit(f"not yet: {outcome.status}")
        print(f"completed: {outcome.result.text}")
