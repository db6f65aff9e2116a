"""A folder with a small workflow in it, to call the command line in."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from polaris._cli.main import main
from tests.unit._cli.folder import FLEET, RIDES, Polaris, Said, Write


@pytest.fixture
def write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Write]:
    """Write modules into the current directory, an empty one; what is imported from it is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))

    def write(name: str, text: str) -> None:
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, encoding="utf-8")
        importlib.invalidate_caches()

    yield write
    for name, module in list(sys.modules.items()):
        if tmp_path in Path(getattr(module, "__file__", None) or "/").parents:
            del sys.modules[name]


@pytest.fixture
def folder(tmp_path: Path, write: Write) -> Path:
    """The current directory, with `rides.py` and `fleet.py` in it."""
    write("rides.py", RIDES)
    write("fleet.py", FLEET)
    return tmp_path


@pytest.fixture
def polaris(folder: Path, capsys: pytest.CaptureFixture[str]) -> Polaris:
    """Call the command in the folder, and give its exit status, its output and what it said beside it."""

    def polaris(*arguments: str) -> Said:
        status = main(arguments)
        said = capsys.readouterr()
        return status, said.out, said.err

    return polaris


@pytest.fixture(autouse=True)
def own_modules() -> Iterator[None]:
    """Forget the module that a test imports by name: others have one of that name too."""
    known = {name: sys.modules.pop(name, None) for name in ("rides", "fleet")}
    yield
    for name, module in known.items():
        sys.modules.pop(name, None)
        if module is not None:
            sys.modules[name] = module
