"""``polaris status``: says where a stored run stands."""

from __future__ import annotations

import click

from polaris._cli import render
from polaris._cli.as_json import stored_json
from polaris._cli.stored import read_stored


@click.command("status")
@click.argument("run_id", metavar="RUN_ID")
@click.option("--store", metavar="URL", required=True, help="The store that has the run, such as sqlite:///rides.db.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def status_command(*, run_id: str, store: str, as_json: bool) -> None:
    """Say where a stored run stands, and what it waits for.

    The store is enough: no code of the workflow is imported. Keys are named, values never.
    """
    stored = read_stored(store, run_id)
    if as_json:
        click.echo(stored_json(stored))
    else:
        render.show(render.stored_text(stored))
