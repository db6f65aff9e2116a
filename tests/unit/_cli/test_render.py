from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, NewType

import pytest
from rich.text import Text

import polaris
from polaris import Access, Feedback, Resource, Status, Take, Workflow, builder, compile_plan
from polaris._cli import render
from polaris._cli.findings import Finding
from polaris._model.diagnostic import Diagnostic, Place, Severity
from polaris._model.events import Event, EventKind
from polaris._model.keys import Key
from polaris._model.records import Cell, Delivery, Header, Stored
from polaris.errors import (
    BuilderFailedError,
    CompileError,
    MissingResourceError,
    RunBusyError,
    RunExistsError,
    StoreUnavailableError,
    UnknownRunError,
    UnknownWorkflowError,
)

Wish = NewType("Wish", str)
Counter = NewType("Counter", int)
Verdict = NewType("Verdict", str)
Note = NewType("Note", str)
Hint = NewType("Hint", str)


@dataclass(frozen=True)
class Offer:
    price: int


@dataclass(frozen=True)
class Agreed:
    price: int


class Mailbox:
    """A service."""


@builder
def ask(wish: Wish | Hint, counter: Feedback[Counter] | None = None, note: Note | None = None) -> Offer:
    return Offer(2)


@builder
def answer(offer: Offer, verdict: Take[Verdict], note: Access[Note], box: Resource[Mailbox]) -> Agreed | Counter:
    return Agreed(offer.price)


negotiation = Workflow("negotiation", target=Agreed, builders=[ask, answer])
either = Workflow("either", target=Offer | Agreed, builders=[ask, answer])
both = Workflow("both", target=tuple[Offer, Agreed], builders=[ask, answer])

ERROR = Diagnostic(
    code="POL101",
    severity=Severity.ERROR,
    message="It has no annotation.",
    hint="Annotate it.",
    place=Place(file="rides.py", line=3, column=5, end_column=8, source="def ask(wish):"),
)
WARNING = replace(ERROR, code="POL301", severity=Severity.WARNING)

STORED = Stored(
    run_id="ride-1",
    uid="u",
    revision=4,
    header=Header(
        workflow="cab_ride",
        fingerprint="f" * 64,
        status=Status.WAITING,
        round=2,
        began_at=1,
        clean_at=2,
        is_open=False,
        waiting_for=(Key("CabbieArrived"),),
    ),
    cells=(
        Cell(key=Key("RideRequest"), present=True, text='{"user_id": "u1"}', changed=1, different=1, by=None),
        Cell(key=Key("Code"), present=True, text=None, changed=1, different=1, by=None),
    ),
    marks=(),
    inbox=(),
    takeovers=0,
    created=datetime(2024, 5, 1, 12, tzinfo=UTC),
    updated=datetime(2024, 5, 1, 13, tzinfo=UTC),
)


def lines(text: Text) -> Sequence[str]:
    return [line.rstrip() for line in text.plain.split("\n")]


def styled(text: Text) -> dict[str, str]:
    """Give the parts of a text that have a style, with it."""
    return {text.plain[span.start : span.end]: str(span.style) for span in text.spans}


# --- a plan ----------------------------------------------------------------------------------------------------------


def test_a_plan_is_a_head_and_a_row_for_every_step() -> None:
    plan = compile_plan(negotiation)
    assert lines(render.plan_text(plan)) == [
        "negotiation: 2 steps, 7 keys, 2 levels",
        f"  fingerprint  {plan.fingerprint}",
        "  takes        Hint, Note, Verdict, Wish",
        "  target       Agreed",
        "",
        "  level  step    consumes                                                    produces",
        "  1      ask     Wish | Hint, Counter (feedback, optional), Note (optional)  Offer",
        "  2      answer  Offer, Verdict (take), Note (access), Mailbox (resource)    Agreed | Counter",
    ]


@pytest.mark.parametrize(("workflow", "target"), [(either, "Offer or Agreed"), (both, "Offer and Agreed")])
def test_a_target_of_several_keys_says_whether_all_are_needed(workflow: Workflow[Any], target: str) -> None:
    assert f"  target       {target}" in lines(render.plan_text(compile_plan(workflow)))


def test_one_is_not_told_as_many() -> None:
    small = Workflow("small", target=Offer, builders=[ask])
    assert lines(render.plan_text(compile_plan(small)))[0] == "small: 1 step, 5 keys, 1 level"


# --- a run -----------------------------------------------------------------------------------------------------------


def test_an_outcome_names_keys_and_no_value() -> None:
    outcome = polaris.run(negotiation, {Wish: "a secret"}, resources={Mailbox: Mailbox()})
    assert lines(render.outcome_text(outcome)) == [
        "negotiation: waiting",
        "  produced     Offer",
        "  present      Offer, Wish",
        "  waiting for  Verdict",
    ]


def test_the_outcome_of_a_stored_run_names_the_run() -> None:
    with polaris.open_engine("memory://", negotiation, resources={Mailbox: Mailbox()}) as engine:
        outcome = engine.run(negotiation, "n-1", {Wish: "a", Verdict: "yes"})
    assert lines(render.outcome_text(outcome)) == [
        "negotiation n-1: completed",
        "  produced     Agreed, Offer",
        "  present      Agreed, Offer, Wish",
        "  waiting for  nothing",
    ]


@pytest.mark.parametrize("status", Status)
def test_every_status_has_a_colour(status: Status) -> None:
    stored = STORED._replace(header=STORED.header._replace(status=status))
    assert styled(render.stored_text(stored))[status]


def test_a_stored_run_names_keys_and_no_value() -> None:
    assert lines(render.stored_text(STORED)) == [
        "cab_ride ride-1: waiting",
        "  present      RideRequest",
        "  waiting for  CabbieArrived",
        "  queued       nothing",
        "  revision     4",
        "  created      2024-05-01 12:00:00+00:00",
        "  updated      2024-05-01 13:00:00+00:00",
    ]


def test_a_stored_run_tells_its_inbox_and_why_it_failed() -> None:
    inbox = (Delivery(seq=1, delivery_id="", values=()),)
    stored = STORED._replace(inbox=inbox, header=STORED.header._replace(error="Builder 'ask' failed."))
    assert "  queued       1 in the inbox" in lines(render.stored_text(stored))
    assert "  error        Builder 'ask' failed." in lines(render.stored_text(stored))


# --- the runs of a store ----------------------------------------------------------------------------------------------


def event(kind: EventKind, **more: Any) -> Event:  # noqa: ANN401 - fields of an event
    return Event(kind=kind, workflow="cab_ride", run_id="ride-1", round=2, **more)


def test_a_time_is_told_in_utc() -> None:
    there = STORED.created.astimezone(timezone(timedelta(hours=5, minutes=30)))
    assert lines(render.stored_text(STORED._replace(created=there))) == lines(render.stored_text(STORED))


def test_a_page_of_runs_has_a_row_for_each() -> None:
    assert lines(render.runs_text([STORED, STORED._replace(run_id="r2")], None)) == [
        "runs: 2",
        "  run     workflow  status   waiting for    updated",
        "  ride-1  cab_ride  waiting  CabbieArrived  2024-05-01 13:00:00+00:00",
        "  r2      cab_ride  waiting  CabbieArrived  2024-05-01 13:00:00+00:00",
    ]


def test_a_page_that_is_not_the_last_says_what_to_type_for_the_next() -> None:
    assert lines(render.runs_text([STORED], "my ride"))[-1] == "There are more: --after 'my ride'"


@pytest.mark.parametrize(
    ("run_id", "told"), [("", "''"), ("a\nb", r"'a\nb'"), ("\x1b[31m", r"'\x1b[31m'"), ("é 1", "é 1")]
)
def test_an_id_breaks_no_row_and_no_terminal(run_id: str, told: str) -> None:
    assert lines(render.runs_text([STORED._replace(run_id=run_id)], None))[2].startswith(f"  {told} ")
    assert lines(render.history_text(run_id, [])) == [f"{told}: 0 events"]
    ended = event(EventKind.CALL_FINISHED, status=Status.WAITING)._replace(run_id=run_id)
    assert lines(render.call_text(ended)) == [f"cab_ride {told}: waiting"]


def test_a_history_has_a_row_for_every_event() -> None:
    at = datetime(2024, 5, 1, 12, tzinfo=UTC)
    events = [
        event(EventKind.CALL_STARTED, keys=(Key("A"), Key("B")), at=at),
        event(EventKind.BUILDER_FINISHED, builder="ask", seconds=0.0124, at=at),
        event(EventKind.BUILDER_FAILED, builder="answer", error="ValueError", seconds=1.0, at=at),
        event(EventKind.CALL_FINISHED, status=Status.FAILED, error="ValueError", seconds=12.0),
    ]
    assert lines(render.history_text("ride-1", events)) == [
        "ride-1: 4 events",
        "  at                         round  event             builder  seconds  what",
        "  2024-05-01 12:00:00+00:00  2      call started                        A, B",
        "  2024-05-01 12:00:00+00:00  2      builder finished  ask      0.012",
        "  2024-05-01 12:00:00+00:00  2      builder failed    answer   1.000    ValueError",
        "                             2      call finished              12.000   failed: ValueError",
    ]


@pytest.mark.parametrize("status", Status)
def test_a_call_that_ended_has_the_colour_of_its_status(status: Status) -> None:
    assert styled(render.call_text(event(EventKind.CALL_FINISHED, status=status)))[status]


def test_a_call_that_failed_says_what_went_wrong() -> None:
    ended = event(EventKind.CALL_FINISHED, status=Status.FAILED, error="ValueError")
    assert lines(render.call_text(ended)) == ["cab_ride ride-1: failed (ValueError)"]


def test_runs_are_counted() -> None:
    assert render.recovered_text(1).plain == "1 run taken over."
    assert render.recovered_text(0).plain == "0 runs taken over."
    assert render.purged_text(2).plain == "2 runs deleted."


def test_who_deletes_is_asked_what_and_where() -> None:
    assert render.purge_question("completed", "sqlite:///rides.db") == (
        "Delete completed runs in sqlite:///rides.db for good?"
    )


def test_a_store_that_is_away_is_told_with_why() -> None:
    error = StoreUnavailableError("sqlite:///rides.db", why="the disk is full", do="Make room.")
    assert render.away_text(error).plain == (
        "Warning: The store sqlite:///rides.db cannot be used: the disk is full. Make room. It is tried again."
    )
    assert render.back_text().plain == "The store is there again."


# --- diagnostics and errors ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("diagnostic", "colour"), [(ERROR, "bold red"), (WARNING, "bold yellow")])
def test_a_diagnostic_reads_as_it_prints_itself_and_has_colours(diagnostic: Diagnostic, colour: str) -> None:
    text = render.diagnostics_text([diagnostic])
    assert text.plain == str(diagnostic)
    assert styled(text) == {
        f"rides.py:3:5: {diagnostic.severity} {diagnostic.code}:": colour,
        "    |     ^^^": "red",
        "  hint:": "bold green",
    }


def test_diagnostics_are_told_apart_by_an_empty_line() -> None:
    assert render.diagnostics_text([ERROR, WARNING]).plain == f"{ERROR}\n\n{WARNING}"


def test_carets_after_a_tab_have_their_colour_too() -> None:
    place = Place(file="rides.py", line=3, column=2, end_column=5, source="\task(wish)")
    assert styled(render.diagnostics_text([replace(ERROR, place=place)]))["    | \t^^^"] == "red"


@pytest.mark.parametrize(
    ("found", "counts"),
    [
        ([], "2 workflows, 0 faults"),
        ([WARNING], "2 workflows, 1 warning"),
        ([WARNING, ERROR, replace(ERROR, code="POL102")], "2 workflows, 2 errors, 1 warning"),
    ],
)
def test_a_check_shows_what_it_found_and_how_much_that_is(found: list[Diagnostic], counts: str) -> None:
    findings = [Finding(diagnostic=diagnostic, workflows=("flow",)) for diagnostic in found]
    expected = [*map(str, found), f"rides: {counts}"]
    assert render.findings_text("rides", 2, findings).plain == "\n\n".join(expected)


def test_the_differences_of_two_plans_are_lines_taken_away_and_lines_added() -> None:
    plan = compile_plan(negotiation)
    text = render.differences_text(plan, replace(plan, max_passes=7))
    changed = {line: style for line, style in styled(text).items() if line[1:3] == "  "}
    assert changed == {'-  "max_passes": 100,': "red", '+  "max_passes": 7,': "green"}


def test_a_workflow_with_faults_shows_them_all() -> None:
    text = render.failure(CompileError("cab_ride", [ERROR, WARNING]))
    assert text.plain == f"Error: workflow 'cab_ride' has 2 faults\n\n{ERROR}\n\n{WARNING}"


def test_further_failures_of_one_call_are_told_too() -> None:
    error = BuilderFailedError("ask", reason="ValueError: no")
    error.attach("n-1", polaris.run(negotiation, resources={Mailbox: Mailbox()}), [RunBusyError("n-2")])
    first, second = lines(render.failure(error))
    assert first.startswith("Error: Builder 'ask' failed: ValueError: no.")
    assert first.endswith("POLARIS_DEBUG=1 shows the traceback.")
    assert second == f"Error: {RunBusyError('n-2')}"


@pytest.mark.parametrize(
    ("error", "advice"),
    [
        (MissingResourceError("answer", resource="Mailbox"), "--resources MODULE:MAPPING"),
        (UnknownRunError("n-1"), "--new"),
        (RunExistsError("n-1"), "leave --new out"),
        (UnknownWorkflowError("trip", known=["cab", "bus"]), "one of 'trip', not of 'cab' or 'bus'."),
    ],
)
def test_advice_speaks_of_options_and_not_of_python(error: Exception, advice: str) -> None:
    told = render.failure(error).plain
    assert advice in told
    assert "=" not in told


def test_an_error_that_is_not_ours_to_explain_is_owned_up_to() -> None:
    assert render.failure(KeyError("x")).plain == (
        "Error: KeyError: 'x'. This is a fault in polaris: report it with what POLARIS_DEBUG=1 shows."
    )


# --- the terminal ----------------------------------------------------------------------------------------------------


def test_a_text_has_no_colour_outside_a_terminal_and_is_not_broken(capsys: pytest.CaptureFixture[str]) -> None:
    line = "word " * 60
    render.show(Text(line, "red"))
    assert capsys.readouterr() == (f"{line}\n", "")


def test_a_text_may_go_to_standard_error(capsys: pytest.CaptureFixture[str]) -> None:
    render.show(Text("[bold]"), err=True)
    assert capsys.readouterr() == ("", "[bold]\n")


def test_a_text_has_colour_on_a_terminal(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    render.show(Text("red", "red"))
    assert capsys.readouterr().out == "\x1b[31mred\x1b[0m\n"
