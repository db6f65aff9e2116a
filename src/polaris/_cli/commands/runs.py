"""``polaris runs``: lists stored runs."""

from __future__ import annotations

import click

from polaris._cli import render
from polaris._cli.as_json import runs_json
from polaris._cli.options import COUNT, STATUSES, Duration, as_json_option, runs_store_option
from polaris._cli.stored import opened_store
from polaris._model.keys import Key
from polaris._model.outcome import Status
from polaris._runtime.desk import DEFAULT_LIMIT, check_run_id


@click.command("runs")
@runs_store_option
@click.option("--workflow", metavar="NAME", help="Only runs of the workflow of this name, such as cab_ride.")
@click.option("--status", type=STATUSES, help="Only runs that stand there.")
@click.option("--waiting-for", metavar="KEY", help="Only runs that wait for this key.")
@click.option(
    "--older-than",
    metavar="DURATION",
    type=Duration(),
    help="Only runs that were not written to for so long: 90s, 15m, 12h, 30d, 2w.",
)
@click.option("--limit", type=COUNT, default=DEFAULT_LIMIT, show_default=True, help="How many at most.")
@click.option("--after", metavar="RUN_ID", help="Only runs with a greater id: the last one of the page before.")
@as_json_option
def runs_command(
    *,
    store: str,
    workflow: str | None,
    status: str | None,
    waiting_for: str | None,
    older_than: float | None,
    limit: int,
    after: str | None,
    as_json: bool,
) -> None:
    """List stored runs in the order of their ids, a page at a time.

    The store is enough: no code of a workflow is imported. Keys are named, values never.
    """
    if after is not None:
        check_run_id(after)
    with opened_store(store) as opened:
        found = opened.find(
            workflows=None if workflow is None else [workflow],
            status=None if status is None else Status(status),
            waiting_for=None if waiting_for is None else Key(waiting_for),
            older_than=older_than,
            limit=limit + 1,
            after=after,
        )
    page = found[:limit]
    more = page[-1].run_id if len(found) > limit else None
    if as_json:
        click.echo(runs_json(page, more))
    else:
        render.show(render.runs_text(page, more))
