"""Whatever a user writes, the compiler gives a plan or says what is wrong and where: it never crashes or hangs."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from uuid import uuid4

import pytest
from hypothesis import given

from polaris import compile_plan
from polaris._cache.format import decode_plan, encode_plan, is_whole
from polaris._compiler.compile import compile_workflow
from polaris._model.diagnostic import Diagnostic, Place, Severity
from polaris._model.plan import Plan
from polaris.errors import CompileError
from tests.helpers.modules import Module, modules
from tests.helpers.profiles import MANY
from tests.unit._compiler.modules import workflow_of, writing

SECONDS = 20
"""After which a compilation of a module of this size hangs, on any machine."""


class Hangs(BaseException):
    """Nobody who catches every exception catches this one."""


@contextmanager
def no_hanging() -> Iterator[None]:
    """Stop what takes too long, where the platform can."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def stop(*_: object) -> None:
        raise Hangs

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(SECONDS)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("modules")


@contextmanager
def imported(module: Module, folder: Path) -> Iterator[ModuleType]:
    """Import a module under a name that was never used before: the interpreter remembers files and lines by name."""
    with writing(folder) as write:
        yield write(module.text, f"fuzzed_{uuid4().hex}")


def diagnostics(error: CompileError) -> Sequence[Diagnostic]:
    found = [each for each in error.diagnostics if isinstance(each, Diagnostic)]
    assert len(found) == len(error.diagnostics) > 0
    return found


def is_in_file(place: Place | None, module: ModuleType, lines: Sequence[str]) -> bool:
    """Say whether a place is a line of the module, as it stands there, with carets under something in it."""
    assert place is not None
    assert place.file == module.__file__
    assert place.source == lines[place.line - 1], place
    return 1 <= place.line <= len(lines) and 1 <= place.column < place.end_column <= len(place.source) + 1


def must_be_told_well(found: Sequence[Diagnostic], module: ModuleType, text: str) -> None:
    lines = text.split("\n")
    for each in found:
        assert is_in_file(each.place, module, lines)
        assert all(is_in_file(related.place, module, lines) for related in each.related)
        assert each.message
        assert each.hint
    assert list(found) == sorted(found, key=lambda each: (each.place.line, each.place.column) if each.place else (0, 0))


@MANY
@given(modules())
def test_any_module_becomes_a_plan_or_errors_at_lines_of_its_file(folder: Path, module: Module) -> None:
    with imported(module, folder) as there:
        flow = workflow_of(there)
        try:
            with no_hanging():
                found = compile_workflow(flow)
        except CompileError as error:
            must_be_told_well(diagnostics(error), there, module.text)
            assert all(each.severity is Severity.ERROR for each in diagnostics(error))
            assert str(error)
        else:
            must_be_told_well(found.warnings, there, module.text)
            assert is_whole(found.plan)
            assert decode_plan(encode_plan(found.plan)) == found.plan
            assert set(found.functions) == {step.name for step in found.plan.steps}


def told(compile_it: Callable[[], Plan]) -> str:
    """Give the plan as text, or what is wrong; where something of a hint is shown, its address is left out."""
    try:
        return encode_plan(compile_it()).decode()
    except CompileError as error:
        return ADDRESS.sub("", repr(error.diagnostics))


ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


@MANY
@given(modules())
def test_any_module_gives_the_same_however_it_is_asked_thoroughly_or_by_way_of_the_cache(
    folder: Path, module: Module
) -> None:
    with imported(module, folder) as there, no_hanging():
        flow = workflow_of(there)
        expected = told(lambda: compile_workflow(flow).plan)
        assert told(lambda: compile_workflow(flow, thorough=True).plan) == expected
        assert told(lambda: compile_plan(flow)) == expected
