"""``polaris compile``: shows what a workflow becomes, or every fault in it."""

from __future__ import annotations

from pathlib import Path

import click

from polaris._assembly import checked
from polaris._cli import render
from polaris._cli.as_json import faults_json, plan_json
from polaris._cli.load import load_workflow
from polaris._cli.wrong_use import WrongUseError, writing
from polaris._model.plan import Plan
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
@click.option(
    "--check",
    "saved",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Compare the plan with the one in this file instead: the exit status is 1 if they differ.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def compile_command(*, workflow: str, output: Path | None, saved: Path | None, as_json: bool) -> None:
    """Compile a workflow, and show its plan or all its faults.

    Warnings go to standard error. The plan cache is not asked.
    """
    if saved is not None and (output is not None or as_json):
        raise WrongUseError("--check writes nothing and prints no JSON. Leave --output and --json out.")
    asked = load_workflow(workflow)
    try:
        found = checked(asked)
    except CompileError as error:
        if as_json:
            click.echo(faults_json(asked.name, error.diagnostics))
        raise
    if saved is not None:
        compare(found.plan, saved, workflow)
        return
    if output is not None:
        with writing(output):
            found.plan.save(output)
    if as_json:
        click.echo(plan_json(found.plan, found.warnings))
        return
    render.show(render.plan_text(found.plan))
    if found.warnings:
        render.show(render.diagnostics_text(found.warnings), err=True)


def compare(plan: Plan, saved: Path, workflow: str) -> None:
    """Say that a plan is the one in a file, or in which lines it is not.

    Raises:
        click.ClickException: it is not.
        PlanFormatError: the file is damaged, or of another format.
    """
    before = Plan.load(saved)
    if before == plan:
        click.echo(f"{plan.workflow}: as in {saved}")
        return
    render.show(render.differences_text(before, plan))
    raise click.ClickException(
        f"{workflow} is not what {saved} says. "
        f"If it should be as it is now, save it and review it: polaris compile {workflow} -o {saved}"
    )
