"""`every_crash` lets pass what survives, and tells where a run was disturbed that does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from polaris import Feedback, Take, Workflow, builder
from polaris._model.records import Changes
from polaris._runtime.state import Texts
from polaris.errors import DeclarationError, RunawayLoopError
from polaris.stores import memory
from polaris.testing import every_crash

pytestmark = pytest.mark.usefixtures("same_each_time")


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    n: int


@dataclass(frozen=True)
class Secret:
    n: int


@dataclass(frozen=True)
class Sum:
    n: int


@dataclass(frozen=True)
class Out:
    n: int


@builder
def grow(a: A) -> B | None:
    return B(a.n + 1) if a.n else None


@builder
def add(b: B, total: Feedback[Sum | None] = None) -> Sum:
    return Sum(min(b.n, (total.n if total else 0) + 1))


@builder(once=True)
def finish(total: Sum, secret: Secret) -> Out:
    return Out(total.n + secret.n)


@builder
def whisper(a: A) -> Secret:
    return Secret(a.n)


odd = Workflow("odd", target=Out, builders=[grow, add, finish, whisper], transients=[Secret])


@builder
def consume(a: Take[A], b: B) -> Out:
    if a.n < 0:
        raise LookupError
    return Out(a.n + b.n)


taking = Workflow("taking", target=Out, builders=[consume])

plain = Workflow("plain", target=Sum, builders=[grow, add])


def test_a_workflow_of_all_kinds_survives_every_crash() -> None:
    script = [{A: A(0)}, {A: A(2)}, {A: A(3)}]
    assert every_crash(odd, script=script) > 100
    assert 50 < every_crash(odd, script=script, checkpoint="call") < 100


def test_a_call_that_fails_survives_every_crash_as_a_failed_one() -> None:
    assert every_crash(taking, script=[{A: A(-1)}, {B: B(1)}, {A: A(1)}]) > 50


def test_a_loop_that_never_comes_to_rest_is_told_as_that() -> None:
    @builder
    def count_on(a: A, last: Feedback[Sum] | None = None) -> Sum:
        return Sum(last.n + 1 if last else 0)

    with pytest.raises(RunawayLoopError):
        every_crash(Workflow("endless", target=Sum, builders=[count_on], max_passes=3), script=[{A: A(1)}])


def test_deliveries_are_drawn_from_the_type_hints() -> None:
    small = st.builds(B, n=st.integers(0, 2))
    assert every_crash(plain, stub=[grow], strategies={B: small}) > 100


def test_a_run_that_needs_no_data_is_begun_without() -> None:
    @builder
    def wake() -> Out:
        return Out(1)

    assert every_crash(Workflow("woken", target=Out, builders=[wake])) > 10


def test_it_is_tried_on_the_store_that_is_named(tmp_path: Path) -> None:
    every_crash(plain, store=f"sqlite:///{tmp_path}/runs.db?synchronous=normal", script=[{A: A(1)}])
    assert (tmp_path / "runs.db").stat().st_size > 0


def test_transients_from_outside_are_refused() -> None:
    with pytest.raises(DeclarationError, match=r"'told' takes transients from outside \(A\)"):
        every_crash(Workflow("told", target=B, builders=[grow], transients=[A]))


class TestWhatIsFound:
    def found(self, workflow: Workflow[Any], script: Sequence[dict[Any, object]]) -> str:
        with pytest.raises(AssertionError) as caught:
            every_crash(workflow, script=script)
        return str(caught.value)

    def test_a_builder_that_makes_something_else_each_time(self) -> None:
        numbers = count()

        @builder
        def guess(a: A) -> Out:
            return Out(next(numbers))

        message = self.found(Workflow("guessing", target=Out, builders=[guess]), [{A: A(1)}])
        assert message.startswith("guessing: a run that is disturbed (the worker is killed before operation 1) ends")
        assert 'engine.run(guessing, "run", {A: A(n=1)})' in message
        assert "undisturbed: completed with A=A(n=1), Out=Out(n=" in message
        assert "  call with A" in message
        assert "flowchart" in message

    def test_a_delivery_that_counts_twice(self, monkeypatch: pytest.MonkeyPatch) -> None:
        append = memory._Run.append

        def forget(run: memory._Run, *given: Any) -> None:  # noqa: ANN401 - those of the method
            append(run, *given)
            run.accepted = {str(number): claim for number, claim in enumerate(run.accepted.values())}

        monkeypatch.setattr(memory._Run, "append", forget)
        histories = self.found(plain, [{A: A(1)}]).partition("histories")[2].partition("flowchart")[0]
        lines = [line.split("|") for line in histories.splitlines() if " | " in line]
        called = [[text.strip() for text in texts].count("call with A") for texts in zip(*lines, strict=True)]
        assert called == [1, 2]

    def test_a_builder_that_is_not_known_to_have_run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        changes = Texts.changes

        def forget(texts: Texts, *given: Any, **named: Any) -> Changes:  # noqa: ANN401 - those of the method
            return changes(texts, *given, **named)._replace(marks=())

        monkeypatch.setattr(Texts, "changes", forget)
        assert "the worker is killed" in self.found(plain, [{A: A(1)}])

    def test_a_run_that_nobody_can_take_over(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("polaris.stores.rules.is_free", lambda row, _now: row.holder is None)
        assert "nobody could take the run over" in self.found(plain, [{A: A(1)}])
