"""The plan cache between processes: they race for an entry, are killed while they write it, or may not write."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from polaris._cache.disk import DiskCache
from polaris._compiler.compile import compile_workflow
from tests.unit._compiler.modules import HEADER, workflow_of, writing

RIDES = (
    HEADER
    + """
@builder
def make(a: A) -> B | None: ...
@builder
def end(b: B) -> C: ...
flow = Workflow("flow", target=C)
"""
)

START = """
import sys
sys.path.insert(0, {folder!r})
import polaris
from polaris._assembly import _from_cache
from polaris._cache.disk import DiskCache
from polaris._compiler.compile import compile_workflow
from rides import flow
"""

RACE = (
    START
    + """
result = compile_workflow(flow)
assert result.cacheable
for _ in range(20):
    DiskCache().save(flow, result.plan, result.sources)
    found = DiskCache().load(flow)
    assert found is None or found == result.plan
assert polaris.compile_plan(flow) == result.plan
"""
)

KILLED = (
    START
    + """
import os, signal
from pathlib import Path

class Half:
    def __init__(self, handle, mode):
        self.file = real(handle, mode)
    def __enter__(self):
        return self
    def __exit__(self, *why):
        self.file.close()
    def write(self, content):
        self.file.write(content[:len(content) // 2])
        self.file.flush()
        os.kill(os.getpid(), signal.SIGKILL)

def at_the_end(*given):
    os.kill(os.getpid(), signal.SIGKILL)

real = os.fdopen
if {half}:
    os.fdopen = Half
else:
    Path.replace = at_the_end
polaris.compile_plan(flow)
"""
)

COMPILE = START + "polaris.compile_plan(flow)\nprint(_from_cache(flow) is not None)\n"


@pytest.fixture
def rides(tmp_path: Path) -> Path:
    """Give a folder with the module of a workflow."""
    (tmp_path / "rides.py").write_text(RIDES, encoding="utf-8")
    return tmp_path


@pytest.fixture
def plans(rides: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the folder of the cache."""
    monkeypatch.setenv("POLARIS_CACHE_DIR", str(rides / "plans"))
    return rides / "plans"


def run(program: str, folder: Path, *, half: bool = False) -> subprocess.CompletedProcess[str]:
    text = program.replace("{folder!r}", repr(str(folder))).replace("{half}", repr(half))
    return subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)


def is_hit(folder: Path) -> bool:
    """Compile in a process of its own, and say whether the next one would find the plan."""
    done = run(COMPILE, folder)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip() == "True"


def test_many_processes_race_for_one_entry(rides: Path, plans: Path) -> None:
    program = RACE.replace("{folder!r}", repr(str(rides)))
    racers = [subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.PIPE) for _ in range(16)]
    ends = [(racer.communicate()[1], racer.returncode) for racer in racers]
    assert ends == [(b"", 0)] * 16
    (entry,) = plans.iterdir()
    assert entry.suffix == ".json"
    assert is_hit(rides)


@pytest.mark.skipif(sys.platform == "win32", reason="nothing can be killed like that there")
@pytest.mark.parametrize("half", [True, False], ids=["half written", "written"])
@pytest.mark.parametrize("before", [True, False], ids=["an entry before", "none before"])
def test_a_process_that_is_killed_while_it_writes_does_no_harm(
    rides: Path, plans: Path, *, half: bool, before: bool
) -> None:
    if before:
        assert is_hit(rides)
        (rides / "rides.py").write_text(RIDES + "# edited\n", encoding="utf-8")
    assert run(KILLED, rides, half=half).returncode == -signal.SIGKILL
    assert sorted(path.suffix for path in plans.iterdir()) == [".json", ".part"][not before :]
    assert is_hit(rides)
    assert [path.suffix for path in plans.iterdir()] == [".json"]


@contextmanager
def as_nobody() -> Iterator[None]:
    """Have no right to write in the folders of others, also if it is root who tests."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.mark.skipif(sys.platform == "win32", reason="no such rights there")
@pytest.mark.parametrize("kept", [True, False], ids=["with an entry", "empty"])
def test_a_folder_that_may_only_be_read_is_a_hit_or_a_miss(*, kept: bool) -> None:
    with TemporaryDirectory() as name, writing(Path(name)) as write:
        Path(name).chmod(0o755)
        plans = Path(name) / "plans"
        cache = DiskCache(plans, loaded_at=2.0**40)
        flow = workflow_of(write(RIDES, "rides_that_stay"))
        result = compile_workflow(flow)
        plans.mkdir()
        if kept:
            cache.save(flow, result.plan, result.sources)
        before = list(plans.iterdir())
        for entry in before:
            entry.chmod(0o444)  # as written, it is for the eyes of its owner only
        plans.chmod(0o555)
        with as_nobody():
            assert cache.load(flow) == (result.plan if kept else None)
            cache.save(flow, result.plan, result.sources)
        assert list(plans.iterdir()) == before
        plans.chmod(0o755)
