"""``polaris graph``: draws a workflow, or a stored run on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import Literal, NamedTuple

import click

from polaris._assembly import compiled
from polaris._cli.load import load_workflow
from polaris._cli.stored import keys_of, read_stored
from polaris._cli.wrong_use import WrongUseError, writing
from polaris._model.compiled import Compiled
from polaris._model.outcome import Status
from polaris.export.render import TIMEOUT, render

_DRAWN = (".svg", ".png", ".pdf")
_ENDINGS: Mapping[str, str] = {
    "dot": ".dot",
    "mermaid": ".mmd",
    "json": ".json",
    **{ending[1:]: ending for ending in _DRAWN},
}


class _Run(NamedTuple):
    """What a picture shows of a run; of its data only which there are."""

    run_id: str
    status: Status
    data: Mapping[object, object]
    waiting_for: tuple[object, ...]
    error: str | None


@click.command("graph")
@click.argument("workflow", metavar="MODULE:WORKFLOW")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw into this file: .svg, .png, .pdf, or text: .dot, .gv, .mmd, .json.",
)
@click.option("--format", "form", type=click.Choice(list(_ENDINGS)), help="What to print without -o.  [dot]")
@click.option("--direction", type=click.Choice(["TB", "LR"]), help="From top to bottom, or from left to right.")
@click.option("--no-legend", is_flag=True, help="Leave the explanation of the signs out.")
@click.option("--theme", type=click.Choice(["light", "dark"]), default="light", show_default=True, help="The colours.")
@click.option("--focus", metavar="NAME", help="Draw only what leads to this builder or key, and what comes of it.")
@click.option("--depth", type=click.IntRange(min=0), help="How many edges to follow from the focus.  [all]")
@click.option("--run", "run_id", metavar="RUN_ID", help="Show where this run stands; needs --store.")
@click.option("--store", metavar="URL", help="The store that has the run, such as sqlite:///rides.db.")
@click.option("--timeout", type=float, default=TIMEOUT, show_default=True, help="How many seconds drawing may take.")
@click.option("--open", "opens", is_flag=True, help="Open the picture, an .svg file if nothing else is asked for.")
def graph_command(
    *,
    workflow: str,
    output: Path | None,
    form: str | None,
    direction: Literal["TB", "LR"] | None,
    no_legend: bool,
    theme: Literal["light", "dark"],
    focus: str | None,
    depth: int | None,
    run_id: str | None,
    store: str | None,
    timeout: float,
    opens: bool,
) -> None:
    """Draw a workflow into a file, or print the picture: as DOT text, or in another format.

    Mermaid and JSON text have no legend and no theme.
    """
    if output is not None and form is not None:
        raise click.UsageError("-o takes the format from the name of its file. Leave --format out.")
    found = compiled(load_workflow(workflow))
    draw = partial(
        render,
        found.plan,
        run=_run_of(found, run_id, store),
        direction=direction,
        legend=not no_legend,
        theme=theme,
        focus=focus,
        depth=depth,
        timeout=timeout,
    )
    if output is not None:
        with writing(output):
            draw(output)
    elif opens:
        output = draw(Path(mkdtemp(prefix="polaris-")) / f"graph{_ENDINGS[form or 'svg']}")
        click.echo(output)
    else:
        _print(draw, _ENDINGS[form or "dot"])
    if opens and click.launch(str(output)):
        raise WrongUseError(f"Nothing here could open {output}. Open it yourself.")


def _print(draw: Callable[[Path], Path], ending: str) -> None:
    with TemporaryDirectory(prefix="polaris-") as folder:
        content = draw(Path(folder) / f"graph{ending}").read_bytes()
    click.echo(content if ending in _DRAWN else content.decode(), nl=False)


def _run_of(found: Compiled, run_id: str | None, store: str | None) -> _Run | None:
    if run_id is None and store is None:
        return None
    if run_id is None or store is None:
        raise click.UsageError("--run and --store belong together. Give both, or neither.")
    stored = read_stored(store, run_id)
    header = stored.header
    if header.workflow != found.plan.workflow:
        raise WrongUseError(
            f"Run {run_id!r} is a run of {header.workflow!r}, not of {found.plan.workflow!r}. Name its own workflow."
        )
    types = {str(key): form for key, form in found.types.items()}
    return _Run(
        run_id=run_id,
        status=header.status,
        data={types[key]: key for key in keys_of(stored) if key in types},
        waiting_for=tuple(types[key] for key in header.waiting_for if key in types),
        error=header.error,
    )
