#!/usr/bin/env python3
"""Draws the workflow of every example, and writes the part of a page that shows them; the documents are built with it.

An example is a folder in examples with a file that declares a workflow. Some of them are shown as a run that waits,
too. No picture is kept with the sources.
"""

import argparse
import importlib.util
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import polaris
from polaris import Outcome, Plan, Workflow, export
from polaris._assembly import compiled
from polaris._cli.data import read_data
from polaris.export.detail import view_for
from polaris.export.style import Direction, ThemeName
from polaris.export.view import alt_text

ROOT = Path(__file__).resolve().parent.parent
EXAMPLES = ROOT / "examples"
PART = "examples.md"
"""The part of the page, beside the pictures, which are named as from the folder of all documents."""

THEMES: tuple[ThemeName, ...] = ("light", "dark")
MOST_IN_A_ROW = 4
"""How many builders fit side by side on a page, which is narrower than a screen."""


class Paused(NamedTuple):
    """A run to show: its id, and what was delivered to it."""

    run_id: str
    data: tuple[str, ...]


PAUSED: Mapping[str, Paused] = {
    "cab_ride": Paused("ride-42", ('RideRequest={"user_id": "u1", "source": "home", "destination": "airport"}',)),
    "onboarding": Paused("anna", ('Applicant={"name": "Anna", "passport": "C01X00T47"}',)),
}
"""What is delivered to the workflow of this name, for a picture of a run."""


class Example(NamedTuple):
    """A workflow of an example."""

    folder: Path
    module: ModuleType
    workflow: Workflow[Any]


def examples() -> Iterator[Example]:
    """Find the workflows of all examples."""
    for folder in sorted(EXAMPLES.glob("*/")):
        for file in sorted(folder.glob("*.py")):
            names = re.findall(r"^(\w+) = Workflow\(", file.read_text(encoding="utf-8"), re.MULTILINE)
            if names:
                module = imported(file)
                yield from (Example(folder, module, getattr(module, name)) for name in names)


def imported(file: Path) -> ModuleType:
    """Import a file under a name of its own: those of the examples may repeat."""
    name = f"{file.parent.name}_{file.stem}"
    spec = importlib.util.spec_from_file_location(name, file)
    if spec is None or spec.loader is None:
        raise ImportError(f"{file} cannot be imported")
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def draw(folder: Path) -> None:
    """Draw all pictures into a folder, and write the part of the page that shows them."""
    folder.mkdir(parents=True, exist_ok=True)
    sections = ["\n\n".join(section(example, folder)) for example in examples()]
    (folder / PART).write_text("\n\n".join(sections) + "\n", encoding="utf-8")


def section(example: Example, folder: Path) -> Iterator[str]:
    """Draw what is to be seen of an example, and tell of it: what its README begins with, and the pictures."""
    title, learn = (example.folder / "README.md").read_text(encoding="utf-8").split("\n\n")[:2]
    plan = polaris.compile_plan(example.workflow)
    yield f"## {title.removeprefix('# ')}"
    yield f"{learn}\nThe code is in `examples/{example.folder.name}`."
    yield from pictures(folder / f"{plan.workflow}.png", plan)
    paused = run(example)
    if paused is not None:
        yield "A run of it that waits:"
        yield from pictures(folder / f"{plan.workflow}-waiting.png", plan, paused)


def run(example: Example) -> Outcome[Any] | None:
    """Carry the run that is shown, if one is, as far as it goes."""
    workflow = example.workflow
    asked = PAUSED.get(workflow.name)
    if asked is None:
        return None
    resources = getattr(example.module, "RESOURCES", {})
    with polaris.open_engine("memory://", workflow, resources=resources) as engine:
        return engine.run(workflow, asked.run_id, read_data(compiled(workflow), None, asked.data))


def pictures(file: Path, plan: Plan, outcome: Outcome[Any] | None = None) -> Iterator[str]:
    """Draw one picture for light pages and one for dark ones, and say what they show to those who do not see them."""
    direction: Direction = "LR" if len(plan.steps) <= MOST_IN_A_ROW else "TB"
    for theme in THEMES:
        name = file.with_name(f"{file.stem}-{theme}.png")
        export.render(plan, name, outcome, direction=direction, theme=theme)
        shown = f"/{name.parent.name}/{name.name}"
        yield f"```{{image}} {shown}\n:alt: {alt_text(view_for(plan, outcome))}\n:class: only-{theme}\n```"


def main(arguments: list[str] | None = None) -> int:
    """Draw into a folder, and give the exit code."""
    parser = argparse.ArgumentParser(prog="draw_examples.py", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("folder", type=Path, help="where the pictures are written")
    draw(parser.parse_args(arguments).folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
