"""``polaris worker``: carries on what is queued or was left by dead workers, until it is told to stop."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing

import click

from polaris._cli import render
from polaris._cli.calls import CallTeller
from polaris._cli.engines import Opened, opened_engine
from polaris._cli.load import load_resources, load_workflow
from polaris._cli.options import COUNT, Duration, json_lines_option, resources_option
from polaris._cli.stopping import Stop, gated, stopping
from polaris._model.keys import TypeForm
from polaris.errors import StoreUnavailableError
from polaris.stores import open_store

_FIRST_PAUSE, _LAST_PAUSE = 0.5, 30.0
"""Seconds before a store that is away is tried again, at first and at last."""


@click.command("worker")
@click.argument("workflows", metavar="MODULE:WORKFLOW...", nargs=-1, required=True)
@click.option(
    "--store", metavar="URL", required=True, help="The store that has the runs, or will: it is made if it is not there."
)
@click.option(
    "--poll",
    metavar="DURATION",
    type=Duration(),
    default="1s",
    show_default=True,
    help="How long to wait between two rounds.",
)
@click.option("--limit", type=COUNT, help="How many runs to carry in a round; all there are if left out.")
@resources_option
@json_lines_option
def worker_command(
    *,
    workflows: tuple[str, ...],
    store: str,
    poll: float,
    limit: int | None,
    resources_name: str | None,
    as_json: bool,
) -> None:
    """Carry on runs that were left, round after round.

    It does what `polaris recover` does, until it is told to stop: SIGTERM or SIGINT (Ctrl-C) lets it finish the run
    at hand, and no other; a second one breaks that off, and nothing that was saved is lost. A store that cannot be
    reached is tried again. One worker carries one run at a time: start several for more.
    """
    asked = [load_workflow(name) for name in workflows]
    resources: Mapping[TypeForm, object] = load_resources(resources_name) if resources_name else {}
    teller = CallTeller(as_json=as_json)
    with (
        stopping() as stop,
        closing(open_store(store)) as opened,
        opened_engine(gated(opened, stop), *asked, resources=resources, observers=[teller]) as engine,
    ):
        _work(engine, stop, poll, limit)


def _work(engine: Opened, stop: Stop, poll: float, limit: int | None) -> None:
    """Carry runs until somebody asks to stop; wait longer and longer while the store is away."""
    is_away, pause = False, poll
    while not stop.is_asked:
        try:
            engine.ask(lambda each: each.recover(limit))
        except StoreUnavailableError as error:
            if not is_away:
                render.show(render.away_text(error), err=True)
            is_away, pause = True, max(poll, min(max(2 * pause, _FIRST_PAUSE), _LAST_PAUSE))
        else:
            if is_away:
                render.show(render.back_text(), err=True)
            is_away, pause = False, poll
        stop.pause(pause)
