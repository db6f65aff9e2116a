"""What a check found as workflow commands of GitHub Actions, which shows them beside the lines of a pull request.

A value is escaped as the runner undoes it: ``%`` and line ends everywhere, and what separates properties in those.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from polaris._cli.findings import Finding
from polaris._model.diagnostic import Diagnostic

_IN_TEXT = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTY = _IN_TEXT | str.maketrans({":": "%3A", ",": "%2C"})


def findings_github(findings: Sequence[Finding]) -> str:
    """Give a line for each diagnostic; nothing if there are none."""
    return "\n".join(_command(finding.diagnostic) for finding in findings)


def _command(found: Diagnostic) -> str:
    properties = ",".join(f"{name}={value.translate(_IN_PROPERTY)}" for name, value in _properties(found).items())
    text = "\n".join(
        [found.message, *(f"{each.place}: {each.message}" for each in found.related), f"hint: {found.hint}"]
    )
    return f"::{found.severity} {properties}::{text.translate(_IN_TEXT)}"


def _properties(found: Diagnostic) -> Mapping[str, str]:
    place, title = found.place, {"title": found.code}
    if place is None:
        return title
    if place.line == 0:
        return {"file": place.file} | title
    columns = {"col": str(place.column), "endColumn": str(place.end_column)}
    return {"file": place.file, "line": str(place.line)} | columns | title
