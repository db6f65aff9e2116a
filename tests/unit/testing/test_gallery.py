"""Every wrong workflow of the gallery is found, and the right one beside it passes."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from polaris.errors import StepError
from polaris.testing import check_workflow

pytestmark = pytest.mark.usefixtures("same_each_time")

GALLERY = Path(__file__).parent / "gallery"
CASES = sorted(file.stem for file in GALLERY.glob("*.py") if file.stem != "nouns")


def case(name: str) -> ModuleType:
    return import_module(f"tests.unit.testing.gallery.{name}")


@pytest.mark.parametrize("name", CASES)
def test_what_is_wrong_is_found(name: str) -> None:
    module = case(name)
    with pytest.raises((AssertionError, StepError)) as caught:
        getattr(module, "HOLDS", check_workflow)(module.wrong, **getattr(module, "OPTIONS", {}))
    said = str(caught.value)
    assert module.FOUND in said
    assert said.count("engine.run(") <= 6, "the deliveries are few"


@pytest.mark.parametrize("name", CASES)
def test_what_is_right_passes(name: str) -> None:
    module = case(name)
    getattr(module, "HOLDS", check_workflow)(module.right, **getattr(module, "OPTIONS", {}))


def test_the_table_in_the_documents_is_that_of_the_gallery() -> None:
    page = Path(__file__).parents[3] / "docs/how-to/test-a-workflow.md"
    rows = [f"| {case(name).__doc__} | `{name}` |" for name in CASES]
    assert [line for line in page.read_text(encoding="utf-8").splitlines() if line.endswith("` |")] == rows


def test_there_are_enough_of_them() -> None:
    assert len(CASES) >= 15
