from __future__ import annotations

from dataclasses import dataclass

from polaris import Workflow, builder


@dataclass(frozen=True)
class RideRequest:
    user_id: str


@dataclass(frozen=True)
class Quote:
    price: int


@builder
def quote(request: RideRequest) -> Quote:
    return Quote(price=12)


quotes = Workflow("quotes", target=Quote)
