"""Events as JSON text."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from polaris._model.events import Event, EventKind
from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris.stores.events import read_event, write_event

AT = 1_700_000_000.25

EVENTS = st.builds(
    Event,
    kind=st.sampled_from(EventKind),
    workflow=st.just("rides"),
    run_id=st.just("r1"),
    round=st.integers(0, 2**60),
    builder=st.none() | st.text(),
    keys=st.lists(st.text().map(Key), max_size=3).map(tuple),
    status=st.none() | st.sampled_from(Status),
    error=st.none() | st.text(),
    seconds=st.none() | st.floats(0, 1e9),
    at=st.just(datetime.fromtimestamp(AT, UTC)),
)


@given(EVENTS)
def test_an_event_that_was_written_is_read_again(event: Event) -> None:
    assert read_event(write_event(event), workflow="rides", run_id="r1", at=AT) == event


def test_only_what_is_said_is_written() -> None:
    event = Event(kind=EventKind.BUILDER_FINISHED, workflow="rides", run_id="r1", round=2, builder="match", seconds=0.0)
    written = {"kind": "builder_finished", "round": 2, "builder": "match", "seconds": 0.0}
    assert json.loads(write_event(event)) == written


def test_names_can_be_read_in_the_text_as_they_are() -> None:
    event = Event(kind=EventKind.CALL_STARTED, workflow="rides", run_id="r1", round=1, keys=(Key("Größe"),))
    assert "Größe" in write_event(event)
