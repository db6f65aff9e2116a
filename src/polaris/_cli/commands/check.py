"""``polaris check``: everything that is wrong or doubtful about the workflows of a module, for people and for CI."""

from __future__ import annotations

from pathlib import Path

import click

from polaris._cli import render
from polaris._cli.as_github import findings_github
from polaris._cli.as_json import findings_json
from polaris._cli.as_sarif import findings_sarif
from polaris._cli.findings import check_workflows
from polaris._cli.load import load_workflows


@click.command("check")
@click.argument("workflows", metavar="MODULE[:WORKFLOW]")
@click.option("--strict", is_flag=True, help="Let the exit status be 1 on warnings too.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json", "github", "sarif"]),
    default="text",
    show_default=True,
    help="For people, for programs, for GitHub Actions, or for code scanning.",
)
def check_command(*, workflows: str, strict: bool, form: str) -> int:
    """Find all faults of a workflow, or of every workflow of a module.

    Nothing is written, and no builder runs. The exit status is 1 if there are errors.
    """
    asked, folder = load_workflows(workflows), Path.cwd()
    checked = check_workflows(asked, folder)
    match form:
        case "json":
            click.echo(findings_json(checked.findings))
        case "sarif":
            click.echo(findings_sarif(checked.findings, folder))
        case "github":
            click.echo(findings_github(checked.findings), nl=bool(checked.findings))
        case _:
            render.show(render.findings_text(workflows, len(asked), checked.findings))
    for error in checked.refused:
        render.show(render.failure(error), err=True)
    return int(checked.is_bad(strict=strict))
