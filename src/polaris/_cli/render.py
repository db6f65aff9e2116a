"""What people read: the only place that words and colours an answer. Colours appear on terminals only.

Keys are named here, values never: who wants values asks for ``--json``.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from difflib import unified_diff
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from polaris._cache.format import encode_plan
from polaris._cli.findings import Finding
from polaris._cli.stored import keys_of
from polaris._model.contract import Input
from polaris._model.diagnostic import Severity
from polaris._model.events import Event
from polaris._model.keys import key_of
from polaris._model.markers import Mode
from polaris._model.outcome import Outcome, Status
from polaris._model.plan import KeyKind, Plan, Step
from polaris._model.records import Stored
from polaris.errors import (
    BuilderFailedError,
    DiagnosticLike,
    MissingResourceError,
    PolarisError,
    RunExistsError,
    StepError,
    UnknownRunError,
    UnknownWorkflowError,
)

_STATUS_STYLES: Mapping[Status, str] = {
    Status.RUNNING: "cyan",
    Status.WAITING: "yellow",
    Status.BLOCKED: "red",
    Status.QUEUED: "yellow",
    Status.COMPLETED: "green",
    Status.FAILED: "red",
    Status.CANCELLED: "red",
}

# Patterns of a diagnostic's text, and how each is shown.
_DIAGNOSTIC_STYLES = (
    (r"(?m)^.*?\berror [A-Z]+\d+:", "bold red"),
    (r"(?m)^.*?\bwarning [A-Z]+\d+:", "bold yellow"),
    (r"(?m)^ +\|[ \t]+\^+$", "red"),
    (r"(?m)^  hint:", "bold green"),
)

# The first letters of the lines of a diff, and how each is shown.
_DIFFERENCE_STYLES = {"-": "red", "+": "green", "@": "dim"}

_NOTHING = "nothing"

STOPPING = "Stopping when the run at hand is done; interrupt again to break it off."
"""What a worker says that was asked to stop."""


def show(text: Text, *, err: bool = False) -> None:
    """Print a text to standard output, or to standard error."""
    Console(stderr=err, soft_wrap=True).print(text)


# --- answers -----------------------------------------------------------------------------------------------------


def plan_text(plan: Plan) -> Text:
    """Give what a plan holds: a head, and a row for each step."""
    facts = {
        "fingerprint": plan.fingerprint,
        "takes": _listed(info.name for info in plan.keys if info.kind is KeyKind.INPUT),
        "target": (" and " if plan.target_all else " or ").join(plan.target),
    }
    size = _counted((len(plan.steps), "step"), (len(plan.keys), "key"), (len(plan.levels), "level"))
    rows = [
        (str(number), plan.steps[index].name, _reads(plan.steps[index]), plan.steps[index].returns)
        for number, level in enumerate(plan.levels, start=1)
        for index in level
    ]
    steps = _table(("level", "step", "consumes", "produces"), rows)
    return _lines([_title(plan.workflow, size), *_facts(facts), Text(), *steps])


def outcome_text(outcome: Outcome[Any]) -> Text:
    """Give what a call came to."""
    facts = {
        "produced": _listed(sorted(map(key_of, outcome.produced))),
        "present": _listed(sorted(map(key_of, outcome.data))),
        "waiting for": _listed(map(key_of, outcome.waiting_for)),
    }
    name = outcome.workflow if outcome.run_id is None else f"{outcome.workflow} {outcome.run_id}"
    return _lines([_title(name, outcome.status, _STATUS_STYLES[outcome.status]), *_facts(facts)])


def stored_text(stored: Stored) -> Text:
    """Give where a stored run stands."""
    header = stored.header
    facts = {
        "present": _listed(keys_of(stored)),
        "waiting for": _listed(header.waiting_for),
        "queued": f"{len(stored.inbox)} in the inbox" if stored.inbox else _NOTHING,
        "revision": str(stored.revision),
        "created": _time(stored.created),
        "updated": _time(stored.updated),
    }
    if header.error is not None:
        facts["error"] = header.error
    title = _title(f"{header.workflow} {stored.run_id}", header.status, _STATUS_STYLES[header.status])
    return _lines([title, *_facts(facts)])


def runs_text(page: Sequence[Stored], after: str | None) -> Text:
    """Give a page of stored runs, a row for each, and how to ask for the next page if there is one."""
    head = ("run", "workflow", "status", "waiting for", "updated")
    rows = [
        (
            _id(each.run_id),
            each.header.workflow,
            each.header.status,
            _listed(each.header.waiting_for),
            _time(each.updated),
        )
        for each in page
    ]
    more = [] if after is None else [Text(f"There are more: --after {shlex.quote(after)}", "dim")]
    return _lines([_title("runs", str(len(page))), *_table(head, rows), *more])


def history_text(run_id: str, events: Sequence[Event]) -> Text:
    """Give what happened in a run, a row for each event."""
    head = ("at", "round", "event", "builder", "seconds", "what")
    rows = [
        (
            "" if event.at is None else _time(event.at),
            str(event.round),
            event.kind.replace("_", " "),
            event.builder or "",
            "" if event.seconds is None else f"{event.seconds:.3f}",
            _happened(event),
        )
        for event in events
    ]
    return _lines([_title(_id(run_id), _counted((len(events), "event"))), *_table(head, rows)])


def call_text(ended: Event) -> Text:
    """Give how a call ended."""
    status = ended.status or Status.RUNNING
    error = f" ({ended.error})" if ended.error else ""
    return _title(f"{ended.workflow} {_id(ended.run_id or '')}", f"{status}{error}", _STATUS_STYLES[status])


def builder_text(ended: Event) -> Text:
    """Give how a builder ended, and how long it took."""
    took = "" if ended.seconds is None else f" after {ended.seconds:.1f} s"
    if ended.error is None:
        return _title(ended.builder or "", f"{_listed(ended.keys)}{took}")
    return _title(ended.builder or "", f"failed ({ended.error}){took}", "red")


def run_row(workflow: str, done: int) -> str:
    """Say how far a run has come that is being carried."""
    return f"{workflow}: {_counted((done, 'builder'))} done"


def builder_row(builder: str) -> str:
    """Name a builder that is running, below its run."""
    return f"  {builder}"


def recovered_text(count: int) -> Text:
    """Say how many runs were taken over."""
    return Text(f"{_counted((count, 'run'))} taken over.")


def purged_text(count: int) -> Text:
    """Say how many runs were deleted."""
    return Text(f"{_counted((count, 'run'))} deleted.")


def purge_question(status: str, url: str) -> str:
    """Ask whether to delete runs for good."""
    return f"Delete {status} runs in {url} for good?"


def away_text(error: Exception) -> Text:
    """Say that a store cannot be reached, by somebody who goes on."""
    return Text.assemble(("Warning: ", "bold yellow"), f"{error} It is tried again.")


def back_text() -> Text:
    """Say that a store that could not be reached is there again."""
    return Text("The store is there again.")


def diagnostics_text(diagnostics: Sequence[DiagnosticLike]) -> Text:
    """Give diagnostics as they print themselves, in colour."""
    return _coloured("\n\n".join(map(str, diagnostics)))


def findings_text(module: str, workflows: int, findings: Sequence[Finding]) -> Text:
    """Give what a check found, and how much that is."""
    found = [finding.diagnostic for finding in findings]
    severities = [diagnostic.severity for diagnostic in found]
    counts = [(severities.count(severity), severity.value) for severity in Severity if severity in severities]
    title = _title(module, _counted((workflows, "workflow"), *(counts or [(0, "fault")])))
    return _lines([title] if not found else [diagnostics_text(found), Text(), title])


def differences_text(saved: Plan, compiled: Plan) -> Text:
    """Give the lines in which a saved plan and a compiled one differ, and some around them."""
    before, after = (encode_plan(plan).decode().splitlines() for plan in (saved, compiled))
    lines = unified_diff(before, after, "saved", "compiled", lineterm="")
    return _lines(Text(line, _DIFFERENCE_STYLES.get(line[0], "")) for line in lines)


def failure(error: Exception) -> Text:
    """Say what went wrong, in the words of the command line."""
    errors = [error, *error.others] if isinstance(error, StepError) else [error]
    return _lines([Text.assemble(("Error: ", "bold red"), _coloured(_sentence(each))) for each in errors])


def _sentence(error: BaseException) -> str:
    """Give an error's own message, but where it speaks to the author of a Python program."""
    match error:
        case MissingResourceError(step=step, resource=resource):
            return (
                f"Builder {step!r} needs the resource {resource}, which was not given. "
                "Name a mapping that has it: --resources MODULE:MAPPING."
            )
        case UnknownRunError(run_id=run_id):
            return (
                f"There is no run {run_id!r} in this store. "
                "Check the id, or start it: polaris run with its first data, or with --new."
            )
        case RunExistsError(run_id=run_id):
            return f"Run {run_id!r} is there already. Choose another id, or leave --new out to go on."
        case UnknownWorkflowError(workflow=workflow, known=known):
            return f"The run is one of {workflow!r}, not of {' or '.join(map(repr, known))}. Name its own workflow."
        case BuilderFailedError():
            return f"{error} POLARIS_DEBUG=1 shows the traceback."
        case PolarisError():
            return str(error)
        case _:
            return (
                f"{type(error).__name__}: {error}. This is a fault in polaris: "
                "report it with what POLARIS_DEBUG=1 shows."
            )


# --- layout ------------------------------------------------------------------------------------------------------


def _reads(step: Step) -> str:
    resources = [f"{given.key} (resource)" for given, _ in step.resources]
    return _listed([*map(_read, step.inputs), *resources])


def _read(read: Input) -> str:
    keys = " | ".join(read.keys)
    words = [] if read.mode is Mode.CONSUMES else [read.mode.value]
    words += [] if read.required or read.mode is Mode.ACCESS else ["optional"]
    return f"{keys} ({', '.join(words)})" if words else keys


def _counted(*counts: tuple[int, str]) -> str:
    return ", ".join(f"{count} {word}{'' if count == 1 else 's'}" for count, word in counts)


def _title(name: str, said: str, style: str = "") -> Text:
    return Text.assemble((name, "bold"), ": ", (said, style))


def _facts(facts: Mapping[str, str]) -> list[Text]:
    width = max(map(len, facts))
    return [Text.assemble("  ", (name.ljust(width), "dim"), "  ", fact) for name, fact in facts.items()]


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(cell_len, column)) for column in zip(*rows, strict=True)]
    return [
        "  "
        + "  ".join(cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> list[Text]:
    if not rows:
        return []
    first, *others = _columns([head, *rows])
    return [Text(first, "dim"), *map(Text, others)]


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(" ", "seconds")


def _id(run_id: str) -> str:
    """Give an id as it is if it can be seen, and does nothing to a terminal."""
    return run_id if run_id and run_id.isprintable() else repr(run_id)


def _happened(event: Event) -> str:
    """Say what came of what happened."""
    words = [_listed(event.keys)] if event.keys else []
    words += [event.status] if event.status else []
    words += [event.error] if event.error else []
    return ": ".join(words)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or _NOTHING


def _coloured(text: str) -> Text:
    coloured = Text(text)
    for pattern, style in _DIAGNOSTIC_STYLES:
        coloured.highlight_regex(pattern, style)
    return coloured


def _lines(lines: Iterable[Text]) -> Text:
    return Text("\n").join(lines)
