"""``polaris why``: says why a stored run is where it is."""

from __future__ import annotations

import click

from polaris._cli import render
from polaris._cli.as_json import noun_json
from polaris._cli.stored import read_with_plan
from polaris._insight.stored import why_stored


@click.command("why")
@click.argument("run_id", metavar="RUN_ID")
@click.option("--store", metavar="URL", required=True, help="The store that has the run, such as sqlite:///rides.db.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def why_command(*, run_id: str, store: str, as_json: bool) -> None:
    """Say why a stored run is where it is: what is not there, and the one reason for it.

    The store is enough: it keeps the plan that the run was last advanced under, and no code of the workflow is
    imported. Keys are named, values never.
    """
    found = why_stored(*read_with_plan(store, run_id))
    if as_json:
        click.echo(noun_json(found))
    else:
        render.show(found.__rich__())
