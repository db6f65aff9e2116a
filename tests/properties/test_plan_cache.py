"""Whatever is edited, and wherever it runs: what the plan cache gives is what a compilation gives."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from polaris import compile_plan
from polaris._cache import disk
from polaris._cache.disk import DiskCache
from polaris._cache.format import encode_plan
from polaris._compiler.compile import compile_workflow
from polaris._model.plan import Plan
from polaris.errors import CompileError
from tests.helpers.profiles import MANY
from tests.helpers.projects import Desk, Edit, edits, import_again, project_in
from tests.unit._compiler.modules import workflow_of

ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")


@pytest.fixture(autouse=True, scope="module")
def old_files() -> Iterator[None]:
    """Have every file be older than the process, as when a user starts a program that was edited before."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(disk, "_loaded_at", lambda: 2.0**40)
        yield


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Desk]:
    with project_in(tmp_path) as desk:
        yield desk


def told(compile_it: Callable[[], Plan]) -> str:
    """Give the plan as text, or what is wrong; where something of a hint is shown, its address is left out."""
    try:
        return encode_plan(compile_it()).decode()
    except CompileError as error:
        return ADDRESS.sub("", repr(error.diagnostics))


def must_be_the_same() -> None:
    """Import the project as another process would, and compile it by way of the cache and without it."""
    try:
        flow = workflow_of(import_again())
    except Exception as error:  # noqa: BLE001 - Python itself does not take this project
        event(f"not imported: {type(error).__name__}")
        return
    was_kept = DiskCache().load(flow) is not None
    warm = told(lambda: compile_plan(flow))
    cold = told(lambda: compile_workflow(flow).plan)
    event("hit" if was_kept else "fault" if cold.startswith("(") else "miss")
    assert warm == cold


@MANY
@given(st.lists(edits(), max_size=6))
def test_after_any_edits_the_cache_gives_what_a_compilation_gives(steps: list[Edit]) -> None:
    with TemporaryDirectory() as name, project_in(Path(name)) as desk:
        must_be_the_same()
        for step in steps:
            desk.do(step)
            must_be_the_same()


def is_kept() -> bool:
    """Compile the project in one process, and say whether another one finds its plan."""
    compile_plan(workflow_of(import_again()))
    return DiskCache().load(workflow_of(import_again())) is not None


@pytest.mark.parametrize(
    "edit",
    [
        Edit("touch", 0, keeps_time=False),
        Edit("flip", 0, keeps_time=False),
        Edit("revert", 0, keeps_time=True),
    ],
    ids=["touched", "another environment", "reverted"],
)
def test_what_comes_to_the_same_is_a_hit(project: Desk, edit: Edit) -> None:
    assert is_kept()
    project.do(edit)
    assert DiskCache().load(workflow_of(import_again())) is not None


@pytest.mark.parametrize("module", [0, 2, 3], ids=["data", "terms", "flow"])
def test_a_comment_in_any_module_that_decides_is_a_miss(project: Desk, module: int) -> None:
    assert is_kept()
    project.do(Edit("comment", module, keeps_time=False))
    assert DiskCache().load(workflow_of(import_again())) is None
    assert is_kept()
