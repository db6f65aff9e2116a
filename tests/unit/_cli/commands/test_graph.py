from pathlib import Path

import pytest

from polaris import export
from polaris._assembly import compile_plan
from polaris._cli.load import load_workflow
from polaris.export import dot, mermaid
from tests.unit._cli.folder import REQUEST, Polaris

RIDE = "rides:cab_ride"
STORE = ("--store", "sqlite:///rides.db")


@pytest.fixture
def ride(polaris: Polaris) -> str:
    """A stored run that waits for the cabbie."""
    assert polaris("run", RIDE, *STORE, "--run-id", "ride-1", "--data", REQUEST)[0] == 0
    return "ride-1"


def test_without_a_file_it_prints_dot(polaris: Polaris) -> None:
    assert polaris("graph", RIDE) == (0, dot(compile_plan(load_workflow(RIDE))), "")


def test_mermaid_is_printed_when_asked_for(polaris: Polaris) -> None:
    assert polaris("graph", RIDE, "--format", "mermaid") == (0, mermaid(compile_plan(load_workflow(RIDE))), "")


def test_json_is_printed_when_asked_for(polaris: Polaris) -> None:
    assert polaris("graph", RIDE, "--format", "json") == (0, export.json(compile_plan(load_workflow(RIDE))), "")


def test_a_drawn_picture_can_be_printed_too(polaris: Polaris) -> None:
    status, out, _ = polaris("graph", RIDE, "--format", "svg")
    assert status == 0
    assert "<svg" in out


def test_a_part_can_be_looked_at(polaris: Polaris) -> None:
    picture = dot(compile_plan(load_workflow(RIDE)), focus="end_ride", depth=0)
    assert polaris("graph", RIDE, "--focus", "end_ride", "--depth", "0") == (0, picture, "")


def test_what_is_not_there_cannot_be_looked_at(polaris: Polaris) -> None:
    status, _, err = polaris("graph", RIDE, "--focus", "end_rid")
    assert status == 2
    assert err.startswith("Error: 'cab_ride' has no builder or data 'end_rid' to look at. It has ")


@pytest.mark.parametrize("options", [(), ("--format", "json"), ("-o", "ride.svg")])
def test_a_picture_is_opened(
    options: tuple[str, ...], polaris: Polaris, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    opened: list[str] = []

    def launch(file: str) -> int:
        opened.append(file)
        return 0

    monkeypatch.setattr("click.launch", launch)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    status, out, _ = polaris("graph", RIDE, "--open", *options)
    (file,) = opened
    assert status == 0
    assert Path(file).suffix == (".json" if "json" in options else ".svg")
    assert Path(file).read_bytes()
    assert out == ("" if "-o" in options else f"{file}\n")


def test_where_nothing_opens_pictures_the_file_is_named(polaris: Polaris, monkeypatch: pytest.MonkeyPatch) -> None:
    def launch(_file: str) -> int:
        return 1

    monkeypatch.setattr("click.launch", launch)
    status, _, err = polaris("graph", RIDE, "--open", "-o", "ride.dot")
    assert status == 2
    assert err == "Error: Nothing here could open ride.dot. Open it yourself.\n"


def test_a_failed_run_is_shown_with_what_failed(polaris: Polaris) -> None:
    refused = REQUEST.replace("2", "-1")
    assert polaris("run", RIDE, *STORE, "--run-id", "ride-2", "--data", refused)[0] != 0
    status, out, _ = polaris("graph", RIDE, "--run", "ride-2", *STORE, "--format", "mermaid")
    assert status == 0
    assert '["<b>match_cabbie</b> failed<br/>with ValueError<br/>' in out


def test_the_options_of_a_picture_are_handed_on(polaris: Polaris) -> None:
    picture = dot(compile_plan(load_workflow(RIDE)), direction="TB", legend=False, theme="dark")
    assert polaris("graph", RIDE, "--direction", "TB", "--no-legend", "--theme", "dark") == (0, picture, "")


@pytest.mark.parametrize(("file", "start"), [("ride.svg", b"<?xml"), ("ride.dot", b"digraph"), ("ride.mmd", b"flow")])
def test_the_name_of_the_file_says_the_format(file: str, start: bytes, polaris: Polaris, folder: Path) -> None:
    assert polaris("graph", RIDE, "-o", file) == (0, "", "")
    assert (folder / file).read_bytes().startswith(start)


def test_a_run_is_shown_where_it_stands(ride: str, polaris: Polaris) -> None:
    status, out, _ = polaris("graph", RIDE, "--run", ride, *STORE)
    assert status == 0
    assert "run ride-1 - waiting for CabbieArrived" in out


@pytest.mark.parametrize("options", [("--run", "ride-1"), STORE])
def test_a_run_and_its_store_belong_together(options: tuple[str, ...], polaris: Polaris) -> None:
    status, _, err = polaris("graph", RIDE, *options)
    assert status == 2
    assert err.endswith("Error: --run and --store belong together. Give both, or neither.\n")


def test_the_run_of_another_workflow_is_a_wrong_use(ride: str, polaris: Polaris) -> None:
    status, _, err = polaris("graph", "fleet:match", "--run", ride, *STORE)
    assert status == 2
    assert err == "Error: Run 'ride-1' is a run of 'cab_ride', not of 'match'. Name its own workflow.\n"


def test_a_format_beside_a_file_is_a_wrong_use(polaris: Polaris) -> None:
    status, _, err = polaris("graph", RIDE, "-o", "ride.svg", "--format", "dot")
    assert status == 2
    assert err.endswith("Error: -o takes the format from the name of its file. Leave --format out.\n")


def test_a_file_of_an_unknown_kind_is_a_wrong_use(polaris: Polaris) -> None:
    status, _, err = polaris("graph", RIDE, "-o", "ride.docx")
    assert status == 2
    assert err.startswith("Error: No picture can be written as '.docx'.")


def test_a_file_that_cannot_be_written_is_a_wrong_use(polaris: Polaris) -> None:
    status, _, err = polaris("graph", RIDE, "-o", "no/where/ride.dot")
    assert status == 2
    assert "no/where/ride.dot cannot be written" in err
