"""Pictures in files: text by ourselves, everything else by a drawing program.

The program is `graphviz-pure` from the extra `images`, or a `dot` of the system; it runs as a process of its own, with
a time limit.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sysconfig
from collections.abc import Callable, Mapping
from html import escape
from os import PathLike
from pathlib import Path
from typing import Any, NamedTuple, TypedDict, cast

from polaris._model.plan import Plan
from polaris.errors import MissingExtraError, RenderError
from polaris.export.as_json import json
from polaris.export.detail import view_for
from polaris.export.dot import dot
from polaris.export.files import write
from polaris.export.mermaid import mermaid
from polaris.export.style import Direction, ThemeName
from polaris.export.view import Run, View, alt_text

TIMEOUT = 60.0
PNG_DPI = 110

_Runner = Callable[..., "subprocess.CompletedProcess[bytes]"]

_FEATURE = "Drawing a picture"
_EXTRA = "images"


class _Part(TypedDict):
    """What is looked at."""

    focus: object
    depth: int | None


class _Program(NamedTuple):
    """How a picture of one format is drawn: the programs that can, best first, and what they are told."""

    names: tuple[str, ...]
    options: tuple[str, ...] = ()


_DRAWN: Mapping[str, _Program] = {
    ".svg": _Program(("graphviz-pure", "dot")),
    ".png": _Program(("graphviz-pure", "dot"), (f"-Gdpi={PNG_DPI}",)),
    ".pdf": _Program(("dot",)),
}
_DOT_TEXT = (".dot", ".gv")
_MERMAID_TEXT = (".mmd",)
_JSON_TEXT = (".json",)


def render(
    plan: Plan,
    path: str | PathLike[str],
    run: Run | None = None,
    *,
    direction: Direction | None = None,
    legend: bool = True,
    theme: ThemeName = "light",
    focus: object = None,
    depth: int | None = None,
    timeout: float = TIMEOUT,
) -> Path:
    """Write a picture of a plan, or of a run on it, into a file.

    Args:
        plan: what to draw.
        path: the file; its ending says the format: ``.svg``, ``.png``, ``.pdf``, or text: ``.dot``,
            ``.gv``, ``.mmd``, ``.json``.
        run: an outcome or a run's state to show on the plan.
        direction: ``"TB"`` or ``"LR"``; by default the one that suits the size.
        legend: whether to explain the signs that the picture uses.
        theme: ``"light"`` or ``"dark"``.
        focus: a builder, its name, a type or its key: show only what leads there, and what comes of it.
        depth: how many edges to follow from the focus; None for all.
        timeout: how many seconds drawing may take.

    Returns:
        The path of the file.

    Raises:
        RenderError: no such format, direction, theme or depth, or no such builder or data to look at; the drawing
            failed or took too long; no program for a PDF.
        MissingExtraError: nothing that draws is installed.
    """
    file = Path(path)
    ending = file.suffix.lower()
    part = _Part(focus=focus, depth=depth)
    if ending in _MERMAID_TEXT:
        content = mermaid(plan, run, direction=direction, **part).encode()
    elif ending in _JSON_TEXT:
        content = json(plan, run, **part).encode()
    else:
        text = dot(plan, run, direction=direction, legend=legend, theme=theme, **part)
        content = text.encode() if ending in _DOT_TEXT else _draw(text, ending, timeout)
    if ending == ".svg":
        content = _described(content, view_for(plan, run, **part))
    write(file, content)
    return file


def svg(plan: Plan) -> str | None:
    """Give a picture of a plan as SVG for a notebook, or None if nothing here can draw it."""
    try:
        return _described(_draw(dot(plan), ".svg", TIMEOUT), view_for(plan)).decode()
    except (MissingExtraError, RenderError):
        return None


def _described(content: bytes, view: View) -> bytes:
    """Say in a drawn picture what it shows, for those who do not see it."""
    label = escape(alt_text(view)).encode(errors="replace")
    return content.replace(b"<svg ", b'<svg role="img" aria-label="%s" ' % label, 1)


def _draw(text: str, ending: str, timeout: float) -> bytes:
    if ending not in _DRAWN:
        endings = ", ".join([*_DRAWN, *_DOT_TEXT, *_MERMAID_TEXT, *_JSON_TEXT])
        raise RenderError(f"No picture can be written as {ending!r}.", do=f"Use a name that ends in {endings}.")
    try:
        from graphviz.backend import execute
    except ImportError as error:
        raise MissingExtraError(_FEATURE, extra=_EXTRA) from error
    program = _find(ending)
    name = Path(program).name
    command = [program, "-Kdot", f"-T{ending[1:]}", *_DRAWN[ending].options]
    run_check = cast(_Runner, cast(Any, execute).run_check)
    try:
        answer = run_check(command, input=text.encode(), capture_output=True, quiet=True, timeout=timeout)
    except subprocess.TimeoutExpired as error:
        raise RenderError(
            f"{name} had not drawn the picture after {timeout:g} seconds.",
            do="Give it a longer timeout, or write a .dot file and draw it elsewhere.",
        ) from error
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip() or f"exit status {error.returncode}"
        raise RenderError(
            f"{name} could not draw the picture: {said}.", do="Look at its text in a .dot file."
        ) from error
    except (OSError, execute.ExecutableNotFound) as error:
        raise RenderError(f"{name} could not be started: {error}.", do="Install it again.") from error
    return answer.stdout


def _find(ending: str) -> str:
    """Give the program that draws a format: from this environment's own folder, else from the search path."""
    places = os.pathsep.join([sysconfig.get_path("scripts"), os.environ.get("PATH", os.defpath)])
    names = _DRAWN[ending].names
    found = next(filter(None, (shutil.which(name, path=places) for name in names)), None)
    if found is not None:
        return found
    if names == ("dot",):
        raise RenderError(
            f"A {ending} file needs the program `dot` of Graphviz, which was not found.",
            do="Install Graphviz (apt install graphviz, brew install graphviz ...), or write an .svg file.",
        )
    raise MissingExtraError(_FEATURE, extra=_EXTRA)
