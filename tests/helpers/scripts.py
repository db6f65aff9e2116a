"""Random runs: a workflow with its calls, and how each call is compared with the reference interpreter."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from polaris import Status
from polaris._model.outcome import Outcome
from polaris.errors import StepError
from tests.helpers.plans import ALL, Call, Features, Made, calls, specs
from tests.helpers.reference import Run, Spec

Script = tuple[Spec, list[Call]]

Came = tuple[Outcome[Any], str | None]
"""What came of a call: the outcome, and the step that failed."""

NOTHING = Call({}, frozenset())
"""The call that makes a run, so that builders without triggers run before anything is delivered."""


@st.composite
def scripts(draw: st.DrawFn, features: Features = ALL) -> Script:
    spec = draw(specs(features))
    return spec, draw(calls(spec, features))


def came_of(error: StepError) -> Came:
    outcome = error.outcome
    assert isinstance(outcome, Outcome)
    return outcome, error.step


def without(values: dict[str, int], keys: frozenset[str]) -> dict[str, int]:
    return {key: value for key, value in values.items() if key not in keys}


class Comparison:
    """Carries the reference interpreter along with a real run.

    Args:
        lossy: whether the real run is reloaded within its calls, so that what is transient does not last to the end.
    """

    def __init__(self, made: Made, *, lossy: bool = False) -> None:
        self._made = made
        self._reference = Run(made.spec)
        self._lossy = lossy

    def see(self, call: Call, came: Came) -> None:
        """Compare one call."""
        outcome, failed = came
        reference, made, transients = self._reference, self._made, self._made.spec.transients
        reference.call(dict(call.delta), call.failing)
        assert failed == reference.failed
        assert made.plain(outcome.data) == reference.data
        lost = transients if reference.went_on or self._lossy else frozenset[str]()
        assert without(made.plain(outcome.produced), lost) == without(reference.produced, lost)
        assert (outcome.status is Status.COMPLETED) == (reference.status == "completed")
        assert (outcome.status is Status.FAILED) == (reference.status == "failed")
