"""Tells of each call as it ends, while a command carries many."""

from __future__ import annotations

import click

from polaris._cli import render
from polaris._cli.as_json import call_json
from polaris._model.events import Event
from polaris.protocols import Observer


class CallTeller(Observer):
    """Prints a line for each call that ends.

    Args:
        as_json: whether that line is a JSON object.
    """

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json

    def call_finished(self, event: Event, /) -> None:
        """Print how a call ended."""
        if self._as_json:
            click.echo(call_json(event))
        else:
            render.show(render.call_text(event))
