"""Reports: side by side and short."""

from typing import Any

from polaris import Status, Workflow, compile_plan
from polaris._model.events import Event, EventKind
from polaris._model.keys import Key
from polaris.testing.report import Carried, Line, Recorder, as_code, as_example, compared, lines_of, picture, worded
from tests.unit.testing.test_pure import A, Out


def make(a: A) -> Out: ...


PLAN = compile_plan(Workflow("flow", target=Out, builders=[make]))


def test_deliveries_are_code_to_paste() -> None:
    assert as_code("flow", [{}, {A: A(1)}]) == (
        '    engine.run(flow, "run", new=True)\n    engine.run(flow, "run", {A: A(n=1)})'
    )
    assert as_code("flow", []) == '    engine.run(flow, "run", new=True)'


def test_deliveries_are_an_example_to_paste() -> None:
    assert as_example([{A: A(1)}, {A: A(2)}], []) == (
        "\nto be tried first by a test of deliveries:\n    @example([{A: A(n=1)}, {A: A(n=2)}], [])\n"
    )


def test_an_end_is_worded() -> None:
    assert worded((Status.BLOCKED, {})) == "blocked with nothing"


def test_histories_that_do_not_part_have_no_mark() -> None:
    carried = Carried((Status.COMPLETED, {}), [Line(None, "x" * 80)])
    text = compared(PLAN, ("one", "other"), carried, carried)
    assert "histories:" in text
    assert "style" not in text
    assert f"{'x' * 57}... | {'x' * 57}..." in text


def test_a_history_is_worded() -> None:
    def event(kind: EventKind, **more: Any) -> Event:  # noqa: ANN401 - fields of an event
        return Event(kind=kind, workflow="flow", run_id="r", round=1, **more)

    events = [
        event(EventKind.CALL_STARTED, keys=(Key("A"),)),
        event(EventKind.BUILDER_FINISHED, builder="make", keys=(Key("Out"),)),
        event(EventKind.BUILDER_FINISHED, builder="make"),
        event(EventKind.BUILDER_FAILED, builder="make", error="KeyError"),
        event(EventKind.CALL_FINISHED, status=Status.FAILED),
        event(EventKind.CALL_STARTED),
    ]
    assert lines_of(events) == [
        Line(None, "call with A"),
        Line("make", "  make: Out"),
        Line("make", "  make: nothing"),
        Line("make", "  make fails"),
        Line(None, "  failed"),
        Line(None, "call with nothing"),
    ]


def test_a_builder_is_marked_in_a_picture() -> None:
    assert picture(PLAN, "make").endswith("  style b0 stroke:#d00000,stroke-width:4px\n")
    assert "stroke-width:4px" not in picture(PLAN, None)


def test_a_failure_and_a_decline_are_written_down() -> None:
    recorder = Recorder()
    event = Event(
        kind=EventKind.BUILDER_FAILED, workflow="flow", run_id=None, round=1, builder="make", error="KeyError"
    )
    recorder.builder_failed(event)
    recorder.made("make", {})
    assert [line.text for line in recorder.lines] == ["  make fails: KeyError", "  make: nothing"]
    assert recorder.events == [event]
