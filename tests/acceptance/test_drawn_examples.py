"""The page that shows the examples has a picture of each, for light pages and for dark ones, with words beside it."""

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.acceptance import example_goldens
from tests.acceptance.test_documents import ROOT
from tools.draw_examples import PART, PAUSED, draw, examples


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all the pictures."""
    folder = tmp_path_factory.mktemp("build") / "_pictures"
    draw(folder)
    return folder


def test_every_example_that_declares_a_workflow_is_found() -> None:
    declare = {file.parent for file in (ROOT / "examples").rglob("*.py") if "Workflow(" in file.read_text("utf-8")}
    assert {example.folder for example in examples()} == declare
    assert {example.workflow.name for example in examples()} >= set(PAUSED)


def test_every_workflow_is_drawn_light_and_dark_and_some_as_a_run_that_waits(folder: Path) -> None:
    shown = [*(example.workflow.name for example in examples()), *(f"{name}-waiting" for name in PAUSED)]
    drawn = {f"{name}-{theme}.png" for name in shown for theme in ("light", "dark")}
    assert {file.name for file in folder.iterdir()} == {*drawn, PART}
    assert all(file.read_bytes().startswith(b"\x89PNG") for file in folder.glob("*.png"))


def test_the_part_of_the_page_shows_every_picture_and_says_in_words_what_it_shows(folder: Path) -> None:
    text = (folder / PART).read_text(encoding="utf-8")
    shown = re.findall(r"```\{image\} /_pictures/(.+)\n:alt: (.+)\n:class: only-(light|dark)\n```", text)
    assert sorted(name for name, _, _ in shown) == sorted(file.name for file in folder.glob("*.png"))
    assert all(name.endswith(f"-{theme}.png") for name, _, theme in shown)
    said = {name: words for name, words, _ in shown}
    assert said["hello-light.png"] == "2 builders of the workflow hello from Name to Shout"
    assert said["cab_ride-waiting-dark.png"].endswith("to RideEnded - run ride-42 - waiting for CabbieArrived")
    assert text.startswith("## Hello\n\nWhat you learn: ")


def test_the_page_is_the_same_every_time(folder: Path, tmp_path: Path) -> None:
    draw(tmp_path / "_pictures")
    assert {file.name: file.read_bytes() for file in (tmp_path / "_pictures").iterdir()} == {
        file.name: file.read_bytes() for file in folder.iterdir()
    }


# --- pictures as text -------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pictures() -> Mapping[str, str]:
    return example_goldens.pictures()


@pytest.mark.parametrize("name", sorted(path.name for path in example_goldens.FOLDER.iterdir()))
def test_the_text_of_a_picture_is_the_recorded_one(name: str, pictures: Mapping[str, str]) -> None:
    assert pictures[name] == (example_goldens.FOLDER / name).read_text(encoding="utf-8")


def test_the_text_of_every_picture_is_recorded(pictures: Mapping[str, str]) -> None:
    assert {path.name for path in example_goldens.FOLDER.iterdir()} == set(pictures)
