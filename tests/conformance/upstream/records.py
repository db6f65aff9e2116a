"""Records of a case, in the words of this library: what the ancestor did with it, and what is done with it here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import polaris
from polaris import Status
from polaris._model.events import Event
from polaris.errors import CompileError, StepError, UnknownDataError
from polaris.protocols import Observer
from tests.conformance.upstream.reader import Json, Read, Values

FAULTS = {
    "NO_TARGET_DATA": ["POL213"],
    "BUILDER_RESOLUTION_CONFLICT_FOR_DATA": ["POL202"],
    "NO_BUILDER_FOR_DATA": ["POL211"],
    "BUILDER_EXISTS": ["POL205"],
}
"""What the ancestor calls the faults of a graph, and which diagnostics they are here."""

ERRORS = {
    "DataBuilderFrameworkException": "BuilderFailedError",
    "DataValidationException": "BuilderFailedError",
    "NullPointerException": "UnknownDataError",
}
"""What the ancestor raises from a call, and what is raised here."""


# --- what was recorded -----------------------------------------------------------------------------------------------


def recorded(case: Json, *, parallel: bool) -> Json:
    """Tell what the ancestor did with a case.

    Args:
        case: what was recorded.
        parallel: with its executor that uses threads.
    """
    fault = case["expect_build_error"]
    calls = [call | (call.get("multi_threaded_differs", {}) if parallel else {}) for call in case["calls"]]
    return {
        "faults": FAULTS[fault["code"]] if fault else [],
        "levels": case["expect_hierarchy"],
        "calls": [_call(case, call) for call in calls],
    }


def _call(case: Json, call: Json) -> Json:
    error = call["expect_error"]
    completed = "completed" if case["target"] in call["expect_dataset"] else "open"
    return {
        "produced": call["expect_values"],
        "error": _error(call) if error else None,
        "status": "failed" if error else completed,
        "data": call["expect_dataset_values"],
        **_told(case, call["expect_ran"], [event.partition("(")[0] for event in call["expect_events"]]),
    }


def _error(call: Json) -> Json:
    error = call["expect_error"]
    told = {"type": ERRORS[error["type"]]}
    if "cause_type" not in error:
        return told
    step = next(event.split(":")[1] for event in call["expect_events"] if event.startswith("exception:"))
    partial = error["partial"] or []  # null, "none carried", only where nothing had been made
    return told | {"step": step, "cause": error["cause_type"], "says": error["cause_message"], "partial": partial}


def _told(case: Json, ran: list[str], events: list[str]) -> Json:
    """What can be told of a call without the order of the builders of one level, which is left open."""
    return {
        "ran": sorted(ran),
        "events": [*events[:1], *sorted(events[1:-1]), *events[-1:]],
        "early": _early(case, events),
    }


def _early(case: Json, events: list[str]) -> list[tuple[str, str]]:
    """The builders that were started before one that makes what they wait for had ended, each with that one."""
    ended = {event.removeprefix("after:"): at for at, event in enumerate(events) if event.startswith("after:")}
    begun = {event.removeprefix("before:"): at for at, event in enumerate(events) if event.startswith("before:")}
    return [
        (reader["name"], maker["name"])
        for reader in case["builders"]
        for maker in case["builders"]
        if maker["produces"] in {*reader["consumes"], *reader["optionals"]}
        and begun.get(reader["name"], len(events)) < ended.get(maker["name"], 0)
    ]


# --- what is done here -----------------------------------------------------------------------------------------------


def compiled(read: Read) -> Json:
    """Compile a case."""
    try:
        plan = polaris.compile_plan(read.workflow)
    except CompileError as error:
        return {"faults": [fault.code for fault in error.diagnostics], "levels": None, "calls": []}
    levels = [sorted(plan.steps[number].name for number in level) for level in plan.levels]
    return {"faults": [], "levels": levels, "calls": []}


class Notes(Observer):
    """Takes notes of one call after another: as an observer, and of what the caller gets.

    Attributes:
        calls: the records of the calls that are over.
        outcome: what the last call returned, or the outcome that its error carries; None if the call was refused.
    """

    def __init__(self, read: Read) -> None:
        self.calls: list[Json] = []
        self.outcome: polaris.Outcome[Any] | None = None
        self._read = read
        self._events: list[str] = []
        self._came: Json = {}

    def call_started(self, event: Event, /) -> None:
        self._events.append("pre")

    def builder_started(self, event: Event, /) -> None:
        self._events.append(f"before:{event.builder}")

    def builder_finished(self, event: Event, /) -> None:
        self._events.append(f"after:{event.builder}" + ("" if event.keys else "=null"))

    def builder_failed(self, event: Event, /) -> None:
        self._events.append(f"exception:{event.builder}:{event.error}")

    def checkpointed(self, event: Event, /) -> None:
        """Note nothing: the ancestor has no such event."""

    def call_finished(self, event: Event, /) -> None:
        self._events.append("post")

    @contextmanager
    def failures(self) -> Iterator[None]:
        """Note what a call raises."""
        self.outcome = None
        try:
            yield
        except StepError as error:
            self.outcome = cast("polaris.Outcome[Any]", error.outcome)
            cause = error.__cause__
            told = {"type": type(error).__name__, "step": error.step, "partial": sorted(plain(self.outcome.produced))}
            told |= {"cause": type(cause).__name__, "says": str(cause)}
            self._came = {"produced": None, "error": told}
        except UnknownDataError as error:
            self._came = {"produced": None, "error": {"type": type(error).__name__}}

    def returned(self, outcome: polaris.Outcome[Any]) -> None:
        """Note what a call returned."""
        self.outcome = outcome
        self._came = {"produced": plain(outcome.produced), "error": None}

    def kept(self, state: polaris.RunState | polaris.Outcome[Any] | None) -> None:
        """Note what there is after the call, and close its notes; None if there is no run."""
        told: Json = {"status": _status(state) if state else None, "data": plain(state.data) if state else {}}
        self.calls.append(self._came | told | _told(self._read.case, self._read.ran, self._events))
        self._read.ran.clear()
        self._events = []


def _status(state: polaris.RunState | polaris.Outcome[Any]) -> str:
    return "open" if state.status in {Status.WAITING, Status.BLOCKED} else str(state.status)


def plain(data: Mapping[Any, Any]) -> Values:
    return {form.__name__: datum.value for form, datum in data.items()}
