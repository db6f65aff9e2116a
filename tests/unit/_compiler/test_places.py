"""Where in the user's source a fault is."""

import functools
from pathlib import Path
from typing import Any

import pytest

from polaris import Workflow
from polaris._compiler.codes import NO_HINT, UNUSED
from polaris._compiler.faults import RETURN, Anchor, fault
from polaris._compiler.places import diagnostics_of, place_of
from polaris._model.diagnostic import Place
from tests.unit._compiler.modules import FUTURE, HEADER, Spot, Write, read, workflow_of


def spot(place: Place | None) -> Spot:
    assert place is not None
    return Spot(place.line, place.column, place.end_column, place.source)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("def ⟦make⟧(a: A) -> B: ...", ""),
        ("async def ⟦f⟧(a: A) -> B: ...", ""),
        ("async   def   ⟦make⟧(a: A) -> B: ...", ""),
        ("def ⟦de⟧(a: A) -> B: ...", ""),
        ("def ⟦größe⟧(a: A) -> B: ...", ""),
        ("@builder(name='x',\n    once=True)\ndef ⟦make⟧(a: A) -> B: ...", ""),
        ("⟦def \\⟧\n    make(a: A) -> B: ...", ""),
        ("def make(⟦a: A⟧, b: B) -> B: ...", "a"),
        ("def make(a: A, /, ⟦b: B⟧) -> B: ...", "b"),
        ("def make(⟦a: A⟧, /, b: B) -> B: ...", "a"),
        ("def make(a: A, *⟦b: B⟧) -> B: ...", "b"),
        ("def make(a: A, *, ⟦b: B⟧ = 1) -> B: ...", "b"),
        ("def make(a: A, **⟦b: B⟧) -> B: ...", "b"),
        ("def make(a: A) -> ⟦B | None⟧: ...", RETURN),
        ("def ⟦make⟧(a: A): ...", RETURN),
        ("def ⟦make⟧(a: A) -> B: ...", "gone"),
        ("def make(\n    ⟦a: A⟧,\n) -> B: ...", "a"),
        ("def make(\n    ⟦a: dict[⟧\n        A, B\n    ],\n) -> B: ...", "a"),
        ("def make(ä: A, ⟦ö: 'Ü'⟧) -> B: ...", "ö"),
    ],
)
def test_a_part_of_a_function_is_found(text: str, part: str, write: Write) -> None:
    source = read(FUTURE + HEADER + text)
    module = write(source.plain)
    function = next(
        each
        for name, each in vars(module).items()
        if getattr(each, "__module__", "") == "written" and name not in "ABCDE"
    )
    place = place_of(Anchor(thing=function, part=part))
    assert spot(place) == source.spots[0]
    assert place is not None
    assert place.file == module.__file__


def test_a_wrapped_function_is_found_where_it_was_written() -> None:
    def plain(a: int) -> None: ...

    @functools.wraps(plain)
    def wrapper(*given: Any) -> None: ...  # noqa: ANN401

    assert place_of(Anchor(thing=wrapper, part="a")) == place_of(Anchor(thing=plain, part="a"))


def test_a_lambda_has_a_line(write: Write) -> None:
    module = write("f = lambda x: x\n")
    assert spot(place_of(Anchor(thing=module.f))) == Spot(1, 1, 1, "f = lambda x: x")


def test_a_function_without_a_source_has_a_line_all_the_same() -> None:
    names: dict[str, Any] = {}
    exec(compile("\n\ndef make(x): ...\n", "<cell 3>", "exec"), names)
    assert place_of(Anchor(thing=names["make"], part="x")) == Place(file="<cell 3>", line=3)


def test_what_is_no_function_has_no_place() -> None:
    assert place_of(Anchor(thing=print)) is None


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("flow = Workflow('flow', ⟦target=A⟧, inputs=[B])", "target"),
        ("flow = Workflow('flow', target=A, ⟦inputs=[B]⟧)", "inputs"),
        ("flow = ⟦Workflow⟧('flow', target=A)", "inputs"),
        ("flow = ⟦Workflow⟧(name='flow', target=A)", ""),
        ("flow = Workflow(\n    'flow',\n    ⟦target=tuple[⟧\n        A,\n        B,\n    ],\n)", "target"),
        ("ä, flow = 1, Workflow('flow', ⟦target=A⟧)", "target"),
    ],
)
def test_an_argument_of_a_workflow_is_found(text: str, part: str, write: Write) -> None:
    source = read(HEADER + text)
    place = place_of(Anchor(thing=workflow_of(write(source.plain)), part=part))
    assert spot(place) == source.spots[0]


def test_a_workflow_whose_call_cannot_be_found_has_its_file(write: Write) -> None:
    module = write(HEADER + "name = 'flow'\nflow = Workflow(name, target=A)\n")
    assert place_of(Anchor(thing=workflow_of(module))) == Place(file=str(module.__file__), line=0)


def test_a_workflow_in_no_file_has_no_place() -> None:
    names: dict[str, Any] = {}
    exec(HEADER + "flow = Workflow('flow', target=A)\n", names)
    workflow = names["flow"]
    assert isinstance(workflow, Workflow)
    assert place_of(Anchor(thing=workflow)) is None


def test_a_source_that_was_changed_meanwhile_gives_the_line_that_is_there_now(write: Write, tmp_path: Path) -> None:
    module = write("def make(x): ...\n")
    (tmp_path / "written.py").write_text("# nothing here any more\n", encoding="utf-8")
    assert spot(place_of(Anchor(thing=module.make))) == Spot(1, 1, 1, "# nothing here any more")


def test_diagnostics_are_sorted_by_place_and_those_without_one_come_last(write: Write) -> None:
    module = write("def one(x, y): ...\ndef two(): ...\n")
    words = {"parameter": "x", "builder": "`b`", "target": "T", "product": "P"}
    anchors = [
        Anchor(thing=print),
        Anchor(thing=module.two),
        Anchor(thing=module.one, part="y"),
        Anchor(thing=module.one, part="x"),
    ]
    there = ("there", Anchor(thing=module.two)), ("nowhere", Anchor(thing=print))
    faults = [fault(NO_HINT, at, *there, **words) for at in anchors]
    faults.insert(1, fault(UNUSED, Anchor(thing=module.two), **words))
    found = diagnostics_of(faults)
    places = [(each.place.line, each.place.column) if each.place else None for each in found]
    assert places == [(1, 9), (1, 12), (2, 5), (2, 5), None]
    assert [each.code for each in found] == ["POL101", "POL101", "POL101", "POL301", "POL101"]
    assert [related.message for related in found[0].related] == ["there"]


def test_a_field_of_a_class_is_found(write: Write) -> None:
    source = read(
        FUTURE + HEADER + "class Order:\n    'Has a field.'\n    number: int\n    ⟦pay: 'Card | Upi' = None⟧\n"
    )
    module = write(source.plain)
    assert spot(place_of(Anchor(thing=module.Order, part="pay"))) == source.spots[0]


def test_a_field_that_stands_in_no_source_has_no_place(write: Write) -> None:
    made = type("Order", (), {"__module__": "gone"})
    assert place_of(Anchor(thing=made, part="pay")) is None
    assert place_of(Anchor(thing=int, part="real")) is None
    assert place_of(Anchor(thing=write(HEADER).A, part="pay")) is None
