"""What people read: the only place that words and colours an answer. Colours appear on terminals only.

Keys are named here, values never: who wants values asks for ``--json``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
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
    steps = _columns([("level", "step", "consumes", "produces"), *rows])
    return _lines([_title(plan.workflow, size), *_facts(facts), Text(), Text(steps[0], "dim"), *map(Text, steps[1:])])


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
        "created": stored.created.isoformat(" ", "seconds"),
        "updated": stored.updated.isoformat(" ", "seconds"),
    }
    if header.error is not None:
        facts["error"] = header.error
    title = _title(f"{header.workflow} {stored.run_id}", header.status, _STATUS_STYLES[header.status])
    return _lines([title, *_facts(facts)])


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


def _listed(names: Iterable[str]) -> str:
    return ", ".join(names) or _NOTHING


def _coloured(text: str) -> Text:
    coloured = Text(text)
    for pattern, style in _DIAGNOSTIC_STYLES:
        coloured.highlight_regex(pattern, style)
    return coloured


def _lines(lines: Iterable[Text]) -> Text:
    return Text("\n").join(lines)
