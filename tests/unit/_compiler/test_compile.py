"""The whole compiler: the same plan for the same meaning, and every fault at once."""

import gc
import os
import subprocess
import sys
from pathlib import Path
from random import Random
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polaris import Workflow
from polaris._cache.format import encode_plan
from polaris._compiler.compile import compile_workflow
from polaris._model.diagnostic import Diagnostic, Severity
from polaris._model.plan import Plan
from polaris.errors import CompileError, DeclarationError
from tests.helpers.plans import make, specs
from tests.helpers.reference import Spec
from tests.unit._compiler import goldens
from tests.unit._compiler.modules import FUTURE, HEADER, Write, faults_of, workflow_of

TYPES = """
@dataclass
class Ride:
    number: int
    tags: "list[Tag]"

class Tag(str): ...
class Store: ...
"""

BUILDERS = (
    """
@builder(once=True)
def make(ride: Ride, a: A, store: Resource[Store], d: D | None = None) -> B | E | None: ...
""",
    """
@builder(retry=Retry(on=(OSError, ValueError)))
def end(b: B, ctx: Context) -> C: ...
""",
    """
@builder
def learn(a: A | None = None, ride: Access[Ride] = None, c: Feedback[C] | None = None) -> D: ...
""",
)

FLOW = "flow = Workflow('flow', target=C | E, inputs=[Ride, A], transients=[A], renamed={'Old': D, 'Older': C})\n"
TEXT = HEADER + TYPES + "".join(BUILDERS) + FLOW


def plan_of(module: ModuleType) -> Plan:
    return compile_workflow(workflow_of(module)).plan


# --- what comes out --------------------------------------------------------------------------------------------------


def test_a_workflow_becomes_a_plan_with_its_functions_and_types(write: Write) -> None:
    module = write(TEXT)
    found = compile_workflow(workflow_of(module))
    assert found.plan.workflow == "flow"
    assert found.functions == {name: getattr(module, name) for name in ("make", "end", "learn")}
    assert found.types == {name: getattr(module, name) for name in ("A", "B", "C", "D", "E", "Ride", "Store")}
    assert found.warnings == ()
    assert found.cacheable


def test_only_builders_on_the_way_to_the_target_are_in_the_plan_and_the_others_are_told(write: Write) -> None:
    found = compile_workflow(workflow_of(write(TEXT.replace("target=C | E", "target=D"))))
    assert set(found.functions) == {"end", "learn", "make"}
    found = compile_workflow(
        workflow_of(write(HEADER + TYPES + "".join(BUILDERS[:2]) + "flow = Workflow('flow', target=B)"))
    )
    assert set(found.functions) == {"make"}
    assert [(each.code, each.severity) for each in found.warnings] == [("POL301", Severity.WARNING)]


def test_an_input_that_is_declared_is_a_key_though_nobody_reads_it(write: Write) -> None:
    text = HEADER + "@builder\ndef make(a: A) -> B: ...\nflow = Workflow('flow', target=B, inputs=[A, C])\n"
    assert [info.name for info in plan_of(write(text)).keys] == ["A", "B", "C"]


def test_something_else_than_a_function_cannot_be_compiled() -> None:
    with pytest.raises(DeclarationError):
        compile_workflow(Workflow("flow", target=Path, builders=[Path]))


# --- every fault at once ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(goldens.TEXTS))
def test_errors_read_as_recorded(name: str) -> None:
    recorded = (goldens.FOLDER / f"{name}.txt").read_text(encoding="utf-8")
    assert goldens.errors()[f"{name}.txt"] == recorded


def test_every_recorded_error_has_its_text() -> None:
    assert {path.stem for path in goldens.FOLDER.glob("*.txt")} == set(goldens.TEXTS)


def test_faults_of_signatures_graph_and_workflow_are_told_together_sorted_by_place(write: Write) -> None:
    text = """
@builder
def one(a: str, c: C) -> B: ...
@builder
def two(b: B) -> C: ...
flow = Workflow("flow", target=C | int, transients=[C])
"""
    with pytest.raises(CompileError, match="workflow 'flow' has 4 faults") as caught:
        compile_workflow(workflow_of(write(HEADER + text)))
    found = [each for each in caught.value.diagnostics if isinstance(each, Diagnostic)]
    assert [each.code for each in found] == ["POL103", "POL203", "POL212", "POL213"]
    places = [each.place for each in found if each.place]
    assert places == sorted(places)


def test_warnings_do_not_stop_the_compiler_and_are_not_told_with_errors(write: Write) -> None:
    text = """
@builder
def one(a: A) -> B: ...
@builder
def two(a: A) -> C: ...
flow = Workflow("flow", target=B, inputs=[])
"""
    assert [each.code for each in faults_of(workflow_of(write(HEADER + text)))] == ["POL210"]


# --- the same plan for the same meaning ------------------------------------------------------------------------------


def test_hints_as_text_give_the_same_plan(write: Write) -> None:
    assert plan_of(write(FUTURE + TEXT)) == plan_of(write(TEXT))


@pytest.mark.parametrize("seed", range(6))
def test_the_order_of_builders_and_comments_do_not_change_a_byte(seed: int, write: Write) -> None:
    expected = encode_plan(plan_of(write(TEXT)))
    builders = Random(seed).sample(BUILDERS, len(BUILDERS))
    text = HEADER + TYPES + "# a comment\n".join(["", *builders]) + "\n\n" + FLOW
    assert encode_plan(plan_of(write(text))) == expected


@given(specs(), st.randoms(use_true_random=False))
def test_any_plan_is_the_same_whatever_the_order_of_its_builders(spec: Spec, random: Random) -> None:
    made = make(spec).workflow
    assert made.builders is not None
    builders = list(made.builders)
    random.shuffle(builders)
    other: Workflow[object] = Workflow(
        made.name, target=made.target, builders=builders, transients=made.transients, max_passes=made.max_passes
    )
    assert encode_plan(compile_workflow(other).plan) == encode_plan(compile_workflow(made).plan)


def test_a_module_can_move_without_changing_a_byte(write: Write) -> None:
    assert encode_plan(plan_of(write(TEXT, "moved"))) == encode_plan(plan_of(write(TEXT)))


def test_types_and_builders_can_move_to_other_modules_without_changing_the_fingerprint(write: Write) -> None:
    expected = plan_of(write(TEXT)).fingerprint
    write(HEADER + TYPES, "data")
    write("from data import *\nfrom data import Tag\n" + BUILDERS[0], "builders")
    text = "from data import *\nfrom builders import make\n" + "".join(BUILDERS[1:]) + FLOW
    found = compile_workflow(workflow_of(write(text, "flows")))
    assert found.plan.fingerprint == expected
    assert {step.name: step.function for step in found.plan.steps}["make"] == "builders:make"


PROGRAM = """
import sys
from importlib import import_module
sys.path.insert(0, sys.argv[1])
for name in sys.argv[2:]:
    import_module(name)
from rides import flow
from polaris._cache.format import encode_plan
from polaris._compiler.compile import compile_workflow
sys.stdout.buffer.write(encode_plan(compile_workflow(flow).plan))
"""


def test_neither_hash_seed_nor_import_order_changes_a_byte(tmp_path: Path) -> None:
    (tmp_path / "data.py").write_text(HEADER + TYPES, encoding="utf-8")
    (tmp_path / "builders.py").write_text("from data import *\n" + "".join(BUILDERS), encoding="utf-8")
    (tmp_path / "rides.py").write_text("from data import *\nfrom builders import *\n" + FLOW, encoding="utf-8")
    found = {
        subprocess.run(
            [sys.executable, "-c", PROGRAM, str(tmp_path), *order],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
        ).stdout
        for seed, order in (("0", []), ("1", ["data"]), ("2", ["builders", "data"]), ("4711", ["rides"]))
    }
    assert len(found) == 1


@pytest.mark.parametrize("is_on", [True, False])
def test_the_garbage_collector_is_left_as_it_was(write: Write, *, is_on: bool) -> None:
    flow = workflow_of(write(TEXT))
    was_on = gc.isenabled()
    (gc.enable if is_on else gc.disable)()
    try:
        compile_workflow(flow)
        assert gc.isenabled() is is_on
    finally:
        (gc.enable if was_on else gc.disable)()


def test_a_program_gives_the_plan_that_the_module_gives(tmp_path: Path, write: Write) -> None:
    program = TEXT + (
        "from polaris._cache.format import encode_plan\n"
        "from polaris._compiler.compile import compile_workflow\n"
        "import sys\n"
        "if __name__ == '__main__':\n"
        "    sys.stdout.buffer.write(encode_plan(compile_workflow(flow).plan))\n"
    )
    expected = encode_plan(plan_of(write(program, "rides")))
    for arguments in (["rides.py"], ["-m", "rides"]):
        found = subprocess.run([sys.executable, *arguments], cwd=tmp_path, capture_output=True, check=True).stdout
        assert found == expected
        assert b"__main__" not in found


@pytest.mark.parametrize("frozen", [0, 1])
def test_what_somebody_put_aside_from_the_collector_stays_there(
    frozen: int, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    freed: list[int] = []
    monkeypatch.setattr(gc, "get_freeze_count", lambda: frozen)
    monkeypatch.setattr(gc, "unfreeze", lambda: freed.append(1))
    monkeypatch.setattr(gc, "freeze", lambda: None)
    plan_of(write(TEXT))
    assert len(freed) == 1 - frozen
