"""Where data are named that cannot be stored."""

from __future__ import annotations

import polaris._assembly  # noqa: F401 - which lets the codec say what cannot be stored
from polaris._compiler.compile import compile_workflow
from polaris._compiler.durable import unstorable
from polaris._model.diagnostic import Diagnostic, Severity
from polaris.protocols import Sockets
from tests.unit._compiler.modules import Write, faults_of, read, workflow_of

HEADER = """\
from dataclasses import dataclass
from typing import Any
from polaris import Resource, Take, Workflow, builder

@dataclass(frozen=True)
class Order:
    number: int
@dataclass(frozen=True)
class Parcel:
    number: int
@dataclass(frozen=True)
class Loose:
    anything: Any
class Service: ...
"""


def told(write: Write, text: str) -> tuple[Diagnostic, ...]:
    workflow = workflow_of(write(read(HEADER + text).plain))
    return unstorable(workflow, compile_workflow(workflow))


def lines(found: tuple[Diagnostic, ...]) -> list[str]:
    return [each.place.source if each.place else "" for each in found]


def test_all_is_well_with_data_that_can_be_stored(write: Write) -> None:
    text = "@builder\ndef pack(order: Order) -> Parcel: ...\nflow = Workflow('flow', target=Parcel)\n"
    assert told(write, text) == ()


def test_a_fault_stands_where_the_datum_is_named_first_and_is_told_once(write: Write) -> None:
    text = """
@builder
def pack(order: Order, loose: Loose, again: list[Loose]) -> Parcel: ...
@builder
def send(parcel: Parcel, loose: Loose) -> tuple[Order, Parcel] | None: ...
flow = Workflow("flow", target=Parcel, builders=[pack])
"""
    (found,) = told(write, text)
    assert (found.code, found.severity) == ("POL401", Severity.ERROR)
    assert found.place is not None
    assert found.place.drawn().splitlines()[1].count("^") == len("loose: Loose")
    (related,) = found.related
    assert (related.message, related.place.source) == ("the field", "    anything: Any")


def test_a_product_is_named_at_its_return_type(write: Write) -> None:
    text = "@builder\ndef pack(order: Order) -> Loose: ...\nflow = Workflow('flow', target=Loose)\n"
    (found,) = told(write, text)
    assert found.place is not None
    assert found.place.drawn().splitlines()[1].count("^") == len("Loose")


def test_an_input_that_no_builder_reads_is_named_at_the_workflow(write: Write) -> None:
    text = (
        "@builder\ndef pack(order: Order) -> Parcel: ...\n"
        "flow = Workflow('flow', target=Parcel, inputs=[Order, Loose])\n"
    )
    assert lines(told(write, text)) == ["flow = Workflow('flow', target=Parcel, inputs=[Order, Loose])"]


def test_transients_and_resources_are_never_stored(write: Write) -> None:
    text = """
@builder
def pack(order: Order, loose: Loose, service: Resource[Service]) -> Parcel: ...
flow = Workflow("flow", target=Parcel, transients=[Loose])
"""
    assert told(write, text) == ()


def test_who_compiles_is_warned_if_all_is_looked_for(write: Write) -> None:
    text = "@builder\ndef pack(order: Order) -> Loose: ...\nflow = Workflow('flow', target=Loose)\n"
    workflow = workflow_of(write(HEADER + text))
    assert faults_of(workflow, stored=True) == ()
    (found,) = faults_of(workflow, thorough=True, stored=True)
    assert (found.code, found.severity) == ("POL401", Severity.WARNING)


def test_nothing_is_found_where_there_is_no_codec() -> None:
    assert Sockets().flaws(object) == ()
