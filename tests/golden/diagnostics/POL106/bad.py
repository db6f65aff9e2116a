from __future__ import annotations

from dataclasses import dataclass

from polaris import Workflow, builder


def make_workflow():
    @dataclass(frozen=True)
    class Quote:
        price: int

    @builder
    def quote(request: RideRequest) -> Quote:
        return Quote(price=12)

    return Workflow("quotes", target=Quote, builders=[quote])


@dataclass(frozen=True)
class RideRequest:
    user_id: str


quotes = make_workflow()
