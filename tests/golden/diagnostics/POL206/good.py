from dataclasses import dataclass

from polaris import Feedback, Workflow, builder


@dataclass(frozen=True)
class Bid:
    cents: int


@dataclass(frozen=True)
class HighestBid:
    cents: int


@builder
def take_bid(bid: Bid, before: Feedback[HighestBid] | None = None) -> HighestBid:
    return HighestBid(cents=max(bid.cents, before.cents if before else 0))


auction = Workflow("auction", target=HighestBid)
