"""JSON text: all that a picture shows, as its schema says. (Recorded texts: test_dot.)"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given

from polaris import export
from polaris._model.outcome import Status
from polaris._model.plan import Plan
from tests.unit.export.plans import CAB_RIDE, CHECKOUT, HELLO, NEGOTIATION, ORDER_WAITS, FakeRun, run
from tests.unit.export.strategies import plans

SCHEMA = Path(__file__).parents[3] / "docs" / "reference" / "picture.schema.json"


@cache
def validator() -> jsonschema.Draft202012Validator:
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


def faults(document: object) -> list[str]:
    return [error.json_path for error in validator().iter_errors(document)]


def read(plan: Plan, shown: FakeRun | None = None) -> Any:  # noqa: ANN401 - any JSON
    found = json.loads(export.json(plan, shown))
    assert faults(found) == []
    return found


def test_a_small_plan_is_said_in_full() -> None:
    assert read(HELLO) == {
        "workflow": "hello",
        "fingerprint": "",
        "target": ["Greeting"],
        "target_all": True,
        "data": [
            {"key": "Name", "builder": None, "is_target": False, "is_transient": False, "state": "input"},
            {"key": "Greeting", "builder": "greet", "is_target": True, "is_transient": False, "state": "product"},
        ],
        "builders": [
            {
                "name": "greet",
                "function": ":greet",
                "reads": [{"keys": ["Name"], "kind": "needs", "required": True}],
                "makes": [["Greeting"]],
                "may_decline": False,
                "is_async": False,
                "state": None,
                "note": None,
            }
        ],
        "run": None,
        "format": 1,
    }


def test_a_run_is_shown_on_it() -> None:
    found = read(CHECKOUT, ORDER_WAITS)
    assert found["run"] == {"run_id": "order-42", "status": "waiting", "waiting_for": ["CardDetails", "OtpEntered"]}
    builders = {each["name"]: (each["state"], each["note"]) for each in found["builders"]}
    assert builders["quote"] == ("done", None)
    assert builders["tokenise"] == ("waiting", "needs CardDetails")
    data = {each["key"]: (each["state"], each["is_transient"]) for each in found["data"]}
    assert data["CardDetails"] == ("waited for", True)
    assert data["Quote"] == ("present", False)


@pytest.mark.parametrize("plan", [CAB_RIDE, CHECKOUT, NEGOTIATION])
@pytest.mark.parametrize("shown", [None, run(Status.FAILED, "RideRequest Cart Wish", run_id=None)])
def test_every_picture_is_as_the_schema_says(plan: Plan, shown: FakeRun | None) -> None:
    assert len(read(plan, shown)["builders"]) == len(plan.steps)


def test_a_part_is_said_alone() -> None:
    found = json.loads(export.json(CHECKOUT, focus="reserve_stock", depth=0))
    assert [each["name"] for each in found["builders"]] == ["reserve_stock"]
    data = {each["key"]: (each["state"], each["builder"]) for each in found["data"]}
    assert data["OrderPlaced"] == ("product", None)
    assert data["Cart"] == ("input", None)


def test_what_is_no_picture_is_not() -> None:
    found = read(HELLO)
    found["format"], found["data"] = 2, [{}]
    assert set(faults(found)) == {"$.format", "$.data[0]"}


@given(plans())
def test_whatever_the_names_it_is_json_in_ascii(any_plan: Plan) -> None:
    assert export.json(any_plan).isascii()
    assert [each["name"] for each in read(any_plan)["builders"]] == [step.name for step in any_plan.steps]
