import runpy
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import polaris
from polaris.testing import check_workflow

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

from hello import Greeting, Name, greet, hello  # noqa: E402 - the example lies beside its test


def test_a_builder_is_tested_by_calling_it() -> None:
    assert greet(Name("Ada")) == Greeting("Hello Ada")


@given(st.text())
def test_the_workflow_shouts_whatever_it_is_told(text: str) -> None:
    assert polaris.run(hello, Name(text)).result.text == f"HELLO {text.upper()}!"


def test_nothing_about_the_workflow_depends_on_order_or_pauses() -> None:
    check_workflow(hello)


def test_the_program_prints_its_greeting(capsys: pytest.CaptureFixture[str]) -> None:
    runpy.run_path(str(HERE / "hello.py"), run_name="__main__")
    assert capsys.readouterr().out == "HELLO ADA!\n"
