"""The log as SARIF 2.1.0 says it must be: as much of its schema as a log of ours has members, and nothing beside."""

import json
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from polaris._cli.as_sarif import PAGES, findings_sarif
from polaris._compiler.codes import RULES
from tests.unit._cli.found import AT_A_PLACE, FOUND, IN_A_FILE, NOWHERE

Schema = Mapping[str, object]


def table(required: str, **members: object) -> Schema:
    return {"type": "object", "required": required.split(), "properties": members, "additionalProperties": False}


def many(items: Schema) -> Schema:
    return {"type": "array", "items": items}


TEXT: Schema = {"type": "string", "minLength": 1}
NUMBER: Schema = {"type": "integer", "minimum": 1}
LEVEL: Schema = {"enum": ["none", "note", "warning", "error"]}
MESSAGE = table("text", text=TEXT)
URI: Schema = {"type": "string", "pattern": r"^([\w.~!$&'()*+,;=:@/-]|%[0-9A-F]{2})+$"}
WHOLE_URI: Schema = {"type": "string", "pattern": "^(https|file)://"}
FILE = table("uri", uri=URI, uriBaseId=TEXT)
REGION = table("startLine", startLine=NUMBER, startColumn=NUMBER, endColumn=NUMBER)
PHYSICAL = table("artifactLocation", artifactLocation=FILE, region=REGION)
LOCATION = table("physicalLocation", physicalLocation=PHYSICAL, message=MESSAGE)
RULE = table(
    "id shortDescription helpUri",
    id=TEXT,
    shortDescription=MESSAGE,
    helpUri=WHOLE_URI,
    defaultConfiguration=table("level", level=LEVEL),
)
RESULT = table(
    "ruleId ruleIndex level message",
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    message=MESSAGE,
    locations=many(LOCATION),
    relatedLocations=many(LOCATION),
    properties=table("workflows", workflows=many(TEXT)),
)
RUN = table(
    "tool results",
    tool=table("driver", driver=table("name rules", name=TEXT, version=TEXT, rules=many(RULE))),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
    originalUriBaseIds={"type": "object", "additionalProperties": table("uri", uri={"pattern": "^file:///.*/$"})},
    results=many(RESULT),
)
LOG = table("version runs", **{"$schema": WHOLE_URI}, version={"const": "2.1.0"}, runs=many(RUN))


@pytest.fixture
def run(tmp_path: Path) -> Mapping[str, Any]:
    """The run of a log with every kind of finding."""
    log = json.loads(findings_sarif(FOUND, tmp_path))
    jsonschema.validate(log, LOG)
    (run,) = log["runs"]
    return run


def test_a_log_without_findings_is_valid_too(tmp_path: Path) -> None:
    log = json.loads(findings_sarif([], tmp_path))
    jsonschema.validate(log, LOG)
    assert log["runs"][0]["results"] == []


def test_the_tool_names_its_rules_and_their_pages(run: Mapping[str, Any]) -> None:
    driver = run["tool"]["driver"]
    assert driver["version"] == version("polaris-workflows")
    assert [rule["id"] for rule in driver["rules"]] == [rule.code for rule in RULES]
    assert driver["rules"][0] == {
        "id": "POL101",
        "shortDescription": {"text": "parameter without a type hint"},
        "helpUri": f"{PAGES}POL101.html",
        "defaultConfiguration": {"level": "error"},
    }


def test_every_result_points_at_its_rule(run: Mapping[str, Any]) -> None:
    rules = [run["tool"]["driver"]["rules"][result["ruleIndex"]]["id"] for result in run["results"]]
    assert rules == [result["ruleId"] for result in run["results"]] == ["POL202", "POL201", "POL301"]


def test_a_file_in_the_folder_is_named_from_there_and_another_one_by_its_whole_path(
    run: Mapping[str, Any], tmp_path: Path
) -> None:
    (result,) = (result for result in run["results"] if result["ruleId"] == AT_A_PLACE.diagnostic.code)
    assert run["originalUriBaseIds"] == {"%SRCROOT%": {"uri": f"{tmp_path.as_uri()}/"}}
    assert result["locations"] == [
        {
            "physicalLocation": {
                "artifactLocation": {"uri": "my%20rides/match%2Cer%3A1.py", "uriBaseId": "%SRCROOT%"},
                "region": {"startLine": 3, "startColumn": 5, "endColumn": 8},
            }
        }
    ]
    (related,) = result["relatedLocations"]
    assert related["message"] == {"text": "`b` makes it too"}
    assert related["physicalLocation"]["artifactLocation"] == {"uri": "file:///far/fleet.py"}


def test_a_result_says_what_is_wrong_what_to_do_and_for_whom(run: Mapping[str, Any]) -> None:
    result = run["results"][0]
    assert result["level"] == "error"
    assert result["message"]["text"].endswith("both\nhint: Choose one.")
    assert result["properties"] == {"workflows": ["cab_ride", "match"]}


def test_of_a_place_only_what_is_known_is_told(run: Mapping[str, Any]) -> None:
    places = {result["ruleId"]: result["locations"] for result in run["results"]}
    (location,) = places[IN_A_FILE.diagnostic.code]
    assert location == {"physicalLocation": {"artifactLocation": {"uri": "rides.py", "uriBaseId": "%SRCROOT%"}}}
    assert places[NOWHERE.diagnostic.code] == []


def test_columns_count_characters_and_the_log_says_so(run: Mapping[str, Any]) -> None:
    assert run["columnKind"] == "unicodeCodePoints"
