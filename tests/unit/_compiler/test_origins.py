"""The first-party files that a plan came from, if every part of it can be found there again."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from polaris import Workflow
from polaris._compiler.compile import compile_workflow
from tests.unit._compiler.modules import FUTURE, HEADER, Write, workflow_of

BUILDERS = """
@builder
def make(a: A) -> B: ...
"""
FLOW = "flow = Workflow('flow', target=B)\n"


def sources(module: ModuleType) -> list[str]:
    """Give the names of the files that the plan of a module was made from."""
    found = compile_workflow(workflow_of(module))
    assert found.cacheable == bool(found.sources)
    assert all(Path(path).is_absolute() for path in found.sources)
    return [Path(path).name for path in found.sources]


def test_a_workflow_comes_from_its_own_file(write: Write) -> None:
    assert sources(write(HEADER + BUILDERS + FLOW)) == ["written.py"]


def test_a_workflow_comes_from_the_files_of_its_builders_and_types(write: Write) -> None:
    write(HEADER, "types_there")
    write("from types_there import *\n" + BUILDERS.replace("@builder", ""), "builders_there")
    text = "from polaris import Workflow\nimport builders_there\nfrom types_there import B\n"
    flow = "flow = Workflow('flow', target=B, builders=[builders_there.make])\n"
    assert sources(write(text + flow)) == ["builders_there.py", "types_there.py", "written.py"]


def test_a_class_comes_from_the_files_of_its_bases_and_of_its_fields(write: Write) -> None:
    write("class Base: ...\n", "bases")
    write("class Part: ...\n", "parts")
    text = "import bases, parts\n@dataclass\nclass A(bases.Base):\n    part: parts.Part\n"
    assert sources(write(HEADER + text + BUILDERS + FLOW)) == ["bases.py", "parts.py", "written.py"]


def test_a_wrapped_builder_comes_from_the_files_of_all_its_wrappers(write: Write) -> None:
    wrapper = """
import functools
def noisy(function):
    @functools.wraps(function)
    def call(*given):
        return function(*given)
    return call
"""
    write(wrapper, "wrapper")
    text = "from wrapper import noisy\n@noisy\n@builder\ndef make(a: A) -> B: ...\n"
    assert sources(write(HEADER + text + FLOW)) == ["wrapper.py", "written.py"]


@pytest.mark.parametrize("first_line", [FUTURE, ""], ids=["text", "live"])
def test_an_alias_comes_from_the_file_where_it_was_made_however_it_was_imported(write: Write, first_line: str) -> None:
    write(HEADER, "data")
    write("from data import A, C\nEither = A | C\n", "aliases")
    write("from aliases import Either as Passed\n", "passing")
    text = "from passing import Passed\n@builder\ndef make(x: Passed) -> B: ...\n"
    assert sources(write(first_line + HEADER + text + FLOW)) == ["aliases.py", "data.py", "passing.py", "written.py"]


def test_a_module_that_was_imported_counts_and_one_that_holds_only_classes_and_functions_does_not(
    write: Write,
) -> None:
    write("LIMIT = 3\n", "settings")
    write("class Unused: ...\ndef helper(): ...\n", "helpers")
    text = "import settings\nfrom helpers import Unused, helper\n"
    assert sources(write(HEADER + text + BUILDERS + FLOW)) == ["settings.py", "written.py"]


def test_relative_imports_are_followed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    package = tmp_path / "shop_of_origins"
    package.mkdir()
    (package / "__init__.py").write_text("", encoding="utf-8")
    (package / "aliases.py").write_text("Many = list[int]\n", encoding="utf-8")
    (package / "settings.py").write_text("", encoding="utf-8")
    text = "from .aliases import Many\nfrom . import settings\n@builder\ndef make(x: Many) -> B: ...\n"
    (package / "flow.py").write_text(HEADER + text + FLOW, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    try:
        from shop_of_origins import flow  # type: ignore[import-not-found] # pyright: ignore[reportMissingImports]

        assert sources(flow) == ["aliases.py", "flow.py", "settings.py"]
    finally:
        for name in [name for name in sys.modules if name.startswith("shop_of_origins")]:
            del sys.modules[name]


def test_what_was_installed_and_what_is_of_python_does_not_count(write: Write) -> None:
    text = "import msgspec, decimal\nclass A(msgspec.Struct):\n    price: decimal.Decimal\n"
    assert sources(write(HEADER + text + BUILDERS + FLOW)) == ["written.py"]


def test_an_import_for_type_checkers_of_what_is_not_there_is_no_hindrance(write: Write) -> None:
    text = "if TYPE_CHECKING:\n    from gone import Nothing\n    import gone_too\n"
    assert sources(write(HEADER + text + BUILDERS + FLOW)) == ["written.py"]


def test_what_is_local_to_a_function_cannot_be_found_again(write: Write) -> None:
    text = "def made():\n    class A: ...\n    return A\nA2 = made()\ndel made\n"
    assert sources(write(HEADER + text + "@builder\ndef make(a: A2) -> B: ...\ndel A2\n" + FLOW)) == []


def test_an_exception_that_is_tried_again_must_be_found_too(write: Write) -> None:
    text = "class Refused(Exception): ...\n@builder(retry=Retry(on=Refused))\ndef make(a: A) -> B: ...\n"
    assert sources(write(HEADER + text + FLOW)) == ["written.py"]
    assert sources(write(HEADER + text + FLOW + "del Refused\n")) == []


def test_a_resource_must_be_found_too(write: Write) -> None:
    text = "class Store: ...\n@builder\ndef make(a: A, store: Resource[Store]) -> B: ...\n"
    assert sources(write(HEADER + text + FLOW)) == ["written.py"]
    assert sources(write(HEADER + text + FLOW + "del Store\n")) == []


def test_a_program_has_no_name_to_import_it_by(write: Write) -> None:
    names: dict[str, Any] = {"__name__": "__main__", "__file__": write("").__file__}
    exec(HEADER + BUILDERS + FLOW, names)
    flow = names["flow"]
    assert isinstance(flow, Workflow)
    assert compile_workflow(flow).sources == ()


def test_a_module_that_came_from_no_file_cannot_be_read_again(write: Write) -> None:
    names: dict[str, Any] = {"__name__": "written", "__file__": None}
    exec(HEADER + BUILDERS + FLOW, names)
    flow = names["flow"]
    assert isinstance(flow, Workflow)
    assert compile_workflow(flow).sources == ()


def test_a_builder_that_was_made_by_exec_cannot_be_read_again(write: Write) -> None:
    text = "exec('@builder\\ndef make(a: A) -> B: ...')\n"
    assert sources(write(HEADER + text + FLOW)) == []


def test_a_type_of_a_module_that_is_forgotten_cannot_be_read_again(write: Write) -> None:
    write("class Gone: ...\n", "gone")
    module = write(HEADER + "import gone\n@builder\ndef make(a: list[gone.Gone]) -> B: ...\n" + FLOW)
    del sys.modules["gone"]
    assert sources(module) == []


def test_a_newtype_that_is_deleted_cannot_be_found_again(write: Write) -> None:
    text = "Number = NewType('Number', int)\n@builder\ndef make(a: Number) -> B: ...\n"
    assert sources(write(HEADER + text + FLOW)) == ["written.py"]
    assert sources(write(HEADER + text + FLOW + "del Number\n")) == []


def test_a_builder_from_a_factory_is_found_again_but_may_be_another_one_then(write: Write) -> None:
    text = "def factory():\n    @builder\n    def make(a: A) -> B: ...\n    return make\nfound = factory()\n"
    module = write(HEADER + text + FLOW)
    assert compile_workflow(workflow_of(module)).plan.steps[0].function == ":found"
    assert sources(module) == []


@pytest.mark.parametrize("first_line", [FUTURE, ""], ids=["text", "live"])
def test_a_class_that_was_passed_on_comes_from_all_files_that_decide_which_it_is(write: Write, first_line: str) -> None:
    write("class Money: ...\n", "data")
    write("from data import Money\n", "passing")
    text = "from passing import Money\n@builder\ndef make(x: Money) -> B: ...\n"
    assert sources(write(first_line + HEADER + text + FLOW)) == ["data.py", "passing.py", "written.py"]


def test_an_import_that_python_itself_does_not_understand_is_no_hindrance(write: Write) -> None:
    text = "try:\n    from . import data\nexcept ImportError:\n    data = None\n"
    assert sources(write(HEADER + text + BUILDERS + FLOW)) == ["written.py"]


def test_what_more_than_files_decides_must_not_be_kept(write: Write) -> None:
    text = "import os\nEither = A if 'NEW' in os.environ else C\n@builder\ndef make(x: Either) -> B: ...\n"
    assert sources(write(HEADER + text + FLOW)) == []
