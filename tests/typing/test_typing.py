"""What users are promised of types: right uses have them, and wrong uses are seen, by mypy and basedpyright alike.

Each right use says with `assert_type` what it is; each wrong one says in a comment what either checker finds wrong.
"""

import json
import os
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from configparser import ConfigParser
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
WRONG = HERE / "wrong.py"
RIGHT = sorted(set(HERE.glob("*.py")) - {WRONG, Path(__file__)})
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]

Fault = tuple[Path, int, str]
Faults = dict[str, set[str]]


def output_of(*command: str | Path) -> str:
    environ = {name: text for name, text in os.environ.items() if not name.startswith(("COVERAGE_", "MYPY"))}
    words = [sys.executable, "-m", *command]
    return subprocess.run(words, cwd=ROOT, env=environ, capture_output=True, text=True, check=False).stdout


def mypy(folder: Path, *files: Path) -> Iterator[Fault]:
    """Check as strictly as the library is checked, without what is allowed in tests."""
    parser = ConfigParser()
    parser["mypy"] = in_one_line(PROJECT["mypy"])
    for override in PROJECT["mypy"]["overrides"]:
        for module in override["module"]:
            if not module.startswith("tests."):
                parser[f"mypy-{module}"] = in_one_line(override)
    with (folder / "mypy.ini").open("w", encoding="utf-8") as file:
        parser.write(file)
    options = ("--config-file", folder / "mypy.ini", "--cache-dir", folder / "cache", "--output", "json")
    for line in output_of("mypy", *options, *files).splitlines():
        fault = json.loads(line)
        if fault["severity"] == "error":
            yield ROOT / fault["file"], fault["line"], fault["code"]


def in_one_line(options: Mapping[str, Any]) -> dict[str, str]:
    told = {name: given for name, given in options.items() if name not in {"overrides", "module", "exclude"}}
    return {name: ", ".join(given) if isinstance(given, list) else str(given) for name, given in told.items()}


def basedpyright(folder: Path, *files: Path) -> Iterator[Fault]:
    """Check as strictly as the library is checked."""
    options = {name: given for name, given in PROJECT["basedpyright"].items() if name != "executionEnvironments"}
    options |= {"include": list(map(str, files)), "extraPaths": [str(ROOT / path) for path in options["extraPaths"]]}
    (folder / "pyrightconfig.json").write_text(json.dumps(options), encoding="utf-8")
    told = output_of("basedpyright", "--project", folder, "--pythonpath", sys.executable, "--outputjson")
    for fault in json.loads(told)["generalDiagnostics"]:
        yield Path(fault["file"]), fault["range"]["start"]["line"] + 1, fault.get("rule", "syntax")


CHECKERS = (mypy, basedpyright)


def by_line(faults: Iterator[Fault]) -> Faults:
    """Give the rules that are broken in each line; a checker may say one thing twice."""
    found: Faults = defaultdict(set)
    for path, line, rule in faults:
        found[f"{path.name}:{line}"].add(rule)
    return dict(found)


def marked(checker: Callable[..., object]) -> Faults:
    """Give what the comments of the wrong uses say that a checker sees."""
    said: Faults = {}
    for number, line in enumerate(WRONG.read_text(encoding="utf-8").splitlines(), 1):
        if "# wrong:" in line:
            mark = re.search(r"# wrong: ([\w -]+) / ([\w ]+)$", line)
            assert mark, f"{WRONG.name}:{number} does not say `# wrong: mypy's codes / basedpyright's rules`"
            said[f"{WRONG.name}:{number}"] = set(mark[1 + CHECKERS.index(checker)].split())
    return said


@pytest.mark.parametrize("checker", CHECKERS)
def test_right_uses_have_their_types_and_wrong_uses_are_seen(
    checker: Callable[..., Iterator[Fault]], tmp_path: Path
) -> None:
    assert len(RIGHT) >= 5
    seen, said = by_line(checker(tmp_path, *RIGHT, WRONG)), marked(checker)
    differences = {place: (seen.get(place), said.get(place)) for place in seen | said}
    assert {place: pair for place, pair in differences.items() if pair[0] != pair[1]} == {}


@pytest.mark.parametrize("file", RIGHT, ids=lambda file: file.stem)
def test_right_uses_run(file: Path) -> None:
    import_module(f"tests.typing.{file.stem}")
