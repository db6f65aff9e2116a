"""What a check finds: the diagnostics of several workflows, each once, with paths as short as they can be."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from polaris._assembly import checked
from polaris._model.diagnostic import Diagnostic, Place, Severity
from polaris._model.workflow import Workflow
from polaris.errors import CompileError, DeclarationError


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A diagnostic, and the names of the workflows that have it."""

    diagnostic: Diagnostic
    workflows: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check came to.

    Attributes:
        findings: what was found, by workflow and then by place.
        refused: why a workflow could not be looked at.
    """

    findings: tuple[Finding, ...]
    refused: tuple[DeclarationError, ...]

    def is_bad(self, *, strict: bool) -> bool:
        """Say whether there are errors, or, if strict, anything at all."""
        errors = [finding for finding in self.findings if strict or finding.diagnostic.severity is Severity.ERROR]
        return bool(errors or self.refused)


def check_workflows(workflows: Iterable[Workflow[Any]], folder: Path) -> Checked:
    """Compile workflows thoroughly, and gather all that the compiler has to say about them.

    Args:
        workflows: the workflows; a builder that several of them share is told of once.
        folder: the paths of files in it begin below it.
    """
    found: dict[Diagnostic, list[str]] = {}
    refused: list[DeclarationError] = []
    for workflow in workflows:
        try:
            for diagnostic in _diagnostics(workflow):
                found.setdefault(shortened(diagnostic, folder), []).append(workflow.name)
        except DeclarationError as error:
            refused.append(error)
    findings = (Finding(diagnostic=diagnostic, workflows=tuple(names)) for diagnostic, names in found.items())
    return Checked(findings=tuple(findings), refused=tuple(refused))


def shortened(diagnostic: Diagnostic, folder: Path) -> Diagnostic:
    """Name the files of a diagnostic as they are seen from a folder, if they are in it."""
    place = diagnostic.place
    related = tuple(replace(each, place=_short(each.place, folder)) for each in diagnostic.related)
    return replace(diagnostic, place=place and _short(place, folder), related=related)


def _short(place: Place, folder: Path) -> Place:
    file = Path(place.file)
    return replace(place, file=file.relative_to(folder).as_posix()) if file.is_relative_to(folder) else place


def _diagnostics(workflow: Workflow[Any]) -> Iterator[Diagnostic]:
    try:
        yield from checked(workflow).warnings
    except CompileError as error:
        yield from (found for found in error.diagnostics if isinstance(found, Diagnostic))
