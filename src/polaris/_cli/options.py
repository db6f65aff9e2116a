"""Options that several verbs have, and the kinds of values that they take."""

from __future__ import annotations

import re
from pathlib import Path

import click

from polaris._model.outcome import Status

_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)([smhdw]?)")
_SECONDS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0, "w": 604800.0}


class Duration(click.ParamType[float]):
    """A number of seconds, or of what the letter behind it stands for: ``90``, ``90s``, ``15m``, ``12h``, ``30d``."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Give the seconds."""
        found = _DURATION.fullmatch(str(value))
        if found is None:
            self.fail(f"{value!r} is no duration. Write it like 90s, 15m, 12h, 30d or 2w.", param, ctx)
        number, unit = found.groups()
        return float(number) * _SECONDS[unit]


STATUSES = click.Choice([status.value for status in Status if status is not Status.QUEUED])
"""What a stored run can be; a call is queued, a run is not."""

COUNT = click.IntRange(min=1)

as_json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")

json_lines_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")

store_option = click.option(
    "--store", metavar="URL", required=True, help="The store that has the run, such as sqlite:///rides.db."
)

runs_store_option = click.option(
    "--store", metavar="URL", required=True, help="The store that has the runs, such as sqlite:///rides.db."
)

data_option = click.option(
    "--data", "pairs", metavar="KEY=JSON", multiple=True, help="Deliver a value; may be repeated."
)

data_file_option = click.option(
    "--data-file",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Deliver the values of a JSON object, by key.",
)

delivery_id_option = click.option("--delivery-id", metavar="ID", help="Counts once, however often it is sent.")

resources_option = click.option(
    "--resources",
    "resources_name",
    metavar="MODULE:MAPPING",
    help="The services that builders ask for: a dict from types to objects, or a function that returns one.",
)
