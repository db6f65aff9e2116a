"""``polaris deliver``: puts data into the inbox of a stored run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import click

from polaris._assembly import compiled
from polaris._cli import render
from polaris._cli.as_json import stored_json
from polaris._cli.data import read_data
from polaris._cli.engines import opened_engine
from polaris._cli.load import load_workflow
from polaris._cli.options import as_json_option, data_file_option, data_option, delivery_id_option, store_option
from polaris._cli.stored import load_stored, opened_store
from polaris._cli.wrong_use import WrongUseError
from polaris._model.compiled import Compiled
from polaris._model.keys import TypeForm, key_of


@click.command("deliver")
@click.argument("workflow", metavar="MODULE:WORKFLOW")
@click.argument("run_id", metavar="RUN_ID")
@data_option
@data_file_option
@delivery_id_option
@store_option
@as_json_option
def deliver_command(
    *,
    workflow: str,
    run_id: str,
    pairs: tuple[str, ...],
    data_file: Path | None,
    delivery_id: str | None,
    store: str,
    as_json: bool,
) -> None:
    """Put data into the inbox of a stored run.

    The run must be there, and nothing is run: whoever holds the run takes the data before it lets go; else a worker
    does, or the next call.
    """
    if not pairs and data_file is None:
        raise click.UsageError("Nothing is delivered. Add --data or --data-file; `polaris run` goes on without data.")
    asked = load_workflow(workflow)
    found = compiled(asked)
    delivery = read_data(found, data_file, pairs)
    _check_lasting(found, delivery)
    unused = {found.types[given.key]: None for step in found.plan.steps for given, _ in step.resources}
    with opened_store(store) as opened, opened_engine(opened, asked, resources=unused) as engine:
        engine.ask(lambda each: each.deliver(run_id, delivery, delivery_id=delivery_id))
        stored = load_stored(opened, run_id)
    if as_json:
        click.echo(stored_json(stored))
    else:
        render.show(render.stored_text(stored))


def _check_lasting(found: Compiled, delivery: Iterable[TypeForm]) -> None:
    """Refuse what no inbox holds."""
    transient = {info.name for info in found.plan.keys if info.transient}
    for key in map(key_of, delivery):
        if key in transient:
            raise WrongUseError(f"{key} is transient: it is never stored. Deliver it with `polaris run`.")
