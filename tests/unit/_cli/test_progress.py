"""What a long run is doing, told while it runs."""

from __future__ import annotations

import io
import re
import time

import pytest
from rich.console import Console

from polaris._cli import progress as module
from polaris._cli.progress import Lines, Running, progress
from polaris._model.events import Event, EventKind
from polaris._model.keys import Key

STARTED = Event(kind=EventKind.BUILDER_STARTED, workflow="cab_ride", run_id=None, round=1, builder="match_cabbie")
FINISHED = STARTED._replace(kind=EventKind.BUILDER_FINISHED, keys=(Key("CabbieMatched"),), seconds=2.34)
FAILED = STARTED._replace(kind=EventKind.BUILDER_FAILED, error="ValueError", seconds=0.5)
GIVEN_UP = FAILED._replace(builder="end_ride", seconds=None)


@pytest.fixture
def terminal() -> Console:
    """A terminal whose screen is a text."""
    return Console(file=io.StringIO(), force_terminal=True, force_interactive=True, width=80)


def seen(terminal: Console) -> str:
    """Give all that was written on a terminal, without what moves its cursor."""
    assert isinstance(terminal.file, io.StringIO)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.file.getvalue())


def wait_for(words: str, terminal: Console) -> None:
    ends = time.monotonic() + 30
    while words not in seen(terminal):
        assert time.monotonic() < ends, seen(terminal)
        time.sleep(0.01)


# --- on a terminal ----------------------------------------------------------------------------------------------------


def test_a_long_run_shows_what_runs_and_for_how_long(terminal: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONG", 0.0)
    with progress("cab_ride", terminal) as (observer,):
        wait_for("cab_ride: 0 builders done", terminal)
        observer.builder_started(STARTED)
        wait_for("   match_cabbie  ", terminal)
        observer.builder_finished(FINISHED)
        wait_for("cab_ride: 1 builder done", terminal)


def test_what_failed_or_was_given_up_is_shown_no_more(terminal: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONG", 60.0)
    with progress("cab_ride", terminal) as (observer,):
        assert isinstance(observer, Running)
        observer.builder_started(STARTED)
        rows = observer._display.tasks
        observer.builder_failed(FAILED)
        observer.builder_failed(GIVEN_UP)
        assert [row.description for row in rows] == ["cab_ride: 0 builders done", "  match_cabbie"]
        assert [row.description for row in observer._display.tasks] == ["cab_ride: 0 builders done"]


def test_the_display_is_gone_when_the_run_is_over(terminal: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONG", 0.0)
    with progress("cab_ride", terminal):
        wait_for("cab_ride", terminal)
    assert isinstance(terminal.file, io.StringIO)
    written = terminal.file.getvalue()
    assert written.endswith("\x1b[2K")
    assert written.rindex("\x1b[?25h") > written.rindex("\x1b[?25l")


def test_a_short_run_leaves_a_terminal_alone(terminal: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONG", 60.0)
    with progress("cab_ride", terminal) as (observer,):
        observer.builder_started(STARTED)
        observer.builder_finished(FINISHED)
    assert seen(terminal) == ""


# --- elsewhere --------------------------------------------------------------------------------------------------------


def test_where_no_terminal_is_there_are_lines() -> None:
    with progress("cab_ride", Console(file=io.StringIO())) as (observer,):
        assert isinstance(observer, Lines)


def test_a_dumb_terminal_gets_lines_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    with progress("cab_ride", Console(file=io.StringIO(), force_terminal=True)) as (observer,):
        assert isinstance(observer, Lines)


def test_standard_error_is_where_it_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with progress("cab_ride") as (observer,):
        assert isinstance(observer, Lines)


def test_a_line_is_for_a_builder_that_ends_when_the_run_has_lasted_long(capsys: pytest.CaptureFixture[str]) -> None:
    moments = iter([100.0, 100.9, 101.0, 102.0, 103.0, 104.0])
    lines = Lines(lambda: next(moments))
    lines.builder_finished(FINISHED._replace(builder="too_soon"))
    lines.builder_finished(FINISHED)
    lines.builder_finished(FINISHED._replace(keys=()))
    lines.builder_failed(FAILED)
    lines.builder_failed(GIVEN_UP)
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [
        "match_cabbie: CabbieMatched after 2.3 s",
        "match_cabbie: nothing after 2.3 s",
        "match_cabbie: failed (ValueError) after 0.5 s",
        "end_ride: failed (ValueError)",
    ]
