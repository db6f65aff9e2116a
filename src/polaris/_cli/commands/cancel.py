"""``polaris cancel``: closes a stored run for good."""

from __future__ import annotations

import click

from polaris._cli import render
from polaris._cli.as_json import stored_json
from polaris._cli.options import as_json_option, store_option
from polaris._cli.stored import cancel_stored


@click.command("cancel")
@click.argument("run_id", metavar="RUN_ID")
@store_option
@as_json_option
def cancel_command(*, run_id: str, store: str, as_json: bool) -> None:
    """Close a stored run for good.

    It takes no data and no call any more; its data can still be read. A builder that is running is not stopped, but
    what it makes is not written. The store is enough: no code of the workflow is imported.
    """
    stored = cancel_stored(store, run_id)
    if as_json:
        click.echo(stored_json(stored))
    else:
        render.show(render.stored_text(stored))
