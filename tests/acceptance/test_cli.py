"""The command line as people use it: processes of their own, in folders of their own."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "cli.md"

STORED = ("--store", "sqlite:///rides.db", "--run-id", "ride-42")
RESOURCES = ("--resources", "rides:RESOURCES")
REQUEST = ("--data", 'RideRequest={"user_id": "u1", "source": "home"}')
ARRIVED = ("--data", 'CabbieArrived={"at_minute": 7}')


class Said(NamedTuple):
    """What a command came to."""

    status: int
    out: str
    err: str


def polaris(folder: Path, *arguments: str, **environment: str) -> Said:
    """Run the command in a folder; whatever it comes to, it is no traceback."""
    done = subprocess.run(
        [sys.executable, "-m", "polaris", *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONWARNINGS": "error", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert "Traceback" not in done.stdout + done.stderr or "POLARIS_DEBUG" in environment
    return Said(done.returncode, done.stdout, done.stderr)


# --- the page ---------------------------------------------------------------------------------------------------------


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def commands() -> Iterator[tuple[str, str]]:
    """Give the commands of the page in order, with what it says that they print."""
    for block in blocks("console"):
        for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            command, _, expected = part.partition("\n")
            yield command, expected


def pattern(expected: str) -> str:
    """Turn what the page says into a pattern: `...` is anything, and a line may end in spaces."""
    return re.escape(expected).replace(re.escape("..."), ".*")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with the file that the page is about."""
    (code,) = blocks("python")
    (tmp_path / "rides.py").write_text(code, encoding="utf-8")
    return tmp_path


def test_the_page_is_true(folder: Path) -> None:
    ran = 0
    for command, expected in commands():
        program, *arguments = shlex.split(command)
        if program == "polaris":
            said = polaris(folder, *arguments)
            assert re.fullmatch(pattern(expected), said.out + said.err, re.DOTALL), (command, said)
            ran += 1
        elif program == "sed":
            subprocess.run(command, cwd=folder, shell=True, check=True)
    assert ran == len(PAGE.read_text(encoding="utf-8").split("$ polaris ")) - 1
    assert {"plan.lock", "ride.svg", "rides.db"} <= {file.name for file in folder.iterdir()}


def test_the_page_has_every_option(folder: Path) -> None:
    text = PAGE.read_text(encoding="utf-8")
    for verb in (
        "cancel",
        "check",
        "compile",
        "deliver",
        "graph",
        "history",
        "next",
        "purge",
        "recover",
        "rerun",
        "run",
        "runs",
        "status",
        "why",
        "worker",
    ):
        section = text.partition(f"## `polaris {verb} ")[2].partition("\n## ")[0]
        options = set(re.findall(r"--[a-z-]+", polaris(folder, verb, "--help").out)) - {"--help"}
        assert {option for option in options if f"`{option}" not in section} - {"--output", "--store"} == set()


# --- a run across processes -------------------------------------------------------------------------------------------


def test_a_run_pauses_in_one_process_and_ends_in_another(folder: Path) -> None:
    first = polaris(folder, "run", "rides:cab_ride", *STORED, *RESOURCES, *REQUEST, "--json")
    assert (first.status, first.err) == (0, "")
    assert json.loads(first.out)["waiting_for"] == ["CabbieArrived"]
    seen = polaris(folder, "status", "ride-42", *STORED[:2], "--json")
    assert json.loads(seen.out)["status"] == "waiting"
    last = polaris(folder, "run", "rides:cab_ride", *STORED, *RESOURCES, *ARRIVED, "--json")
    assert (last.status, last.err) == (0, "")
    assert json.loads(last.out)["produced"] == ["RideEnded"]
    assert json.loads(last.out)["data"]["RideEnded"] == {"cabbie": "Ravi", "minutes": 7}


def test_a_builder_that_failed_is_tried_again_by_the_next_call(folder: Path) -> None:
    code = (folder / "rides.py").read_text(encoding="utf-8")
    broken = code.replace("return RideEnded(matched.cabbie, arrived.at_minute)", "raise ZeroDivisionError")
    (folder / "broken.py").write_text(broken, encoding="utf-8")
    failed = polaris(folder, "run", "broken:cab_ride", *STORED, "--resources", "broken:RESOURCES", *REQUEST, *ARRIVED)
    assert failed.status == 1
    assert failed.out.startswith("cab_ride ride-42: failed\n")
    assert failed.err.startswith("Error: Builder 'end_ride' failed: ZeroDivisionError")
    assert "  error        " in polaris(folder, "status", "ride-42", *STORED[:2]).out
    mended = polaris(folder, "run", "rides:cab_ride", *STORED, *RESOURCES)
    assert (mended.status, mended.err) == (0, "")
    assert mended.out.startswith("cab_ride ride-42: completed\n")


def test_a_failed_builder_s_traceback_is_shown_to_who_asks_for_it(folder: Path) -> None:
    code = (folder / "rides.py").read_text(encoding="utf-8")
    broken = code.replace("return RideEnded(matched.cabbie, arrived.at_minute)", "raise ZeroDivisionError")
    (folder / "rides.py").write_text(broken, encoding="utf-8")
    said = polaris(folder, "run", "rides:cab_ride", *RESOURCES, *REQUEST, *ARRIVED, POLARIS_DEBUG="1")
    assert said.status == 1
    assert re.search(r"rides\.py.*, in end_ride", said.err)


# --- the store is enough ---------------------------------------------------------------------------------------------

OF_THE_STORE = {
    "status": ("status", "ride-42"),
    "history": ("history", "ride-42"),
    "why": ("why", "ride-42"),
    "next": ("next", "ride-42", "--until", "RideEnded"),
    "runs": ("runs", "--workflow", "cab_ride", "--waiting-for", "CabbieArrived"),
    "cancel": ("cancel", "ride-42"),
    "purge": ("purge", "--status", "waiting", "--older-than", "0", "--yes"),
}


@pytest.mark.parametrize("verb", OF_THE_STORE)
def test_what_is_about_the_store_imports_no_workflow(verb: str, folder: Path) -> None:
    polaris(folder, "run", "rides:cab_ride", *STORED, *RESOURCES, *REQUEST)
    (folder / "rides.py").write_text("raise SystemExit('imported')", encoding="utf-8")
    said = polaris(folder, *OF_THE_STORE[verb], *STORED[:2])
    assert (said.status, said.err) == (0, "")
    assert "home" not in said.out


# --- faults of the workflow -------------------------------------------------------------------------------------------

FAULTY = """
from polaris import Workflow, builder

class A: ...
class B: ...
class C: ...

@builder
def make_b({reads}){makes}:
    return B()

@builder
def make_c({reads_too}) -> {makes_too}:
    return C()

flow = Workflow("flow", target=C)
"""

FAULTS = {
    "a builder without annotations": (
        {"reads": "a", "makes": "", "reads_too": "b: B", "makes_too": "C"},
        ["def make_b(a):", "^", "make_b", "type", "hint: "],
    ),
    "a target without a producer": (
        {"reads": "a: A", "makes": " -> B", "reads_too": "b: B", "makes_too": "A"},
        ['flow = Workflow("flow", target=C)', "^", "C", "hint: "],
    ),
    "two producers of one key": (
        {"reads": "a: A", "makes": " -> C", "reads_too": "a: A", "makes_too": "C"},
        ["make_b", "make_c", "^", "prefer", "hint: "],
    ),
    "a cycle": (
        {"reads": "c: C", "makes": " -> B", "reads_too": "b: B", "makes_too": "C"},
        ["make_b", "make_c", "^", "Feedback", "hint: "],
    ),
}


@pytest.mark.parametrize("verb", ["compile", "graph", "run"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_of_the_workflow_is_shown_in_its_source(fault: str, verb: str, tmp_path: Path) -> None:
    parts, expected = FAULTS[fault]
    (tmp_path / "flows.py").write_text(FAULTY.format(**parts), encoding="utf-8")
    said = polaris(tmp_path, verb, "flows:flow")
    assert (said.status, said.out) == (1, "")
    assert said.err.startswith("Error: workflow 'flow' has ")
    assert "flows.py:" in said.err
    assert [word for word in expected if word not in said.err] == []


def test_a_module_that_cannot_be_imported_is_the_author_s_fault(tmp_path: Path) -> None:
    (tmp_path / "flows.py").write_text("import os\nimport nowhere_to_be_found\n", encoding="utf-8")
    said = polaris(tmp_path, "compile", "flows:flow")
    assert (said.status, said.out) == (1, "")
    assert "No module named 'nowhere_to_be_found'" in said.err
    assert "flows.py:2" in said.err


# --- wrong uses -------------------------------------------------------------------------------------------------------

WRONG_USES = {
    "unknown data": (
        ("run", "rides:cab_ride", "--data", "Weather=1"),
        ["Weather is no data of workflow 'cab_ride'", "It takes CabbieArrived, CabbieMatched, RideEnded, RideRequest."],
    ),
    "an unknown workflow": (("run", "rides:cab_rid"), ["has no 'cab_rid'", "Did you mean 'cab_ride'?"]),
    "an unknown module": (("compile", "ridez:cab_ride"), ["no module 'ridez'", "Did you mean 'rides'?"]),
    "wrong JSON": (
        ("run", "rides:cab_ride", "--data", 'RideRequest={"user_id": '),
        ["RideRequest is no JSON", "quotes"],
    ),
    "a text without its quotes": (
        ("run", "rides:cab_ride", "--data", "RideRequest=home"),
        ["RideRequest is no JSON", "A text keeps its quotes"],
    ),
    "JSON of another type": (
        ("run", "rides:cab_ride", "--data", 'RideRequest={"user_id": "u1", "source": 3}'),
        ["RideRequest.source cannot be read", "Correct the value."],
    ),
    "a path where no database can be": (
        ("run", "rides:cab_ride", "--store", "sqlite:///no/where/rides.db", "--run-id", "ride-1", *RESOURCES, *REQUEST),
        ["sqlite:///no/where/rides.db cannot be used", "no/where"],
    ),
    "a folder where a database should be": (
        ("run", "rides:cab_ride", "--store", "sqlite:///.", "--run-id", "ride-1", *RESOURCES, *REQUEST),
        ["sqlite:///. cannot be used"],
    ),
    "a file that is no database": (
        ("status", "ride-1", "--store", "sqlite:///rides.py"),
        ["sqlite:///rides.py cannot be used"],
    ),
    "a store of an unknown kind": (
        ("status", "ride-1", "--store", "oracle://rides"),
        ["there is no kind of store 'oracle'", "starts with"],
    ),
    "a missing resource": (("run", "rides:cab_ride", *REQUEST), ["needs the resource Fleet", "--resources"]),
    "an unknown format": (("graph", "rides:cab_ride", "-o", "ride.docx"), ["'.docx'", "Use a name that ends in .svg"]),
    "an unknown option": (("run", "rides:cab_ride", "--dat", "X=1"), ["No such option", "--data"]),
}


@pytest.mark.parametrize("use", WRONG_USES)
def test_a_wrong_use_says_what_and_what_to_do(use: str, folder: Path) -> None:
    arguments, expected = WRONG_USES[use]
    said = polaris(folder, *arguments)
    assert (said.status, said.out) == (2, "")
    assert [words for words in expected if words not in said.err] == []


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_must_not_be_written_is_a_wrong_use(folder: Path) -> None:
    folder.chmod(0o500)
    said = polaris(folder, "run", "rides:cab_ride", *STORED, *RESOURCES, *REQUEST)
    folder.chmod(0o700)
    assert (said.status, said.out) == (2, "")
    assert "sqlite:///rides.db cannot be used" in said.err


# --- the program ------------------------------------------------------------------------------------------------------


def test_the_script_that_is_installed_is_the_same_command(folder: Path) -> None:
    script = shutil.which("polaris", path=str(Path(sys.executable).parent))
    assert script is not None
    done = subprocess.run([script, "compile", "rides:cab_ride"], cwd=folder, capture_output=True, text=True, check=True)
    assert Said(0, done.stdout, done.stderr) == polaris(folder, "compile", "rides:cab_ride")


def test_a_pipe_gets_no_colours(folder: Path) -> None:
    said = polaris(folder, "compile", "rides:cab_ride", TERM="xterm-256color")
    assert "\x1b" not in said.out


@pytest.mark.skipif(sys.platform == "win32", reason="has no pseudo-terminals")
@pytest.mark.parametrize(("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)], ids=["plain", "NO_COLOR"])
def test_faults_are_red_on_a_terminal_unless_colours_are_unwanted(
    folder: Path, variables: dict[str, str], coloured: bool
) -> None:
    code = (folder / "rides.py").read_text(encoding="utf-8")
    (folder / "doubts.py").write_text(code.replace("arrived: CabbieArrived", "arrived"), encoding="utf-8")
    outside, inside = os.openpty()
    environment = {key: value for key, value in os.environ.items() if key not in {"NO_COLOR", "FORCE_COLOR"}}
    done = subprocess.run(
        [sys.executable, "-m", "polaris", "check", "doubts"],
        cwd=folder,
        env={**environment, "TERM": "xterm-256color", **variables},
        stdout=inside,
        check=False,
        timeout=100,
    )
    os.close(inside)
    said = os.read(outside, 100_000).decode()
    os.close(outside)
    assert done.returncode == 1
    assert "POL101" in said
    assert bool(re.search(r"\x1b\[[0-9;]*3[0-9]m", said)) is coloured


def test_without_the_extra_it_says_what_to_install(folder: Path) -> None:
    (folder / "click.py").write_text("raise ModuleNotFoundError('no click', name='click')", encoding="utf-8")
    sentence = "The command `polaris` needs an optional library. Install it: pip install 'polaris-workflows[cli]'"
    assert polaris(folder, "--version") == (2, "", f"Error: {sentence}\n")
