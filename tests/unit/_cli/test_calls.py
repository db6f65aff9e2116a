import json

import pytest

from polaris import Status
from polaris._cli.calls import CallTeller
from polaris._model.events import EventKind
from polaris.protocols import Event

ENDED = Event(
    kind=EventKind.CALL_FINISHED,
    workflow="cab_ride",
    run_id="ride-1",
    round=2,
    status=Status.FAILED,
    error="ValueError",
)


def test_a_line_tells_how_a_call_ended(capsys: pytest.CaptureFixture[str]) -> None:
    CallTeller(as_json=False).call_finished(ENDED)
    assert capsys.readouterr() == ("cab_ride ride-1: failed (ValueError)\n", "")


def test_a_line_may_be_an_object(capsys: pytest.CaptureFixture[str]) -> None:
    CallTeller(as_json=True).call_finished(ENDED)
    assert json.loads(capsys.readouterr().out) == {
        "workflow": "cab_ride",
        "run_id": "ride-1",
        "status": "failed",
        "error": "ValueError",
    }
