"""`--polaris-cov` in a session of its own."""

import subprocess
import sys
from pathlib import Path

import pytest

TEST = """
from dataclasses import dataclass
from hypothesis import settings
from polaris import Workflow
from polaris.testing import check_workflow, path_coverage

settings.register_profile("few", max_examples=12, derandomize=True)
settings.load_profile("few")

@dataclass(frozen=True)
class A:
    n: int

@dataclass(frozen=True)
class Out:
    n: int

def make(a: A) -> Out | None:
    return Out(a.n)

flow = Workflow("flow", target=Out, builders=[make])
other = Workflow("other", target=Out, builders=[make])

def test_flow():
    check_workflow(flow)

def test_other():
    path_coverage(other, stub=[make])
"""


def session(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    (folder / "test_flow.py").write_text(TEST, encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    plugins = ["-p", "no:polaris", "-p", "polaris._pytest_plugin", "-p", "no:cacheprovider"]  # once, installed or not
    command = [sys.executable, "-m", "pytest", "-q", *plugins, *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=300)


@pytest.mark.parametrize("workers", [(), ("-n", "2")], ids=["one", "many"])
def test_too_little_is_a_failure(tmp_path: Path, workers: tuple[str, ...]) -> None:
    done = session(tmp_path, "--polaris-cov=90", *workers)
    lines = done.stdout.splitlines()
    assert done.returncode == 1, done.stdout + done.stderr
    assert "flow: 75 % of 4 paths seen" in lines
    assert "  never seen: make makes nothing" in lines
    assert "other: 100 % of 4 paths seen" in lines
    assert "FAIL at least 90 % are wanted of: flow" in lines


def test_a_report_alone_fails_nothing(tmp_path: Path) -> None:
    done = session(tmp_path, "--polaris-cov")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "flow: 75 % of 4 paths seen" in done.stdout


def test_nothing_is_reported_that_was_not_asked_for(tmp_path: Path) -> None:
    assert "paths of workflows" not in session(tmp_path).stdout
