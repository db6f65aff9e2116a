"""A cab ride, from the request to its end, across as many requests and processes as it takes."""

from dataclasses import dataclass, field

from polaris import Resource, Workflow, builder

# --- what happens outside, and is delivered --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RideRequest:
    user_id: str
    source: str
    destination: str


@dataclass(frozen=True, slots=True)
class CabbieArrived:
    at_minute: int


@dataclass(frozen=True, slots=True)
class RideStarted:
    at_minute: int


@dataclass(frozen=True, slots=True)
class DestinationReached:
    at_minute: int


@dataclass(frozen=True, slots=True)
class PaymentMade:
    reference: str


# --- what builders make ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RideInitiated:
    user_id: str
    route: str


@dataclass(frozen=True, slots=True)
class CabbieMatched:
    cabbie: str


@dataclass(frozen=True, slots=True)
class RiderMet:
    cabbie: str
    waited_minutes: int


@dataclass(frozen=True, slots=True)
class RideOngoing:
    since_minute: int


@dataclass(frozen=True, slots=True)
class FareDue:
    cents: int


@dataclass(frozen=True, slots=True)
class Receipt:
    cents: int
    reference: str


@dataclass(frozen=True, slots=True)
class RideEnded:
    user_id: str
    receipt: Receipt


@dataclass(slots=True)
class Fleet:
    """The service that knows who is free."""

    free: dict[str, str] = field(default_factory=lambda: {"home": "Ravi", "station": "Meera"})

    def nearest(self, place: str) -> str | None:
        return self.free.get(place)


# --- the builders ----------------------------------------------------------------------------------------------------

CENTS_PER_MINUTE = 90
FREE_WAITING_MINUTES = 5


@builder
def initiate_ride(request: RideRequest) -> RideInitiated:
    return RideInitiated(request.user_id, f"{request.source} - {request.destination}")


@builder
def match_cabbie(ride: RideInitiated, fleet: Resource[Fleet]) -> CabbieMatched | None:
    """Find a free cabbie near the source; None while nobody is free."""
    cabbie = fleet.nearest(ride.route.split(" - ")[0])
    return CabbieMatched(cabbie) if cabbie else None


@builder
def meet_rider(matched: CabbieMatched, arrived: CabbieArrived) -> RiderMet:
    return RiderMet(matched.cabbie, max(0, arrived.at_minute - FREE_WAITING_MINUTES))


@builder
def start_ride(met: RiderMet, started: RideStarted) -> RideOngoing:
    return RideOngoing(started.at_minute)


@builder
def reach_destination(ongoing: RideOngoing, reached: DestinationReached, met: RiderMet) -> FareDue:
    minutes = max(1, reached.at_minute - ongoing.since_minute) + met.waited_minutes
    return FareDue(minutes * CENTS_PER_MINUTE)


@builder(once=True)
def take_payment(fare: FareDue, payment: PaymentMade) -> Receipt:
    return Receipt(fare.cents, payment.reference)


@builder
def end_ride(ride: RideInitiated, receipt: Receipt) -> RideEnded:
    return RideEnded(ride.user_id, receipt)


cab_ride = Workflow("cab_ride", target=RideEnded)

RESOURCES = {Fleet: Fleet()}
