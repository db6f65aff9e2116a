"""The door of the suite: what it needs is told when it is opened, and only then."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def python(program: str) -> str:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout


def test_without_pytest_the_extra_is_named() -> None:
    program = (
        "import sys; sys.modules['pytest'] = None\n"
        "import polaris.testing\n"
        "try: import polaris.testing.conformance\n"
        "except ImportError as error: print(error)\n"
    )
    assert "pip install 'polaris-workflows[testing]'" in python(program)


def test_pytest_is_loaded_only_with_the_suite() -> None:
    program = "import sys, polaris.testing; print('pytest' in sys.modules)"
    assert python(program) == "False\n"


def test_a_failing_test_of_the_suite_tells_what_it_compared(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(MINE)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-k", "plan_that_is_kept", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == 1
    assert "AssertionError: assert b'second' == b'first'" in done.stdout


MINE = """
import pytest
from polaris.stores import MemoryStore
from polaris.testing.conformance import StoreConformance

class Overwriting(MemoryStore):
    def put_plan(self, fingerprint, content):
        self._plans[fingerprint] = content

class TestMine(StoreConformance):
    @pytest.fixture
    def store(self, clock):
        return Overwriting(clock)
"""
