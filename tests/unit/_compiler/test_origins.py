"""Origins: the files that a plan came from, or none if another process could not find it again."""

import sys
from pathlib import Path
from types import ModuleType

import pytest

from polaris import Workflow
from polaris._compiler.compile import compile_workflow
from tests.unit._compiler.modules import HEADER, Write, workflow_of

MAKE = "@builder\ndef make(a: A) -> B: ...\n"
FLOW = 'flow = Workflow("flow", target=B)\n'


def sources(module: ModuleType) -> list[str]:
    return [Path(file).name for file in compile_workflow(workflow_of(module)).sources]


def test_a_plan_of_one_file_comes_from_that_file(write: Write) -> None:
    module = write(HEADER + MAKE + FLOW)
    assert compile_workflow(workflow_of(module)).sources == (module.__file__,)


def test_builders_types_fields_and_bases_bring_their_files(write: Write) -> None:
    write("class Root:\n    x: int\n", "roots")
    write("from dataclasses import dataclass\nimport roots\n@dataclass\nclass Field(roots.Root): ...\n", "fields")
    write("from dataclasses import dataclass\nimport fields\n@dataclass\nclass Item:\n    f: fields.Field\n", "items")
    write(HEADER + "import items\n@builder\ndef make(a: list[items.Item]) -> B: ...\n", "builders")
    write("class Service: ...\n", "services")
    text = "import builders, services\nclass End: ...\n@builder\n"
    text += "def end(b: builders.B, s: Resource[services.Service]) -> End: ...\n"
    module = write(HEADER + text + "flow = Workflow('flow', target=End, builders=[builders, end])\n")
    assert sources(module) == ["builders.py", "fields.py", "items.py", "roots.py", "services.py", "written.py"]


def test_a_wrapper_brings_its_file(write: Write) -> None:
    text = "from functools import wraps\n"
    text += "def logged(f):\n    @wraps(f)\n    def w(*a):\n        return f(*a)\n    return w\n"
    write(text, "wrappers")
    module = write(HEADER + "from wrappers import logged\n@logged\n" + MAKE + FLOW)
    assert sources(module) == ["wrappers.py", "written.py"]


def test_the_standard_library_and_what_is_installed_bring_none(write: Write) -> None:
    text = "import decimal, msgspec\nclass S(msgspec.Struct):\n    d: decimal.Decimal\n"
    text += "@builder\ndef make(s: S, d: decimal.Decimal) -> B: ...\n"
    assert sources(write(HEADER + text + FLOW)) == ["written.py"]


@pytest.mark.parametrize(
    "text",
    [
        "def local():\n    class A: ...\n    @builder\n    def make(a: A) -> B: ...\n    return make\nmake = local()\n",
        MAKE + "N = NewType('M', int)\n@builder\ndef more(n: N, b: B) -> C: ...\ndel N\n" + FLOW.replace("B)", "C)"),
        "def local():\n    class E(Exception): ...\n    return E\n@builder(retry=Retry(on=local()))\n" + MAKE[9:],
        "class S: ...\nS_ = S\nclass S: ...\n@builder\ndef make(a: A, s: Resource[S_]) -> B: ...\ndel S_\n",
        "exec('@builder\\ndef make(a: A) -> B: ...')\n",
    ],
    ids=["type", "NewType", "exception", "resource", "exec"],
)
def test_what_cannot_be_found_by_name_or_has_no_file_is_not_kept(text: str, write: Write) -> None:
    module = write(HEADER + text + (FLOW if "flow" not in text else ""))
    assert sources(module) == []


def test_a_builder_made_by_a_factory_is_found_under_the_name_it_was_given(write: Write) -> None:
    text = "def factory():\n    @builder\n    def make(a: A) -> B: ...\n    return make\nfound = factory()\n"
    compiled = compile_workflow(workflow_of(write(HEADER + text + FLOW)))
    assert compiled.plan.steps[0].function == ":found"
    assert compiled.cacheable


@pytest.mark.parametrize("names", [{"__name__": "__main__"}, {"__name__": "nowhere"}])
def test_what_was_executed_without_a_file_is_not_kept(names: dict[str, object]) -> None:
    exec(HEADER + MAKE + FLOW, names)
    workflow = names["flow"]
    assert isinstance(workflow, Workflow)
    assert compile_workflow(workflow).sources == ()


def test_a_module_that_is_forgotten_is_not_kept(write: Write) -> None:
    write("class Gone: ...\n", "gone")
    text = "import gone\n@builder\ndef make(g: list[gone.Gone]) -> B: ...\n"
    module = write(HEADER + text + FLOW)
    del sys.modules["gone"]
    assert sources(module) == []
