"""The command `polaris`: its verbs under one roof."""

from __future__ import annotations

import click

from polaris._cli.commands.cancel import cancel_command
from polaris._cli.commands.check import check_command
from polaris._cli.commands.compile import compile_command
from polaris._cli.commands.deliver import deliver_command
from polaris._cli.commands.ghostwrite import ghostwrite_command
from polaris._cli.commands.graph import graph_command
from polaris._cli.commands.history import history_command
from polaris._cli.commands.next import next_command
from polaris._cli.commands.purge import purge_command
from polaris._cli.commands.recover import recover_command
from polaris._cli.commands.rerun import rerun_command
from polaris._cli.commands.run import run_command
from polaris._cli.commands.runs import runs_command
from polaris._cli.commands.status import status_command
from polaris._cli.commands.why import why_command
from polaris._cli.commands.worker import worker_command


@click.group(
    commands=[
        cancel_command,
        check_command,
        compile_command,
        deliver_command,
        ghostwrite_command,
        graph_command,
        history_command,
        next_command,
        purge_command,
        recover_command,
        rerun_command,
        run_command,
        runs_command,
        status_command,
        why_command,
        worker_command,
    ],
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.version_option(package_name="polaris-workflows", message="polaris %(version)s")
def app() -> None:
    """Check, compile, draw and run workflows, and look after their runs.

    MODULE:WORKFLOW names a workflow as Python would import it from the current directory: rides:cab_ride is the
    variable cab_ride of rides.py.

    The exit status is 1 if the workflow or the run is at fault, 2 if the command is.
    """
