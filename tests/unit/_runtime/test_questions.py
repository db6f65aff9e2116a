"""Questions about a run, asked at an engine; what is answered is for the tests of `_insight`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

import polaris
from polaris import Status, Workflow, builder
from polaris._model.records import Stored
from polaris.errors import DeclarationError, MissingDataError, PlanFormatError, UnknownRunError
from polaris.stores import MemoryStore
from tests.helpers.engines import HOW, Opened, opened


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    n: int


@dataclass(frozen=True)
class C:
    n: int


@dataclass(frozen=True)
class D:
    n: int


@builder
def double(a: A) -> B:
    return B(2 * a.n)


@builder(name="joined")
def join(b: B, c: C) -> D:
    return D(b.n + c.n)


flow = Workflow("flow", target=D, builders=[double, join])
longer = Workflow("flow", target=D, builders=[join])


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore()


@pytest.fixture(params=HOW)
def engine(request: pytest.FixtureRequest, store: MemoryStore) -> Iterator[Opened]:
    with opened(request.param, store, flow) as engine:
        engine.run(flow, "run-1", A(1))
        yield engine


def test_why_is_asked_by_id_or_of_an_outcome(engine: Opened) -> None:
    found = engine.why("run-1")
    assert (found.run_id, found.status, found.missing, found.waiting_for) == ("run-1", Status.WAITING, ("D",), ("C",))
    assert engine.why(engine.run(flow, "run-1")) == found


def test_an_outcome_of_a_run_in_memory_cannot_be_asked_about(engine: Opened) -> None:
    with pytest.raises(DeclarationError, match="an outcome of polaris.run"):
        engine.why(polaris.run(flow, A(1)))


def test_what_next_is_answered_in_types(engine: Opened) -> None:
    found = engine.next_inputs("run-1")
    assert found.sets == ((C,),)
    assert found.ways[0].runs == ("joined",)


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        (D, ("D",)),
        (C | D, ("C", "D")),
        ("joined", ("joined",)),
        (join, ("joined",)),
        (double, ("double",)),
    ],
)
def test_a_goal_is_a_type_a_builder_or_a_name(until: object, expected: tuple[str, ...], engine: Opened) -> None:
    assert engine.next_inputs("run-1", until).until == expected


def test_an_unknown_goal_is_an_error(engine: Opened) -> None:
    with pytest.raises(DeclarationError, match="no builder or data 'int'"):
        engine.next_inputs("run-1", int)


def test_it_can_be_described_as_a_json_schema(engine: Opened) -> None:
    assert engine.next_inputs_schema("run-1")["oneOf"] == [
        {
            "type": "object",
            "properties": {"C": {"$ref": "#/$defs/C"}},
            "required": ["C"],
            "additionalProperties": False,
        }
    ]


def test_where_a_value_comes_from_is_asked_by_type_or_key(engine: Opened) -> None:
    engine.run(flow, "run-1", C(3))
    found = engine.lineage("run-1", D)
    assert [(part.key, part.builder, part.sources) for part in found.parts] == [
        ("D", "joined", ("B", "C")),
        ("B", "double", ("A",)),
        ("A", None, ()),
        ("C", None, ()),
    ]
    assert all(part.at is not None for part in found.parts)
    assert engine.lineage("run-1", "D") == found
    assert engine.lineage("run-1", A | B).key == "A"


def test_what_is_not_there_has_no_lineage(engine: Opened) -> None:
    with pytest.raises(MissingDataError):
        engine.lineage("run-1", D)
    with pytest.raises(DeclarationError, match="no data 'int'"):
        engine.lineage("run-1", int)
    with pytest.raises(UnknownRunError):
        engine.lineage("run-2", D)


def test_an_unknown_run_is_an_error(engine: Opened) -> None:
    for ask in (engine.why, engine.next_inputs, engine.next_inputs_schema):
        with pytest.raises(UnknownRunError):
            ask("run-2")


@pytest.mark.parametrize("others", [(), (longer,)])
def test_the_plan_is_the_one_that_the_run_was_last_advanced_under(
    others: tuple[Workflow[Any], ...], engine: Opened, store: MemoryStore
) -> None:
    with polaris.open_engine(store, *others) as other:
        assert other.why("run-1") == engine.why("run-1")
        assert [list(map(str, data)) for data in other.next_inputs("run-1", "double").sets] == [[]]
        assert other.next_inputs("run-1").sets == ((C,) if others else ("C",),)


def test_a_plan_that_was_not_kept_is_told_by_its_workflow(engine: Opened, store: MemoryStore) -> None:
    class Forgetful(MemoryStore):
        def load(self, run_id: str) -> Stored | None:
            return store.load(run_id)

    with (
        polaris.open_engine(Forgetful()) as other,
        pytest.raises(PlanFormatError, match="What the store has for 'flow' is not a plan of this version: plan "),
    ):
        other.why("run-1")
