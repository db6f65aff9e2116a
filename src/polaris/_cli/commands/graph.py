"""``polaris graph``: draws a workflow, or a stored run on it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

import click

from polaris import export
from polaris._assembly import compiled
from polaris._cli.load import load_workflow
from polaris._cli.stored import keys_of, read_stored
from polaris._cli.wrong_use import WrongUseError, writing
from polaris._model.compiled import Compiled
from polaris._model.outcome import Status
from polaris.export import dot, mermaid, render


class _Run(NamedTuple):
    """What a picture shows of a run; of its data only which there are."""

    run_id: str
    status: Status
    data: Mapping[object, object]
    waiting_for: tuple[object, ...]


@click.command("graph")
@click.argument("workflow", metavar="MODULE:WORKFLOW")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Draw into this file: .svg, .png, .pdf, or text: .dot, .gv, .mmd, .json.",
)
@click.option(
    "--format", "text_format", type=click.Choice(["dot", "mermaid", "json"]), help="What to print without -o.  [dot]"
)
@click.option("--direction", type=click.Choice(["TB", "LR"]), help="From top to bottom, or from left to right.")
@click.option("--no-legend", is_flag=True, help="Leave the explanation of the signs out.")
@click.option("--theme", type=click.Choice(["light", "dark"]), default="light", show_default=True, help="The colours.")
@click.option("--run", "run_id", metavar="RUN_ID", help="Show where this run stands; needs --store.")
@click.option("--store", metavar="URL", help="The store that has the run, such as sqlite:///rides.db.")
def graph_command(
    *,
    workflow: str,
    output: Path | None,
    text_format: Literal["dot", "mermaid", "json"] | None,
    direction: Literal["TB", "LR"] | None,
    no_legend: bool,
    theme: Literal["light", "dark"],
    run_id: str | None,
    store: str | None,
) -> None:
    """Draw a workflow into a file, or print it as DOT or Mermaid text.

    Mermaid text shows the workflow alone: it has no legend, theme, direction or run.
    """
    if output is not None and text_format is not None:
        raise click.UsageError("-o takes the format from the name of its file. Leave --format out.")
    found = compiled(load_workflow(workflow))
    run = _run_of(found, run_id, store)
    if output is not None:
        with writing(output):
            render(found.plan, output, run, direction=direction, legend=not no_legend, theme=theme)
    elif text_format == "mermaid":
        click.echo(mermaid(found.plan), nl=False)
    elif text_format == "json":
        click.echo(export.json(found.plan, run), nl=False)
    else:
        click.echo(dot(found.plan, run, direction=direction, legend=not no_legend, theme=theme), nl=False)


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
    )
