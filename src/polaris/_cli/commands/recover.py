"""``polaris recover``: carries on what dead workers left, once."""

from __future__ import annotations

from collections.abc import Mapping

import click

from polaris._cli import render
from polaris._cli.calls import CallTeller
from polaris._cli.engines import opened_engine
from polaris._cli.load import load_resources, load_workflow
from polaris._cli.options import COUNT, json_lines_option, resources_option, runs_store_option
from polaris._cli.stored import opened_store
from polaris._model.keys import TypeForm


@click.command("recover")
@click.argument("workflows", metavar="MODULE:WORKFLOW...", nargs=-1, required=True)
@runs_store_option
@click.option("--limit", type=COUNT, help="How many runs at most; all there are if left out.")
@resources_option
@json_lines_option
def recover_command(
    *, workflows: tuple[str, ...], store: str, limit: int | None, resources_name: str | None, as_json: bool
) -> None:
    """Carry on runs that were left.

    A run whose worker died or that was left queued is taken over, and carried as far as it goes; a line is printed
    for each call that ends. One that fails is left as any failed run is. Runs of other workflows, or that were last
    advanced under another plan, are left alone.
    """
    asked = [load_workflow(name) for name in workflows]
    resources: Mapping[TypeForm, object] = load_resources(resources_name) if resources_name else {}
    teller = CallTeller(as_json=as_json)
    with (
        opened_store(store) as opened,
        opened_engine(opened, *asked, resources=resources, observers=[teller]) as engine,
    ):
        carried = engine.ask(lambda each: each.recover(limit))
    if not as_json:
        render.show(render.recovered_text(len(carried)))
