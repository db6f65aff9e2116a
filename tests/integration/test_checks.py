"""What users see of `check_workflow`: with a seed it tries the same again, and so it does with pytest-xdist."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

TEST = """
from dataclasses import dataclass
from pathlib import Path

import pytest
from polaris import Workflow
from polaris.testing import check_workflow

@dataclass(frozen=True)
class A:
    n: int

@dataclass(frozen=True)
class Half:
    n: float

@dataclass(frozen=True)
class Out:
    text: str

def halve(a: A) -> Half:
    tried.append(a.n)
    return Half(a.n // 2 if a.n > 1000 else a.n / 2)

def tell(half: Half) -> Out:
    return Out(str(half.n))

tried = []

def test_flow():
    with pytest.raises(AssertionError) as caught:
        check_workflow(Workflow("flow", target=Out, builders=[halve, tell]))
    Path("said.txt").write_text(f"{caught.value}\\n{tried}")
"""


def said(folder: Path, *options: str) -> str:
    folder.mkdir()
    (folder / "test_flow.py").write_text(TEST, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:polaris", *options]
    environ = {name: value for name, value in os.environ.items() if name != "CI"}  # there Hypothesis heeds no seed
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return (folder / "said.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one", "many"])
def test_with_a_seed_the_same_is_tried_and_told_again(tmp_path: Path, workers: tuple[str, ...]) -> None:
    first = said(tmp_path / "first", "--hypothesis-seed=7")
    assert 'engine.run(flow, "run", {A: A(n=1001)})' in first, "it is found, and made small"
    assert said(tmp_path / "again", "--hypothesis-seed=7", *workers) == first
    assert said(tmp_path / "other", "--hypothesis-seed=8", *workers) != first
