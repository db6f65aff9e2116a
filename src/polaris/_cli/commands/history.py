"""``polaris history``: tells what happened in a stored run."""

from __future__ import annotations

import click

from polaris._cli import render
from polaris._cli.as_json import history_json
from polaris._cli.options import as_json_option, store_option
from polaris._cli.stored import read_history


@click.command("history")
@click.argument("run_id", metavar="RUN_ID")
@store_option
@as_json_option
def history_command(*, run_id: str, store: str, as_json: bool) -> None:
    """Tell what happened in a stored run.

    That is its calls, and what builders made or how they failed. The store is enough: no code of the workflow is
    imported. Keys are named, values never.
    """
    events = read_history(store, run_id)
    if as_json:
        click.echo(history_json(run_id, events))
    else:
        render.show(render.history_text(run_id, events))
