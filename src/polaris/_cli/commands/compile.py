"""``polaris compile``: shows what a workflow becomes, or every fault in it."""

from __future__ import annotations

from pathlib import Path

import click

from polaris._cli import render
from polaris._cli.as_json import faults_json, plan_json
from polaris._cli.load import load_workflow
from polaris._cli.wrong_use import writing
from polaris._compiler.compile import compile_workflow
from polaris.errors import CompileError


@click.command("compile")
@click.argument("workflow", metavar="MODULE:WORKFLOW")
@click.option(
    "-o",
    "--output",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the plan to this file, for review in version control.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def compile_command(*, workflow: str, output: Path | None, as_json: bool) -> None:
    """Compile a workflow, and show its plan or all its faults.

    Warnings go to standard error. The plan cache is not asked.
    """
    asked = load_workflow(workflow)
    try:
        found = compile_workflow(asked, thorough=True)
    except CompileError as error:
        if as_json:
            click.echo(faults_json(asked.name, error.diagnostics))
        raise
    if output is not None:
        with writing(output):
            found.plan.save(output)
    if as_json:
        click.echo(plan_json(found.plan, found.warnings))
        return
    render.show(render.plan_text(found.plan))
    if found.warnings:
        render.show(render.diagnostics_text(found.warnings), err=True)
