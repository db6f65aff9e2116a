"""``polaris run``: delivers data to a workflow, in memory or to a stored run."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any, cast

import click

from polaris._assembly import compiled
from polaris._cli import render
from polaris._cli.as_json import outcome_json
from polaris._cli.data import read_data
from polaris._cli.engines import opened_engine, run_once
from polaris._cli.load import load_resources, load_workflow
from polaris._cli.progress import progress
from polaris._model.keys import TypeForm
from polaris._model.outcome import Outcome
from polaris.errors import StepError


@click.command("run")
@click.argument("workflow", metavar="MODULE:WORKFLOW")
@click.option("--data", "pairs", metavar="KEY=JSON", multiple=True, help="Deliver a value; may be repeated.")
@click.option(
    "--data-file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Deliver the values of a JSON object, by key.",
)
@click.option("--store", metavar="URL", help="Keep the run in this store, such as sqlite:///rides.db.")
@click.option("--run-id", metavar="RUN_ID", help="The run; made by its first delivery. Needs --store.")
@click.option("--new", is_flag=True, help="The run must not be there yet; it may be made without data.")
@click.option("--delivery-id", metavar="ID", help="Counts once, however often it is sent.")
@click.option(
    "--resources",
    "resources_name",
    metavar="MODULE:MAPPING",
    help="The services that builders ask for: a dict from types to objects, or a function that returns one.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, values included.")
def run_command(
    *,
    workflow: str,
    pairs: tuple[str, ...],
    data_file: Path | None,
    store: str | None,
    run_id: str | None,
    new: bool,
    delivery_id: str | None,
    resources_name: str | None,
    as_json: bool,
) -> None:
    """Deliver data to a workflow, and carry it as far as it goes.

    A value is JSON of the type that its key names: --data 'Name="Ada"', --data 'Arrived={"minute": 7}'.

    Without --store the run lives in memory and ends with the command. With it, each command goes on where the last
    one stopped; without data it tries again what failed.

    What a run that takes more than a second is doing is told on standard error, unless --json is given.
    """
    if (store is None) != (run_id is None):
        raise click.UsageError("--store and --run-id belong together. Give both, or neither.")
    if store is None and (new or delivery_id is not None):
        raise click.UsageError("--new and --delivery-id are about stored runs. Add --store and --run-id.")
    asked = load_workflow(workflow)
    resources: Mapping[TypeForm, object] = load_resources(resources_name) if resources_name else {}
    delivery = read_data(compiled(asked), data_file, pairs)
    data = (delivery,) if delivery else ()
    try:
        with nullcontext(()) if as_json else progress(asked.name) as observers:
            if store is None or run_id is None:
                outcome = run_once(asked, *data, resources=resources, observers=observers)
            else:
                with opened_engine(store, asked, resources=resources, observers=observers) as engine:
                    outcome = engine.ask(
                        lambda each: each.run(asked, run_id, *data, delivery_id=delivery_id, new=new or None)
                    )
    except StepError as error:
        if error.outcome is not None:
            _print(cast("Outcome[Any]", error.outcome), as_json=as_json, error=str(error))
        raise
    _print(outcome, as_json=as_json)


def _print(outcome: Outcome[Any], *, as_json: bool, error: str | None = None) -> None:
    if as_json:
        click.echo(outcome_json(outcome, error))
    else:
        render.show(render.outcome_text(outcome))
