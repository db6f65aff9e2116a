"""Small modules for the compiler's tests: written to a folder, imported, compiled."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from polaris._compiler.compile import compile_workflow
from polaris._model.diagnostic import Diagnostic
from polaris._model.workflow import Workflow
from polaris.errors import CompileError

FUTURE = "from __future__ import annotations\n"
TODAY = "# hints are evaluated where they stand\n"

HEADER = """\
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NewType, Protocol, TYPE_CHECKING, TypeVar
from polaris import Access, Context, Feedback, Resource, Retry, Take, Workflow, builder

class A: ...
class B: ...
class C: ...
class D: ...
class E: ...

"""

OPEN, CLOSE = "\u27e6", "\u27e7"
"""Brackets around the place of a fault in the text of a module."""

Write = Callable[..., ModuleType]
"""``write(text, name="rides")``: write a module and import it."""


class Spot(NamedTuple):
    """What the brackets in a text stand around."""

    line: int
    column: int
    end_column: int
    source: str


class Text(NamedTuple):
    """A text without its brackets, and where they stood."""

    plain: str
    spots: tuple[Spot, ...]


def read(text: str) -> Text:
    """Take the brackets out of a text."""
    lines: list[str] = []
    spots: list[Spot] = []
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw
        found: list[tuple[int, int]] = []
        while OPEN in line:
            start = line.index(OPEN)
            line = line.replace(OPEN, "", 1)
            end = line.index(CLOSE)
            line = line.replace(CLOSE, "", 1)
            found.append((start + 1, end + 1))
        spots.extend(Spot(number, start, end, line) for start, end in found)
        lines.append(line)
    return Text("\n".join(lines) + "\n", tuple(spots))


def import_file(path: Path, name: str) -> ModuleType:
    """Import a file under a name."""
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@contextmanager
def writing(folder: Path) -> Iterator[Write]:
    """Give a function that writes modules into a folder and imports them; afterwards they are forgotten."""

    def write(text: str, name: str = "written") -> ModuleType:
        path = folder / f"{name}.py"
        path.write_text(text, encoding="utf-8")
        return import_file(path, name)

    yield write
    for name, module in list(sys.modules.items()):
        if str(getattr(module, "__file__", "")).startswith(str(folder)):
            del sys.modules[name]


def workflow_of(module: ModuleType, name: str = "flow") -> Workflow[object]:
    """Give the workflow of a module."""
    workflow: object = getattr(module, name)
    assert isinstance(workflow, Workflow)
    return workflow


def faults_of(workflow: Workflow[object], *, thorough: bool = False, stored: bool = False) -> tuple[Diagnostic, ...]:
    """Give the errors in a workflow, or its warnings if there are none.

    What cannot be stored is given alone, or not at all: most classes here are empty, and would be among it.
    """
    try:
        found = compile_workflow(workflow, thorough=thorough).warnings
        return tuple(each for each in found if each.code.startswith("POL4") is stored)
    except CompileError as error:
        found = tuple(each for each in error.diagnostics if isinstance(each, Diagnostic))
        assert len(found) == len(error.diagnostics)
        return found


def spot_of(diagnostic: Diagnostic) -> Spot | None:
    """Give the place of a diagnostic without its file."""
    place = diagnostic.place
    return None if place is None else Spot(place.line, place.column, place.end_column, place.source)


def texts(diagnostics: tuple[Diagnostic, ...]) -> Mapping[str, str]:
    """Give the message of each diagnostic by its code."""
    return {each.code: each.message for each in diagnostics}
