"""Pictures in files: really drawn, whole or not at all, and a clear word where nothing can draw."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

import pytest

from polaris import export
from polaris._model.outcome import Status
from polaris._model.plan import Plan
from polaris.errors import MissingExtraError, RenderError
from polaris.export import dot, mermaid, render
from polaris.export.render import svg
from tests.unit.export.plans import CAB_RIDE, CHECKOUT, HELLO, NEGOTIATION, ORDER_WAITS, run


@pytest.fixture
def bin_(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give a folder in which alone programs are looked for."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def scripts(_name: str) -> str:
        return str(folder)

    monkeypatch.setattr("sysconfig.get_path", scripts)
    return folder


def program(folder: Path, name: str, body: str, first_line: str = f"#!{sys.executable}") -> None:
    """Write a program that stands in for a drawing program."""
    file = folder / name
    file.write_text(f"{first_line}\nimport sys, time\n{body}\n", encoding="utf-8")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)


# --- drawing -----------------------------------------------------------------------------------------------------


def test_an_svg_is_drawn(tmp_path: Path) -> None:
    file = render(CAB_RIDE, tmp_path / "ride.svg")
    assert file == tmp_path / "ride.svg"
    text = file.read_text(encoding="utf-8")
    assert "<svg" in text
    assert "match_cabbie" in text


@pytest.mark.parametrize("plan", [HELLO, CAB_RIDE, CHECKOUT, NEGOTIATION])
def test_a_png_is_drawn(plan: Plan, tmp_path: Path) -> None:
    file = render(plan, str(tmp_path / "plan.PNG"))
    assert file.read_bytes().startswith(b"\x89PNG\r\n")


def test_a_png_has_110_dots_per_inch(tmp_path: Path) -> None:
    def width(file: Path) -> int:
        return int.from_bytes(file.read_bytes()[16:20])

    points = (render(HELLO, tmp_path / "a.svg").read_text(encoding="utf-8").partition('width="')[2]).partition("pt")[0]
    assert width(render(HELLO, tmp_path / "a.png")) == pytest.approx(float(points) / 72 * 110, abs=2)


def test_a_run_is_drawn_with_all_the_options(tmp_path: Path) -> None:
    file = render(CHECKOUT, tmp_path / "run.svg", ORDER_WAITS, direction="LR", legend=False, theme="dark")
    text = file.read_text(encoding="utf-8")
    assert "run order&#45;42 &#45; waiting" in text
    assert "#0f172a" in text
    assert "never stored" not in text


@pytest.mark.parametrize("ending", [".dot", ".gv", ".DOT"])
def test_dot_text_is_written_by_ourselves(ending: str, tmp_path: Path, bin_: Path) -> None:
    done = run(Status.COMPLETED, "Name Greeting")
    file = render(HELLO, tmp_path / f"hello{ending}", done, theme="dark")
    assert file.read_text(encoding="utf-8") == dot(HELLO, done, theme="dark")


def test_mermaid_text_is_written_by_ourselves(tmp_path: Path, bin_: Path) -> None:
    assert render(HELLO, tmp_path / "hello.mmd").read_text(encoding="utf-8") == mermaid(HELLO)


def test_json_text_is_written_by_ourselves(tmp_path: Path, bin_: Path) -> None:
    done = run(Status.COMPLETED, "Name Greeting")
    assert render(HELLO, tmp_path / "hello.json", done).read_text(encoding="utf-8") == export.json(HELLO, done)


def test_an_existing_file_is_replaced(tmp_path: Path) -> None:
    (tmp_path / "hello.svg").write_text("old", encoding="utf-8")
    assert "<svg" in render(HELLO, tmp_path / "hello.svg").read_text(encoding="utf-8")


def test_a_notebook_gets_svg_text() -> None:
    assert "<svg" in (svg(HELLO) or "")


def test_an_svg_says_what_it_shows_to_those_who_do_not_see_it(tmp_path: Path) -> None:
    text = render(CHECKOUT, tmp_path / "part.svg", focus="Quote", depth=1).read_text(encoding="utf-8")
    assert '<svg role="img" aria-label="' in text
    assert "of the workflow checkout from " in text
    assert 'around Quote, 1 edge away"' in text
    assert 'aria-label="1 builder of the workflow hello from Name to Greeting"' in (svg(HELLO) or "")


@pytest.mark.parametrize("ending", [".dot", ".mmd", ".json", ".svg"])
def test_a_part_is_drawn_in_every_format(ending: str, tmp_path: Path) -> None:
    text = render(CHECKOUT, tmp_path / f"x{ending}", focus="send_receipt", depth=0).read_text(encoding="utf-8")
    assert "send_receipt" in text
    assert "place_order" not in text


# --- what draws --------------------------------------------------------------------------------------------------


def test_the_program_of_the_extra_comes_first(tmp_path: Path, bin_: Path) -> None:
    program(bin_, "dot", "sys.stdout.write('system')")
    program(bin_, "graphviz-pure", "sys.stdout.write(' '.join(sys.argv[1:]))")
    assert render(HELLO, tmp_path / "x.svg").read_text(encoding="utf-8") == "-Kdot -Tsvg"
    assert render(HELLO, tmp_path / "x.png").read_text(encoding="utf-8") == "-Kdot -Tpng -Gdpi=110"


def test_without_it_a_dot_of_the_system_draws(tmp_path: Path, bin_: Path) -> None:
    program(bin_, "dot", "sys.stdout.write(sys.stdin.read())")
    assert render(HELLO, tmp_path / "x.svg").read_text(encoding="utf-8") == dot(HELLO)


def test_a_pdf_is_drawn_by_a_dot_of_the_system_only(tmp_path: Path, bin_: Path) -> None:
    program(bin_, "graphviz-pure", "sys.stdout.write('pure')")
    with pytest.raises(RenderError, match=r"A \.pdf file needs the program `dot` of Graphviz") as caught:
        render(HELLO, tmp_path / "x.pdf")
    assert "Install Graphviz" in caught.value.do
    program(bin_, "dot", "sys.stdout.write(' '.join(sys.argv[1:]))")
    assert render(HELLO, tmp_path / "x.pdf").read_text(encoding="utf-8") == "-Kdot -Tpdf"


@pytest.mark.parametrize("ending", [".svg", ".png"])
def test_where_no_program_is_the_extra_is_named(ending: str, tmp_path: Path, bin_: Path) -> None:
    with pytest.raises(MissingExtraError, match=r"pip install 'polaris-workflows\[images\]'"):
        render(HELLO, tmp_path / f"x{ending}")
    assert svg(HELLO) is None


def test_where_the_front_end_is_missing_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "graphviz.backend", None)
    with pytest.raises(MissingExtraError, match="images"):
        render(HELLO, tmp_path / "x.svg")
    assert svg(HELLO) is None


def test_programs_are_found_where_no_search_path_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PATH")
    assert render(HELLO, tmp_path / "x.svg").exists()


# --- what goes wrong ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["x.gif", "x", "svg"])
def test_an_ending_that_is_no_format_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(RenderError, match=r"No picture can be written as") as caught:
        render(HELLO, tmp_path / name)
    assert caught.value.do == "Use a name that ends in .svg, .png, .pdf, .dot, .gv, .mmd, .json."


def test_what_the_program_complains_about_is_in_the_error(tmp_path: Path, bin_: Path) -> None:
    program(bin_, "dot", "sys.exit('syntax error in line 1')")
    with pytest.raises(RenderError, match=r"dot could not draw the picture: syntax error in line 1\."):
        render(HELLO, tmp_path / "x.svg")
    assert svg(HELLO) is None


def test_a_program_that_fails_without_a_word_is_told_by_its_status(tmp_path: Path, bin_: Path) -> None:
    program(bin_, "dot", "sys.exit(3)")
    with pytest.raises(RenderError, match=r"dot could not draw the picture: exit status 3\."):
        render(HELLO, tmp_path / "x.svg")


def test_a_program_that_takes_too_long_is_ended(tmp_path: Path, bin_: Path) -> None:
    program(bin_, "dot", "time.sleep(60)")
    with pytest.raises(RenderError, match=r"dot had not drawn the picture after 0\.2 seconds\."):
        render(HELLO, tmp_path / "x.svg", timeout=0.2)


@pytest.mark.parametrize("first_line", ["#!/no/such/interpreter", "no program"])
def test_a_program_that_cannot_be_started_is_told(first_line: str, tmp_path: Path, bin_: Path) -> None:
    program(bin_, "dot", "", first_line)
    with pytest.raises(RenderError, match="dot could not be started"):
        render(HELLO, tmp_path / "x.svg")


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path, bin_: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    (folder / "x.svg").write_text("old", encoding="utf-8")
    program(bin_, "dot", "sys.exit(1)")
    with pytest.raises(RenderError):
        render(HELLO, folder / "x.svg")
    assert [(path.name, path.read_text(encoding="utf-8")) for path in folder.iterdir()] == [("x.svg", "old")]


def test_a_file_that_cannot_be_put_in_place_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "x.dot").mkdir()
    with pytest.raises(OSError, match=r"x\.dot"):
        render(HELLO, tmp_path / "x.dot")
    assert os.listdir(tmp_path) == ["x.dot"]  # noqa: PTH208 - names are what is compared


def test_a_file_that_was_written_in_part_is_not_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(file: Path, content: bytes) -> None:
        with file.open("wb") as half:
            half.write(content[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left"):
        render(HELLO, tmp_path / "x.dot")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_an_ordinary_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        render(HELLO, tmp_path / "nowhere" / "x.dot")
