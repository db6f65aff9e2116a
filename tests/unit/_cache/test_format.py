"""The plan as JSON: what is written comes back, and nothing else is believed."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polaris import Resource, Retry, Workflow, builder
from polaris._cache.format import FORMAT, decode_plan, encode_plan
from polaris._compiler.compile import compile_workflow
from polaris._model.plan import Plan
from polaris.errors import PlanFormatError
from tests.helpers.plans import make, specs
from tests.helpers.reference import Spec


class Asked: ...


class Found: ...


class Sent: ...


class Index: ...


@builder(retry=Retry(attempts=2, on=(OSError, ValueError)), timeout=3.0, renamed_from="search")
def find(asked: Asked, index: Resource[Index]) -> Found | None: ...


@builder(once=True)
def send(found: Found) -> Sent: ...


PLAN = compile_workflow(Workflow("finding", target=Sent, builders=[find, send], timeout=9, renamed={"Old": Found})).plan


def plan_of(spec: Spec) -> Plan:
    return compile_workflow(make(spec).workflow).plan


def test_a_plan_comes_back_as_it_was() -> None:
    assert decode_plan(encode_plan(PLAN)) == PLAN


@given(specs())
def test_any_plan_comes_back_as_it_was_and_gives_the_same_bytes_again(spec: Spec) -> None:
    plan = plan_of(spec)
    content = encode_plan(plan)
    assert decode_plan(content) == plan
    assert encode_plan(decode_plan(content)) == content


@given(specs(most=3), st.data())
def test_a_file_that_was_cut_off_is_refused(spec: Spec, data: st.DataObject) -> None:
    content = encode_plan(plan_of(spec)).rstrip()
    length = data.draw(st.integers(0, len(content) - 1))
    with pytest.raises(PlanFormatError):
        decode_plan(content[:length])


@given(st.integers(0, len(encode_plan(PLAN)) - 1), st.binary(min_size=1, max_size=3))
def test_a_file_with_other_bytes_in_it_is_read_or_refused(where: int, other: bytes) -> None:
    content = bytearray(encode_plan(PLAN))
    content[where : where + len(other)] = other
    try:
        plan = decode_plan(bytes(content))
    except PlanFormatError as error:
        assert error.where == "This file"
    else:
        assert isinstance(plan, Plan)


@given(st.binary())
def test_anything_else_is_refused(content: bytes) -> None:
    with pytest.raises(PlanFormatError):
        decode_plan(content)


def test_a_plan_has_a_line_for_every_fact() -> None:
    lines = encode_plan(PLAN).decode().splitlines()
    assert f' "format": {FORMAT},' in lines
    assert '  "workflow": "finding",' in lines
    assert encode_plan(PLAN).endswith(b"}\n")


def test_a_plan_of_another_format_is_refused_by_its_number() -> None:
    content = encode_plan(PLAN).replace(b'"format": 1', b'"format": 99')
    with pytest.raises(PlanFormatError, match="it has format 99, and this version reads format 1") as caught:
        decode_plan(content, "plan.lock")
    assert caught.value.where == "plan.lock"


def test_a_plan_of_another_format_may_look_any_way() -> None:
    with pytest.raises(PlanFormatError, match="format 2"):
        decode_plan(b'{"format": 2, "steps": {}}')


def test_a_damaged_file_is_refused_with_its_cause() -> None:
    with pytest.raises(PlanFormatError, match="it is damaged") as caught:
        decode_plan(b'{"format": 1}')
    assert isinstance(caught.value.__cause__, ValueError)


def test_a_file_that_is_nested_too_deeply_is_refused() -> None:
    with pytest.raises(PlanFormatError, match="it is damaged"):
        decode_plan(b'{"format": 1, "plan": ' + b"[" * 100_000)


def _set(*path: str | int, to: object) -> Callable[[Any], None]:
    def change(document: Any) -> None:  # noqa: ANN401 - JSON
        for name in path[:-1]:
            document = document[name]
        document[path[-1]] = to

    return change


@pytest.mark.parametrize(
    "change",
    [
        _set("levels", to=[[0, 7]]),
        _set("levels", to=[[0], [-1]]),
        _set("predecessors", to=[[]]),
        _set("predecessors", to=[[], [1]]),
        _set("predecessors", to=[[1], []]),
        _set("triggers", 0, 1, to=[2]),
        _set("triggers", 0, 0, to="Unknown"),
        _set("target", to=["Unknown"]),
        _set("steps", 0, "slots", to=[[]]),
        _set("steps", 0, "slots", 0, 0, to="Unknown"),
        _set("steps", 0, "inputs", 0, "keys", 0, to="Unknown"),
    ],
)
def test_a_plan_whose_parts_do_not_fit_each_other_is_refused(change: Callable[[Any], None]) -> None:
    document = json.loads(encode_plan(PLAN))
    change(document["plan"])
    with pytest.raises(PlanFormatError, match="its parts do not fit each other"):
        decode_plan(json.dumps(document).encode())
