"""``polaris purge``: deletes stored runs that are done with."""

from __future__ import annotations

import sys

import click

from polaris._cli import render
from polaris._cli.as_json import purged_json
from polaris._cli.options import STATUSES, Duration, as_json_option, runs_store_option
from polaris._cli.stored import opened_store
from polaris._model.outcome import Status


@click.command("purge")
@runs_store_option
@click.option("--status", type=STATUSES, required=True, help="Only runs that stand there.")
@click.option(
    "--older-than",
    metavar="DURATION",
    type=Duration(),
    required=True,
    help="Only runs that were not written to for so long: 90s, 15m, 12h, 30d, 2w.",
)
@click.option("--yes", is_flag=True, help="Do not ask. Needed where there is nobody to ask, as in a cron job.")
@as_json_option
def purge_command(*, store: str, status: str, older_than: float, yes: bool, as_json: bool) -> None:
    """Delete stored runs of all workflows, for good.

    Only runs in which nothing is left to do are deleted: no call is open, and nothing is queued. Paused runs are
    deleted only if that is what --status says. The store is enough: no code of a workflow is imported.
    """
    with opened_store(store) as opened:
        is_meant = yes or _is_meant(status, store)
        count = opened.purge(older_than=older_than, status=Status(status)) if is_meant else 0
    if as_json:
        click.echo(purged_json(count))
    else:
        render.show(render.purged_text(count))


def _is_meant(status: str, store: str) -> bool:
    if not sys.stdin.isatty():
        raise click.UsageError("There is nobody to ask whether to delete runs for good. Add --yes if that is meant.")
    return click.confirm(render.purge_question(status, store), err=True)
