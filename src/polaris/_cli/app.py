"""The command `polaris`: its verbs under one roof."""

from __future__ import annotations

import click

from polaris._cli.commands.check import check_command
from polaris._cli.commands.compile import compile_command
from polaris._cli.commands.graph import graph_command
from polaris._cli.commands.run import run_command
from polaris._cli.commands.status import status_command


@click.group(
    commands=[check_command, compile_command, graph_command, run_command, status_command],
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="polaris-workflows", message="polaris %(version)s")
def app() -> None:
    """Check, compile, draw and run workflows.

    MODULE:WORKFLOW names a workflow as Python would import it from the current directory: rides:cab_ride is the
    variable cab_ride of rides.py.

    The exit status is 1 if the workflow or the run is at fault, 2 if the command is.
    """
