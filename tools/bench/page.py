"""Writes the page on performance from the figures that are recorded: what is met, what is missed, and who is better."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from tools.bench.peers import PEERS, WORKS

ROOT = Path(__file__).resolve().parents[2]
RECORD = ROOT / "tools" / "bench" / "record.json"
PAGE = ROOT / "docs" / "explanation" / "performance.md"

Found = Mapping[str, Mapping[str, Any]]
"""For each measurement its `about` and its `rows`."""

BEST = "best peer"
"""A measurement that is worked out: how many times longer the best of all peers takes than we do."""

SETTINGS = ("normal", "full")

FSYNC = "32 callers, fsync"
"""The row of the stores that tells of the disk."""


class Aim(NamedTuple):
    """One aim.

    Attributes:
        words: what is to be so.
        measurement: which one tells.
        row: which row of it.
        least: what it must be at least, or None.
        most: what it may be at most, or None.
    """

    words: str
    measurement: str
    row: str
    least: float | None = None
    most: float | None = None


AIMS = (
    *(
        Aim(f"`polaris.run`, {work}, beside hand-written code", "calls", work, most=most)
        for work, most in {
            "chain 10": 1.5, "fan 10": 1.5, "mixed": 1.5,
            "chain 100": 1.25, "fan 100": 1.25, "chain 1000": 1.25, "fan 1000": 1.25,
        }.items()
    ),
    *(Aim(f"the walk alone, {work}, beside hand-written code", "calls", f"{work}, walk", most=10)
      for work in ("chain 100", "fan 100")),
    *(Aim(f"with one observer, {work}, beside hand-written code", "calls", f"{work}, observer", most=13)
      for work in ("chain 100", "fan 100")),
    *(
        Aim(f"a call on `memory://`, {work}, a checkpoint for each {checkpoint}, in µs: 12 and 5 for each stored value",
            "calls", f"{work}, memory:// {checkpoint}", most=12 + 5 * values)
        for work, values in {"chain 10": 11, "chain 100": 101}.items() for checkpoint in ("builder", "call")
    ),
    *(
        Aim(f"{store}: steps, as a share of the raw driver's upserts", "stores", f"{row}, builder, share", least=least)
        for store, row, least in (
            ("SQLite, `synchronous=normal`", "sqlite normal", 0.4), ("SQLite, `synchronous=full`", "sqlite full", 0.8),
            ("PostgreSQL", "postgres", 0.5),
        )
    ),
    *(
        Aim(f"durable steps a second on SQLite, `synchronous={setting}`, beside {peer}",
            f"others {peer} {setting}", f"times {peer}, {setting}", least=5)
        for peer in ("langgraph", "dbos") for setting in SETTINGS
    ),
    *(Aim(f"the quickest peer in memory, {work}, beside `polaris.run`", BEST, work, least=15) for work in WORKS),
    *(Aim(f"`why`, a {kind} of 1,000 builders", "insight_cost", f"{kind} of 1,000, why", most=50)
      for kind in ("ladder", "fan", "maze")),
)  # fmt: skip

TABLES = {
    "calls": "A call in memory, and on `memory://`",
    "stores": "Stores, beside their raw drivers",
    "million": "A delivery among many paused runs, in SQLite",
    "compile_cost": "Compiling",
    "import_cost": "`import polaris`",
    "insight_cost": "Asking why, and what next",
    "makespan": "Builders at the same time",
    "checks": "`check_workflow`",
    "leak": "Memory",
}
"""Every measurement of our own, in the order of the page, and its title."""

HEAD = """\
# How quick it is

<!-- Made by `python3 tools/dev.py bench --page` from tools/bench/record.json: edit tools/bench/page.py instead. -->

Figures of one machine say little; ratios that were taken in one process, in turns, say more.
So nearly every figure here is a ratio: to straight-line Python written by hand, to the raw driver of a store, or to
another library that does the same work beside us.
A figure is a median; the quartiles are in brackets.
What has a test that fails when it gets worse is counted, not timed: `tests/architecture/test_call_costs.py` counts
the instructions of a call, and `tests/unit/_runtime/test_cost.py` the functions that it calls.

## To repeat it

```console
$ python3 tools/dev.py bench --quick            # everything of ours, a few minutes
$ python3 tools/dev.py bench --peers            # everything, and the other libraries, each in an environment of its own
$ python3 tools/dev.py bench calls stores       # only some
$ python3 tools/dev.py bench --peers --record   # keeps the figures as those of this page
$ python3 tools/dev.py bench --page             # writes this page
```

The figures are also written as JSON, to `build/bench.json` or where `--json` says.
What each program in `tools/bench` measures, and how, is told at its top.
"""

BETTER = """\
## Where another is better

The first result is that of a workflow that is not in our plan cache: it is compiled, and compiling looks for every
fault in it.
"""


def recorded() -> Found:
    """Read the figures that the page is made from."""
    found: Found = json.loads(RECORD.read_text(encoding="utf-8"))
    return found


def number(value: float) -> str:
    """Write a figure with three digits that count."""
    return f"{float(f'{value:.3g}'):,.10g}"


def told(row: Mapping[str, Any] | None) -> str:
    """Write a row: its figure and its quartiles."""
    if row is None:
        return "not measured"
    if "left out" in row:
        return str(row["left out"])
    spread = "" if row["low"] == row["high"] else f" ({number(row['low'])} to {number(row['high'])})"
    return f"{number(row['median'])}{spread}"


def table(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Write a table."""
    written = [head, ["---"] * len(head), *lines]
    return "".join(f"| {' | '.join(line)} |\n" for line in written)


def rows(found: Found, measurement: str) -> Mapping[str, Any]:
    """Give the rows of a measurement; none if it was not made."""
    return found[measurement]["rows"] if measurement in found else {}


def best(found: Found) -> dict[str, dict[str, Any]]:
    """Give for each kind of work the peer that is quickest: how many times longer than ours it takes."""
    quickest: dict[str, dict[str, Any]] = {}
    for work in WORKS:
        there = [one for peer in PEERS if (one := rows(found, f"peers {peer}").get(f"{work}, times"))]
        if there:
            quickest[work] = min(there, key=lambda one: one["median"])
    return quickest


# --- the parts of the page -------------------------------------------------------------------------------------------


def verdict(aim: Aim, row: Mapping[str, Any] | None) -> str:
    """Say whether an aim is met."""
    if row is None or "left out" in row:
        return "not measured"
    is_met = (aim.least is None or row["median"] >= aim.least) and (aim.most is None or row["median"] <= aim.most)
    return "met" if is_met else "**missed**"


def aims(found: Found) -> str:
    """Say what is aimed at, and what is met."""
    everything = {**{name: one["rows"] for name, one in found.items()}, BEST: best(found)}
    lines: list[list[str]] = []
    for aim in AIMS:
        row = everything.get(aim.measurement, {}).get(aim.row)
        bound = f"at least {number(aim.least)}" if aim.least is not None else f"at most {number(aim.most or 0)}"
        lines.append([aim.words, bound, told(row), verdict(aim, row)])
    count = Counter(line[-1].strip("*") for line in lines)
    says = f"Of {len(lines)} aims {count['met']} are met, {count['missed']} are missed and "
    says += f"{count['not measured']} were not measured."
    took = told(rows(found, "stores").get(FSYNC))
    says += f"\n\nWhat waits for the disk depends on it: one `fsync` took {took} ms here.\n"
    says += "The longer that is, the nearer to 1 are the shares of `full` and of PostgreSQL, and the more alike is the"
    says += " speed of all that save each step."
    return f"## What we aim at\n\n{says}\n\n" + table(["aim", "bound", "measured", ""], lines)


def better(found: Found) -> str:
    """Say in what a peer is better than we are."""
    names = {f"peers {peer}": peer for peer in PEERS}
    names |= {f"others {peer} {setting}": peer for peer in ("langgraph", "dbos") for setting in SETTINGS}
    lines = [
        [peer, name.removesuffix(", times"), number(1 / row["median"])]
        for measurement, peer in names.items()
        for name, row in rows(found, measurement).items()
        if "times" in name and "left out" not in row and row["high"] < 1
    ]
    if not lines:
        return f"{BETTER}\nNowhere in what was measured here.\n"
    return f"{BETTER}\n" + table(["library", "at", "times as quick as we are"], lines)


def in_memory(found: Found) -> str:
    """Compare with others, in memory."""
    measured = {peer: rows(found, f"peers {peer}") for peer in PEERS}
    head = ["", *WORKS]

    def line(label: str, there: Mapping[str, Any], suffix: str) -> list[str]:
        cells = [there.get(f"{work}{suffix}", there.get(work)) for work in WORKS]
        return [label, *("-" if cell is None or "left out" in cell else number(cell["median"]) for cell in cells)]

    who = [
        [peer, found[f"peers {peer}"]["about"]["version"] if f"peers {peer}" in found else "not measured", one.call]
        for peer, one in PEERS.items()
    ]
    out = [
        [f"{peer}, {work}", there[work]["left out"]]
        for peer, there in measured.items() for work in WORKS if "left out" in there.get(work, {})
    ]  # fmt: skip
    parts = [
        "## Beside other libraries, in memory\n",
        "All call the same small functions, which make the same frozen dataclasses; a graph is built once, before.",
        "In a chain each function reads what the one before it made; in a fan one reads what all the others made;",
        "the layers are ten, and each function of one reads what two of the layer before made;",
        "the mixed one is a checkout with optional data, builders that decline, and two branches.\n",
        "Most of these libraries also do what is not measured here, and were made for longer steps than these.\n",
        "Times as long as hand-written code:\n",
        table(head, [line(peer, there, "") for peer, there in measured.items()]),
        "Times as long as `polaris.run`, in the same process:\n",
        table(head, [line(peer, there, ", times") for peer, there in measured.items()]),
        "From the functions to the first result, with building and compiling, times as long as with us:\n",
        table(head, [line(peer, there, ", first result, times") for peer, there in measured.items()]),
        "What was called:\n",
        table(["library", "version", "call"], who),
    ]
    if out:
        parts += ["What was left out (-), and why:\n", table(["", "why"], out)]
    return "\n".join(parts)


def durable(found: Found) -> str:
    """Compare with others, in SQLite."""
    lines = [
        [name, told(row), row.get("unit", "")]
        for peer in ("langgraph", "dbos")
        for setting in SETTINGS
        for name, row in rows(found, f"others {peer} {setting}").items()
        if "left out" not in row
    ]
    says = (
        "A chain of twenty steps, each of which is saved before the next begins, a new run each time, in SQLite with "
        'the same settings\n(langgraph: `SqliteSaver`, `durability="sync"`; dbos: `@DBOS.step`). '
        "Each is measured beside us, in turns.\n\n"
    )
    return f"## Beside other libraries, durable\n\n{says}" + table(["", "measured", ""], lines)


def own(found: Found) -> str:
    """Give all figures of our own."""
    parts = [
        f"### {title}\n\n"
        + table(["", "measured", "unit"], [[name, told(row), row.get("unit", "")] for name, row in
                                          rows(found, measurement).items()])
        for measurement, title in TABLES.items()
        if measurement in found
    ]  # fmt: skip
    return "## All figures of our own\n\n" + "\n".join(parts)


def made_on(found: Found) -> str:
    """Say when and where."""
    lines = [
        [name, one["about"]["when"], one["about"]["python"], str(one["about"]["processors"]),
         "yes" if one["about"]["quick"] else "no"]
        for name, one in found.items()
    ]  # fmt: skip
    return "## When it was measured\n\n" + table(["", "when (UTC)", "CPython", "processors", "few samples"], lines)


def written(found: Found) -> str:
    """Write the page."""
    return "\n".join([HEAD, *(part(found) for part in (aims, better, in_memory, durable, own, made_on))])
