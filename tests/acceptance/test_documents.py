"""Every code block of the README and the documents runs, and says what it is said to say."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ELSEWHERE = {"diagnostics"}  # examples that are compiled, each on its own: test_reference.py
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.DOTALL | re.MULTILINE)


def blocks(page: Path, language: str) -> list[str]:
    return [body for kind, body in BLOCK.findall(page.read_text(encoding="utf-8")) if kind == language]


def pages() -> list[Path]:
    documents = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]
    return [page for page in documents if blocks(page, "python") and page.parent.name not in ELSEWHERE]


def test_the_readme_and_the_tutorial_have_code() -> None:
    assert {page.name for page in pages()} >= {"README.md", "first-workflow.md"}


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.relative_to(ROOT).as_posix())
def test_the_code_of_a_page_runs_from_top_to_bottom(page: Path, tmp_path: Path) -> None:
    program = tmp_path / "page.py"
    program.write_text("\n\n".join(blocks(page, "python")), encoding="utf-8")
    done = subprocess.run([sys.executable, "-W", "error", program], cwd=tmp_path, capture_output=True, check=False)
    assert done.returncode in {0, -9} if page.name == "README.md" else done.returncode == 0, done.stderr.decode()


def test_the_quickstart_pauses_is_killed_and_resumes_as_the_readme_shows(tmp_path: Path) -> None:
    page = ROOT / "README.md"
    program = blocks(page, "python")[0]
    assert len(program.splitlines()) < 40
    (tmp_path / "ride.py").write_text(program, encoding="utf-8")
    shown = blocks(page, "console")[0].split("$ python ride.py\n")[1:]
    for expected in shown:
        done = subprocess.run([sys.executable, "ride.py"], cwd=tmp_path, capture_output=True, text=True, check=False)
        killed = "Killed\n" if done.returncode == -9 else ""
        assert done.stdout + killed == expected, done.stderr
    assert drawn(tmp_path / "ride.svg") == drawn(ROOT / "docs" / "images" / "ride.svg")


def drawn(picture: Path) -> list[str]:
    """What a picture shows: every text in it, whatever the version of the drawing program."""
    return re.findall(r"<text[^>]*>(.*?)</text>", picture.read_text(encoding="utf-8"))
