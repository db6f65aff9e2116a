"""Histories made by hand: ``"0 call RideRequest"`` is what happened, with the seconds since the beginning."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from polaris._model.events import Event, EventKind
from polaris._model.keys import Key
from polaris._model.outcome import Status

MOMENT = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)


def happened(line: str, *, at: bool = True, workflow: str = "cab_ride", run_id: str | None = "ride-42") -> Event:
    """Write an event.

    Args:
        line: ``"2 call A B"``, ``"2 match made 0.5 A"``, ``"2 match failed 0.5 KeyError"``, ``"2 end waiting 0.5"``.
        at: whether it has the time of day.
        workflow: the name of the workflow.
        run_id: the id of the run.
    """
    second, *words = line.split()
    kind, builder, more = EventKind.CALL_STARTED, None, words[1:]
    seconds, status, error, keys = None, None, None, tuple(map(Key, more))
    if words[0] == "end":
        kind, status, keys = EventKind.CALL_FINISHED, Status(more[0]), ()
        seconds, error = float(more[1]) if more[1:] else None, more[2] if more[2:] else None
    elif words[0] != "call":
        builder, seconds = words[0], float(more[1])
        if more[0] == "failed":
            kind, keys, error = EventKind.BUILDER_FAILED, (), more[2]
        else:
            kind, keys = EventKind.BUILDER_FINISHED, tuple(map(Key, more[2:]))
    return Event(
        kind=kind,
        workflow=workflow,
        run_id=run_id,
        round=1,
        builder=builder,
        keys=keys,
        status=status,
        error=error,
        seconds=seconds,
        at=MOMENT + timedelta(seconds=float(second)) if at else None,
    )


def history(*lines: str, at: bool = True) -> list[Event]:
    return [happened(line, at=at) for line in lines]


RIDE = history(
    "0 call RideRequest",
    "0.4 read_surge made 0.4 Surge",
    "1.9 match_cabbie made 1.5 CabbieMatched",
    "1.9 end waiting 1.9",
    "421 call CabbieArrived",
    "421.01 meet_rider made 0.01 PickedUp",
    "421.02 end waiting 0.02",
    "7621 call RideStarted DestinationReached",
    "7621.2 start_ride made 0.2 RideBegun",
    "7621.5 reach_destination made 0.3 Arrived",
    "7624.5 take_payment failed 3 CardError",
    "7624.5 end failed 3.5 CardError",
    "7684.5 call",
    "7685 take_payment made 0.5 Paid",
    "7685 tell_friends made 0.001",
    "7685.1 end_ride made 0.1 RideEnded",
    "7685.1 end completed 0.6",
)
