"""The pages that are drawn from the code are as the code is now, and every example says what it is said to say."""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings

from polaris import Plan, Workflow, compile_plan
from polaris._cache.format import encode_plan
from polaris._compiler.codes import RULES
from tests.acceptance.test_documents import ROOT, blocks
from tests.helpers.plans import make, specs
from tests.helpers.reference import Spec
from tests.unit.export import plans
from tools.write_reference import EXAMPLES, PAGES, SCHEMA, pages, printed, stale

CODES = [rule.code for rule in RULES]


# --- diagnostics ------------------------------------------------------------------------------------------------------


def test_the_reference_is_as_it_would_be_written_now() -> None:
    assert stale(pages()) == [], "python3 tools/dev.py docs --write"


def test_a_page_that_says_something_else_is_stale_and_so_is_one_that_is_missing() -> None:
    other, missing = PAGES / "index.md", PAGES / "POL000.md"
    assert stale({**pages(), other: "Something else.", missing: "New."}) == [other, missing]


def test_every_code_has_an_example_and_a_page_and_nothing_else_has() -> None:
    examples = [folder for folder in (ROOT / EXAMPLES).iterdir() if folder.is_dir()]
    assert sorted(folder.name for folder in examples) == CODES
    assert {file.name for folder in examples for file in folder.glob("*.*")} == {
        "bad.py",
        "good.py",
        "printed.txt",
        "why.md",
    }
    assert sorted(page.stem for page in (ROOT / PAGES).glob("POL*.md")) == CODES


@pytest.mark.parametrize("code", CODES)
def test_the_first_example_of_a_page_has_the_fault_and_the_second_has_none(code: str) -> None:
    page = ROOT / PAGES / f"{code}.md"
    bad, good = blocks(page, "python")
    (said,) = blocks(page, "text")
    assert printed(bad) == said
    assert {line.split(": ")[1] for line in said.splitlines() if line.startswith("rides.py:")} == {
        f"{'warning' if code >= 'POL3' else 'error'} {code}"
    }
    assert printed(good) == ""


def test_an_example_without_a_workflow_is_none() -> None:
    with pytest.raises(ValueError, match="has no workflow"):
        printed("x = 1\n")


# --- the schema of plan files -----------------------------------------------------------------------------------------


@cache
def validator() -> jsonschema.Draft202012Validator:
    """Give the schema, ready to validate."""
    schema = json.loads((ROOT / SCHEMA).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def faults(document: object) -> list[str]:
    return [error.json_path for error in validator().iter_errors(document)]


@pytest.mark.parametrize("plan", [plans.HELLO, plans.CAB_RIDE, plans.CHECKOUT, plans.NEGOTIATION])
def test_a_plan_file_is_as_the_schema_says(plan: Plan) -> None:
    assert faults(json.loads(encode_plan(plan))) == []


@settings(max_examples=25)
@given(spec=specs())
def test_so_is_that_of_any_workflow(spec: Spec) -> None:
    workflow: Workflow[Any] = make(spec).workflow
    assert faults(json.loads(encode_plan(compile_plan(workflow)))) == []


def without(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return {key: value for key, value in document.items() if key != name}


def test_what_is_no_plan_file_is_not() -> None:
    document: dict[str, Any] = json.loads(encode_plan(plans.CAB_RIDE))
    plan = document["plan"]
    assert faults({**document, "format": 0}) == ["$.format"]
    assert faults({**document, "plan": without(plan, "steps")}) == ["$.plan"]
    assert faults({**document, "plan": {**plan, "levels": [["0"]]}}) == ["$.plan.levels[0][0]"]
    assert faults({**document, "plan": {**plan, "keys": [{**plan["keys"][0], "kind": "made up"}]}}) == [
        "$.plan.keys[0].kind"
    ]
