from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class RideRequest:
    user_id: str


@dataclass(frozen=True)
class Voucher:
    percent: int


@dataclass(frozen=True)
class Quote:
    price: int


@builder
def quote(request: RideRequest, voucher: Voucher | None) -> Quote:
    return Quote(price=10 if voucher else 12)


cab_ride = Workflow("cab_ride", target=Quote)
