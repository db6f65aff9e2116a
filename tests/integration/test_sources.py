"""Where modules come from: a plan is kept where another process is sure to read the same, and compiled elsewhere."""

from __future__ import annotations

import compileall
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

from tests.unit._compiler.modules import HEADER

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
FAULTY = RIDES.replace("(b: B)", "(b)")

SHOW = """
import polaris
from polaris.errors import CompileError
try:
    print(polaris.compile_plan(flow).fingerprint)
except CompileError as error:
    print(*[each.place and each.place.line for each in error.diagnostics])
"""
IMPORT = "import sys\nsys.path.insert(0, {path!r})\nfrom rides import flow\n" + SHOW


@pytest.fixture
def plans(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("POLARIS_CACHE_DIR", str(tmp_path / "plans"))
    return tmp_path / "plans"


def python(*arguments: str, folder: Path) -> str:
    """Run Python twice, as the second time something may be kept; give what it says."""
    said = {
        subprocess.run([sys.executable, *arguments], capture_output=True, check=True, cwd=folder, text=True).stdout
        for _ in range(2)
    }
    (same,) = said
    return same.strip()


@pytest.fixture(scope="module")
def expected(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give what is said of the module as a plain file."""
    folder = tmp_path_factory.mktemp("plain")
    (folder / "rides.py").write_text(RIDES, encoding="utf-8")
    return python("-c", IMPORT.format(path=str(folder)), folder=folder)


def write(folder: Path, text: str = RIDES) -> Path:
    folder.mkdir()
    path = folder / "rides.py"
    path.write_text(text, encoding="utf-8")
    return path


def zipped(folder: Path, text: str = RIDES) -> str:
    folder.mkdir()
    with ZipFile(folder / "rides.zip", "w") as file:
        file.writestr("rides.py", text)
    return str(folder / "rides.zip")


def compiled(folder: Path, text: str = RIDES) -> str:
    """Leave the module as bytecode only."""
    path = write(folder, text)
    assert compileall.compile_file(path, legacy=True, quiet=1)
    path.unlink()
    return str(folder)


def test_a_plain_module_is_kept(tmp_path: Path, plans: Path, expected: str) -> None:
    folder = write(tmp_path / "plain").parent
    assert python("-c", IMPORT.format(path=str(folder)), folder=tmp_path) == expected
    assert len(list(plans.iterdir())) == 1


@pytest.mark.parametrize("place", [zipped, compiled])
def test_a_module_without_a_source_file_is_compiled_in_every_process(
    place: object, tmp_path: Path, plans: Path, expected: str
) -> None:
    assert callable(place)
    path = place(tmp_path / "place")
    assert python("-c", IMPORT.format(path=path), folder=tmp_path) == expected
    assert not plans.exists()


def test_bytecode_that_came_from_a_source_which_is_another_now_is_compiled_in_every_process(
    tmp_path: Path, plans: Path, expected: str
) -> None:
    source = write(tmp_path / "place")
    assert compileall.compile_file(source, legacy=True, quiet=1)
    source.write_text(FAULTY, encoding="utf-8")  # where the bytecode says that it came from
    (tmp_path / "moved").mkdir()
    source.with_suffix(".pyc").rename(tmp_path / "moved" / "rides.pyc")
    assert python("-c", IMPORT.format(path=str(tmp_path / "moved")), folder=tmp_path) == expected
    assert not plans.exists()


def test_faults_are_at_their_lines_in_a_zip_and_without_a_text_elsewhere(tmp_path: Path, plans: Path) -> None:
    line = str(FAULTY.splitlines().index("def end(b) -> C: ...") + 1)
    assert python("-c", IMPORT.format(path=zipped(tmp_path / "zip", FAULTY)), folder=tmp_path) == line
    before = str(int(line) - 1)  # bytecode knows where a function begins: at its decorator
    assert python("-c", IMPORT.format(path=compiled(tmp_path / "pyc", FAULTY)), folder=tmp_path) == before
    assert not plans.exists()


def test_a_program_is_compiled_every_time(tmp_path: Path, plans: Path, expected: str) -> None:
    path = write(tmp_path / "program", RIDES + SHOW)
    assert python(str(path), folder=tmp_path) == expected
    assert not plans.exists()


def test_a_program_from_standard_input_is_compiled_every_time(tmp_path: Path, plans: Path, expected: str) -> None:
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-"], input=RIDES + SHOW, capture_output=True, check=True, cwd=tmp_path, text=True
        )
        assert done.stdout.strip() == expected
    assert not plans.exists()


def test_a_module_that_is_run_as_a_program_is_kept(tmp_path: Path, plans: Path, expected: str) -> None:
    folder = write(tmp_path / "program", RIDES + SHOW).parent
    assert python("-m", "rides", folder=folder) == expected
    assert len(list(plans.iterdir())) == 1


CELLS = """
import sys, types
module = types.ModuleType({name!r})
module.__dict__.pop("__spec__" if {name!r} == "__main__" else "", None)
sys.modules[{name!r}] = module
exec(compile({text!r}, "<cell 1>", "exec"), vars(module))
flow = module.flow
"""


@pytest.mark.parametrize("name", ["__main__", "notebook"])
def test_a_notebook_is_compiled_every_time(name: str, tmp_path: Path, plans: Path, expected: str) -> None:
    program = CELLS.format(name=name, text=RIDES) + SHOW
    assert python("-c", program, folder=tmp_path) == expected
    assert not plans.exists()


def test_a_source_that_is_gone_when_the_plan_is_made_keeps_nothing(tmp_path: Path, plans: Path, expected: str) -> None:
    folder = write(tmp_path / "place").parent
    gone = f"import pathlib\npathlib.Path({str(folder / 'rides.py')!r}).unlink()\n"
    program = IMPORT.removesuffix(SHOW).format(path=str(folder)) + gone + SHOW
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, cwd=tmp_path, text=True)
    assert done.stdout.strip() == expected
    assert not plans.exists()
