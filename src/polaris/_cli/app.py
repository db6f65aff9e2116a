"""The command `polaris`: its verbs under one roof."""

from __future__ import annotations

import click

from polaris._cli.commands.compile import compile_command
from polaris._cli.commands.graph import graph_command
from polaris._cli.commands.next import next_command
from polaris._cli.commands.run import run_command
from polaris._cli.commands.status import status_command
from polaris._cli.commands.why import why_command


@click.group(
    commands=[compile_command, graph_command, next_command, run_command, status_command, why_command],
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="polaris-workflows", message="polaris %(version)s")
def app() -> None:
    """Compile, draw and run workflows.

    MODULE:WORKFLOW names a workflow as Python would import it from the current directory: rides:cab_ride is the
    variable cab_ride of rides.py.

    The exit status is 1 if the workflow or the run is at fault, 2 if the command is.
    """
