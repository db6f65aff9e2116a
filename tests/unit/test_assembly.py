from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

import polaris
from polaris import Plan, Workflow, builder
from polaris._cache import disk
from polaris._cache.disk import DiskCache
from polaris._model.keys import TypeForm
from polaris.errors import CompileError, DeclarationError, PlanFormatError
from polaris.protocols import Flaw, sockets
from tests.unit._compiler.modules import HEADER, Write, import_file, workflow_of, writing


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    n: int


@builder
def plain(a: A) -> B:
    return B(a.n)


@builder
async def awaited(a: A) -> B:
    return B(a.n)


def flow_of(function: Callable[..., object]) -> Workflow[B]:
    return Workflow("flow", target=B, builders=[function])


def test_a_coroutine_function_cannot_be_run_from_a_synchronous_call() -> None:
    with pytest.raises(DeclarationError, match="coroutine function"):
        polaris.run(flow_of(awaited), A(1))


def test_two_workflows_of_one_name_are_refused() -> None:
    with pytest.raises(DeclarationError, match="one name"):
        polaris.open_engine("memory://", flow_of(plain), flow_of(plain))


def test_what_a_process_has_compiled_it_keeps() -> None:
    flow = flow_of(plain)
    assert polaris.compile_plan(flow) is polaris.compile_plan(flow)


# --- plans that were kept --------------------------------------------------------------------------------------------

LATER = 2.0**40
"""A moment long after these tests."""

SWITCHED = (
    "import os\n"
    + HEADER
    + """
if "NEW" in os.environ:
    class New: ...
    Thing = New
else:
    class Old: ...
    Thing = Old

@builder
def make(thing: Thing) -> C: ...

flow = Workflow("flow", target=C)
"""
)


@pytest.fixture
def write(tmp_path: Path) -> Iterator[Write]:
    with writing(tmp_path) as function:
        yield function


def test_a_plan_that_names_what_is_gone_is_compiled_again(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("polaris._assembly.DiskCache", partial(DiskCache, loaded_at=LATER))
    old = workflow_of(write(SWITCHED))
    plan = polaris.compile_plan(old)
    assert [key.name for key in plan.keys] == ["C", "Old"]
    DiskCache(loaded_at=LATER).save(old, plan, [str(tmp_path / "written.py")])  # which are not all that decides it
    monkeypatch.setenv("NEW", "1")
    new = workflow_of(import_file(tmp_path / "written.py", "written"))
    assert DiskCache(loaded_at=LATER).load(new) == plan
    assert [key.name for key in polaris.compile_plan(new).keys] == ["C", "New"]


LISTED = (
    HEADER
    + "def make(a: A) -> B: return B()\ndef other(a: A) -> B: ...\nflow = Workflow('flow', target=B, builders=[make])\n"
)


def test_a_kept_plan_that_names_a_function_which_is_no_builder_is_compiled_again(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("polaris._assembly.DiskCache", partial(DiskCache, loaded_at=LATER))
    module = write(LISTED)
    flow = workflow_of(module)
    plan = polaris.compile_plan(flow)
    (step,) = plan.steps
    for function in ("eval", ":other"):
        strange = replace(plan, steps=(replace(step, function=function),))
        DiskCache(loaded_at=LATER).save(flow, strange, [str(tmp_path / "written.py")])
        again = workflow_of(import_file(tmp_path / "written.py", "written"))
        assert DiskCache(loaded_at=LATER).load(again) == strange
        assert polaris.compile_plan(again) == plan
        assert DiskCache(loaded_at=LATER).load(again) == plan
    assert polaris.compile_plan(workflow_of(import_file(tmp_path / "written.py", "written"))) == plan


def test_a_kept_plan_is_read_when_somebody_looks_into_it(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("polaris._assembly.DiskCache", partial(DiskCache, loaded_at=LATER))
    plan = polaris.compile_plan(workflow_of(write(LISTED)))
    reads: list[Plan] = []

    def is_whole(plan: Plan) -> bool:
        reads.append(plan)
        return True

    monkeypatch.setattr(disk, "is_whole", is_whole)
    again = workflow_of(import_file(tmp_path / "written.py", "written"))
    kept = polaris.compile_plan(again)
    assert not reads
    assert kept == plan
    assert len(reads) == 1
    assert polaris.compile_plan(again) is kept
    assert polaris.run(again, again.namespace["A"]()).result.__class__ is again.namespace["B"]
    assert len(reads) == 1


def test_a_kept_plan_that_turns_out_to_be_damaged_is_compiled_again(
    write: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("polaris._assembly.DiskCache", partial(DiskCache, loaded_at=LATER))
    plan = polaris.compile_plan(workflow_of(write(LISTED)))
    again = workflow_of(import_file(tmp_path / "written.py", "written"))
    kept = polaris.compile_plan(again)
    with monkeypatch.context() as damaged:
        damaged.setattr(disk, "is_whole", lambda plan: False)
        assert kept == plan


def test_a_plan_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlanFormatError) as caught:
        Plan.load(tmp_path / "plan.lock")
    assert caught.value.where == str(tmp_path / "plan.lock")
    assert caught.value.why == "No such file or directory"
    assert isinstance(caught.value.__cause__, FileNotFoundError)


def test_a_folder_is_no_plan_file(tmp_path: Path) -> None:
    with pytest.raises(PlanFormatError) as caught:
        Plan.load(str(tmp_path))
    assert caught.value.where == str(tmp_path)
    assert isinstance(caught.value.__cause__, OSError)


def test_a_plan_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan = polaris.compile_plan(flow_of(plain))
    plan.save(tmp_path / "plan.lock")
    assert Plan.load(str(tmp_path / "plan.lock")) == plan


# --- data that cannot be stored --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Loose:
    anything: object


@dataclass(frozen=True)
class Noted:
    n: int
    note: str = field(default="", compare=False)


@builder
def loosen(a: A) -> Loose:
    return Loose(a.n)


@builder
def note(a: A) -> Noted:
    return Noted(a.n)


class Numbers:
    """A codec of a user's, who knows that there are only numbers."""

    def encode(self, value: object, form: TypeForm) -> str:
        (number,) = vars(value).values()
        return str(number)

    def decode(self, text: str, form: TypeForm) -> object:
        return form(int(text))


OPEN = [polaris.open_engine, polaris.open_async_engine]


@pytest.mark.parametrize("open_one", OPEN)
def test_an_engine_is_not_opened_for_data_that_cannot_be_stored(open_one: Callable[..., object]) -> None:
    flow = Workflow("flow", target=Loose, builders=[loosen])
    for _ in range(2):
        with pytest.raises(CompileError) as caught:
            open_one("memory://", flow)
        (found,) = caught.value.diagnostics
        assert (found.code, found.message.split(" does not")[0]) == ("POL401", "`Loose.anything: object`")


def test_a_codec_of_the_users_decides_for_itself() -> None:
    flow = Workflow("flow", target=Loose, builders=[loosen])
    with polaris.open_engine("memory://", flow, codec=Numbers()) as engine:
        assert engine.run(flow, "r", A(1)).result == Loose(1)


def test_what_is_never_stored_need_not_be_storable() -> None:
    flow = Workflow("flow", target=Loose, builders=[loosen])
    assert polaris.run(flow, A(1)).result == Loose(1)
    assert polaris.compile_plan(flow).target == ("Loose",)


def test_what_is_only_doubtful_stops_no_engine() -> None:
    flow = Workflow("flow", target=Noted, builders=[note])
    with polaris.open_engine("memory://", flow) as engine:
        assert engine.run(flow, "r", A(1)).result == Noted(1)


def test_a_plan_is_looked_through_once(monkeypatch: pytest.MonkeyPatch) -> None:
    flow = flow_of(plain)
    polaris.open_engine("memory://", flow).close()

    def refuse(_form: object) -> Sequence[Flaw]:
        raise AssertionError

    monkeypatch.setattr(sockets, "flaws", refuse)
    polaris.open_engine("memory://", flow).close()


# --- calls -----------------------------------------------------------------------------------------------------------

CELLS = """
from dataclasses import dataclass
from polaris import Workflow, builder

@dataclass(frozen=True)
class Start:
    n: int

@dataclass(frozen=True)
class End:
    n: int

@builder
def finish(start: Start) -> End:
    return End(start.n)

flow = Workflow("flow", target=End)
"""

AGAIN = """
@builder
def finish(start: Start) -> End:
    return End(start.n * 10)
"""


def test_a_builder_of_a_notebook_that_is_written_again_is_called_from_then_on() -> None:
    notebook: dict[str, Any] = {"__name__": "notebook"}
    exec(CELLS, notebook)
    flow, start = notebook["flow"], notebook["Start"]
    assert [polaris.run(flow, start(3)).result.n for _ in range(6)] == [3] * 6
    exec(AGAIN, notebook)
    assert [polaris.run(flow, start(3)).result.n for _ in range(6)] == [30] * 6


def test_a_coroutine_function_is_refused_every_time() -> None:
    flow = flow_of(awaited)
    for _ in range(6):
        with pytest.raises(DeclarationError, match="'awaited' is a coroutine function"):
            polaris.run(flow, A(1))
