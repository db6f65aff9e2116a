"""What every measurement here gives: rows of medians and quartiles, for people or, with `--json`, for programs."""

import argparse
import json
import statistics
from collections.abc import Callable, Iterable, Mapping
from typing import NamedTuple


class Row(NamedTuple):
    """One figure.

    Attributes:
        median: of all samples.
        low: their first quartile.
        high: their third quartile.
        unit: of what it is a figure; "x hand-written" is a ratio.
    """

    median: float
    low: float
    high: float
    unit: str


Rows = Mapping[str, Row | str]
"""By name, each in order; a text says why one was left out."""


def row(samples: Iterable[float], unit: str) -> Row:
    """Give the median and the quartiles of some samples."""
    taken = list(samples)
    low, median, high = statistics.quantiles(taken, n=4, method="inclusive") if len(taken) > 1 else taken * 3
    return Row(median, low, high, unit)


def ratios(pairs: Iterable[tuple[float, float]], unit: str) -> Row:
    """Give how many times the first of each pair the second is."""
    return row((second / first for first, second in pairs), unit)


def as_json(rows: Rows) -> dict[str, dict[str, object]]:
    """Give what is printed for programs: four digits that count."""
    return {
        name: {"left out": one} if isinstance(one, str) else {
            key: float(f"{value:.4g}") if isinstance(value, float) else value for key, value in one._asdict().items()
        }
        for name, one in rows.items()
    }  # fmt: skip


def shown(rows: Mapping[str, Mapping[str, object]]) -> str:
    """Give a table for people of what `as_json` gives."""
    wide = max((len(name) for name in rows), default=0) + 2
    return "\n".join(f"{name:<{wide}}{_told(one)}" for name, one in rows.items())


def _told(one: Mapping[str, object]) -> str:
    if "left out" in one:
        return f"left out: {one['left out']}"
    return f"{one['median']:>12,}  ({one['low']:,} to {one['high']:,})  {one['unit']}"


def report(
    measure: Callable[[argparse.Namespace], Rows],
    says: str | None,
    prepare: Callable[[argparse.ArgumentParser], object] = lambda _: None,
) -> Rows:
    """Be the program of a measurement.

    Args:
        measure: takes the options, of which `quick` asks for fewer samples, and gives the rows.
        says: the docstring of the program.
        prepare: adds options of its own.
    """
    parser = argparse.ArgumentParser(description=says, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="fewer samples")
    parser.add_argument("--json", action="store_true", help="print one line of JSON")
    prepare(parser)
    options = parser.parse_args()
    found = measure(options)
    rows = as_json(found)
    print(json.dumps(rows) if options.json else shown(rows))
    return found
