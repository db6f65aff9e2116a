"""What a check found as SARIF 2.1.0, the format that code scanning services read.

Columns count characters, as `Place` does, and the log says so. Files of the folder that the command was called in are
named from there; others by their whole path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from urllib.parse import quote

import msgspec

from polaris._cli.findings import Finding
from polaris._compiler.codes import RULES, Rule
from polaris._model.diagnostic import Place

PAGES = "https://polaris-workflows.readthedocs.io/en/stable/reference/diagnostics/"
"""Where the page of each code is published."""

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_FOLDER = "%SRCROOT%"
_NUMBERS = {rule.code: number for number, rule in enumerate(RULES)}


def findings_sarif(findings: Sequence[Finding], folder: Path) -> str:
    """Give a log with one run, and a result for each diagnostic.

    Args:
        findings: what was found.
        folder: where paths that are not whole begin.
    """
    driver = {
        "name": "polaris",
        "version": version("polaris-workflows"),
        "rules": [_rule(rule) for rule in RULES],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {_FOLDER: {"uri": f"{folder.as_uri()}/"}},
        "results": [_result(finding) for finding in findings],
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(log), indent=1).decode()


def _rule(rule: Rule) -> Mapping[str, object]:
    return {
        "id": rule.code,
        "shortDescription": {"text": rule.title},
        "helpUri": f"{PAGES}{rule.code}.html",
        "defaultConfiguration": {"level": rule.severity},
    }


def _result(finding: Finding) -> Mapping[str, object]:
    found = finding.diagnostic
    related = [{"message": {"text": each.message}, **_location(each.place)} for each in found.related]
    return {
        "ruleId": found.code,
        "ruleIndex": _NUMBERS[found.code],
        "level": found.severity,
        "message": {"text": f"{found.message}\nhint: {found.hint}"},
        "locations": [_location(found.place)] if found.place else [],
        "relatedLocations": related,
        "properties": {"workflows": finding.workflows},
    }


def _location(place: Place) -> Mapping[str, object]:
    region = {"startLine": place.line, "startColumn": place.column, "endColumn": place.end_column}
    return {"physicalLocation": {"artifactLocation": _file(place.file), **({"region": region} if place.line else {})}}


def _file(file: str) -> Mapping[str, str]:
    path = Path(file)
    return {"uri": path.as_uri()} if path.is_absolute() else {"uri": quote(file), "uriBaseId": _FOLDER}
