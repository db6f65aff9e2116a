"""Reports: side by side and short."""

from polaris import Status, Workflow, compile_plan
from polaris._model.events import Event, EventKind
from polaris.testing.report import Carried, Line, Recorder, as_code, as_example, compared, worded
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


def test_a_failure_and_a_decline_are_written_down() -> None:
    recorder = Recorder()
    event = Event(
        kind=EventKind.BUILDER_FAILED, workflow="flow", run_id=None, round=1, builder="make", error="KeyError"
    )
    recorder.builder_failed(event)
    recorder.made("make", {})
    assert [line.text for line in recorder.lines] == ["  make fails: KeyError", "  make: nothing"]
    assert recorder.events == [event]
