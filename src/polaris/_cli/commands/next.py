"""``polaris next``: says what would get a stored run further."""

from __future__ import annotations

import click

from polaris._cli import render
from polaris._cli.as_json import noun_json, object_json
from polaris._cli.stored import read_with_plan
from polaris._cli.wrong_use import WrongUseError
from polaris._insight.schema import next_inputs_schema
from polaris._insight.stored import next_inputs_stored
from polaris.errors import DeclarationError


@click.command("next")
@click.argument("run_id", metavar="RUN_ID")
@click.option("--store", metavar="URL", required=True, help="The store that has the run, such as sqlite:///rides.db.")
@click.option("--until", metavar="NAME", multiple=True, help="Reach this builder or key; may be given several times.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of what may be delivered.")
def next_command(*, run_id: str, store: str, until: tuple[str, ...], as_json: bool, schema: bool) -> None:
    """Say which outside data would get a stored run further: the smallest sets, each to be delivered together.

    The store is enough: no code of the workflow is imported. With --until a set reaches a builder or a key if every
    builder on the way makes what is hoped of it.
    """
    plan, stored = read_with_plan(store, run_id)
    try:
        found = next_inputs_stored(plan, stored, until)
    except DeclarationError as error:
        raise WrongUseError(str(error)) from error
    if schema:
        click.echo(object_json(next_inputs_schema(plan, found)))
    elif as_json:
        click.echo(noun_json(found))
    else:
        render.show(found.__rich__())
