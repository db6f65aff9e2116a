"""Whether memory stays flat: over a million calls in memory, and over ten thousand sets of delivered types.

Of a hundred calls one is walked, because it has an observer, and of a thousand one fails; the others are straight-line
code. Then calls are made with one set of types after another, each often enough to have a function of its own. Memory
is looked at again and again, after a full collection: what the process holds, how many blocks the interpreter has
allocated and how many objects the collector knows. What it grows by is counted from the first tenth on. The exit
status is 1 if anything grows by more than is allowed.
"""

import argparse
import gc
import linecache
import random
import resource
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, make_dataclass
from itertools import chain, combinations
from pathlib import Path
from typing import Any, NamedTuple

import polaris
from polaris import BuilderFailedError, Workflow
from polaris._runtime.specialise import FEW, MOST
from tools.bench.rows import Row, report

POINTS = 10
"""How often memory is looked at."""

ONCE = 300
"""How many sets are called once before: more than are remembered of those that have no function yet."""

LIMITS = {"resident": 1.0, "blocks": 300.0, "objects": 100.0, "functions": float(MOST)}
"""By how much each may have grown in the end, whatever the number of calls; of the functions, how many there may be."""


@dataclass(frozen=True)
class Order:
    """What is delivered."""

    number: int


@dataclass(frozen=True)
class Coupon:
    """What may be delivered."""

    number: int


@dataclass(frozen=True)
class Price:
    """What is made."""

    number: int


@dataclass(frozen=True)
class Receipt:
    """What is made last."""

    number: int


def price(order: Order, coupon: Coupon | None = None) -> Price:
    """Fail for orders that are none."""
    return Price(100 // order.number - (0 if coupon is None else coupon.number))


def receipt(price: Price) -> Receipt:
    """Make the last."""
    return Receipt(price.number)


FLOW: Workflow[Any] = Workflow("leak", target=Receipt, builders=[price, receipt])


class Watcher:
    """An observer."""

    def builder_finished(self, event: object) -> None:
        """Do nothing."""


WATCHERS: Any = (Watcher(),)


class Held(NamedTuple):
    """What is held at one moment: MB, blocks, objects, and generated functions of the wide workflow."""

    resident: float
    blocks: int
    objects: int
    functions: int


def held() -> Held:
    """Look at the memory of this process; Linux tells what is resident now, others what was at most."""
    gc.collect()
    now = Path("/proc/self/statm")
    pages = int(now.read_text(encoding="ascii").split()[1]) * resource.getpagesize() if now.exists() else 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    functions = sum(
        name.startswith("<polaris 'wide'") for name in linecache.cache
    )  # where tracebacks find their source
    return Held((pages or most) / 2**20, sys.getallocatedblocks(), len(gc.get_objects()), functions)


def call(number: int) -> None:
    """Make one call, of the kind that the number says, and read what came of it."""
    if number % 1000 == 0:
        with suppress(BuilderFailedError):
            polaris.run(FLOW, Order(0))
    elif number % 100 == 0:
        assert polaris.run(FLOW, Order(number), observers=WATCHERS).data  # noqa: S101
    elif number % 2:
        assert polaris.run(FLOW, Order(number), Coupon(1)).result  # noqa: S101
    else:
        assert polaris.run(FLOW, Order(number)).produced  # noqa: S101


def wide(count: int) -> tuple[Workflow[Any], list[type[Any]]]:
    """Make a workflow of one builder that can take any of so many types."""
    types = [make_dataclass(f"T{number}", [("n", int)], frozen=True) for number in range(count)]
    scope: dict[str, Any] = {kind.__name__: kind for kind in types} | {"Receipt": Receipt}
    taken = ", ".join(f"t{number}: T{number} | None = None" for number in range(count))
    exec(f"def join({taken}) -> Receipt: return Receipt(1)", scope)  # noqa: S102 - our own text
    return Workflow("wide", target=Receipt, builders=[scope["join"]]), types


def sets(count: int) -> Callable[[int], None]:
    """Give what makes calls with the set of that number; large and small ones come in no order, but always the same."""
    flow, types = wide(14)
    data = [kind(1) for kind in types]
    every = chain.from_iterable(combinations(data, size) for size in range(1, 15))
    some = random.Random(1).sample(list(every), count + ONCE)  # noqa: S311 - no secret
    for once in some[count:]:
        polaris.run(flow, *once)

    def calls(number: int) -> None:
        for _ in range(FEW + 2):
            assert polaris.run(flow, *some[number]).result  # noqa: S101

    return calls


def watch(work: Callable[[int], None], times: int) -> list[Held]:
    """Do some work so many times, and look at the memory in between."""
    seen: list[Held] = []
    for point in range(POINTS):
        for number in range(point * times // POINTS, (point + 1) * times // POINTS):
            work(number)
        seen.append(held())
    return seen


def grown(what: str, seen: list[Held]) -> dict[str, Row]:
    """Give what has grown from the first look to the last; and the least and the most of all looks."""
    found: dict[str, Row] = {}
    for name, unit in (("resident", "MB more"), ("blocks", "blocks more"), ("objects", "objects more")):
        more = [getattr(one, name) - getattr(seen[0], name) for one in seen[1:]]
        found[f"{what}, {name}"] = Row(more[-1], min(more), max(more), unit)
    return found


def measure(options: argparse.Namespace) -> dict[str, Row]:
    """Make all calls."""
    calls, many = (20_000, 2_000) if options.quick else (1_000_000, 10_000)
    for number in range(5_000):
        call(number)
    found = grown(f"{calls:,} calls", watch(call, calls))
    seen = watch(sets(many), many)
    functions = [float(one.functions) for one in seen]
    kept = Row(max(functions), min(functions), max(functions), "functions at most")
    return {**found, **grown(f"{many:,} sets of types", seen), f"{many:,} sets of types, functions": kept}


def faults(rows: dict[str, Row]) -> list[str]:
    """Say what has grown too much; a single look may be higher, the last may not."""
    limits = {name: LIMITS[name.rpartition(", ")[2]] for name in rows}
    return [f"{name}: {rows[name].median:g} is more than {limit:g}" for name, limit in limits.items()
            if rows[name].median > limit]  # fmt: skip


def main() -> int:
    """Measure, print, and fail if memory grows."""
    rows: dict[str, Row] = {}

    def keep(options: argparse.Namespace) -> dict[str, Row]:
        rows.update(measure(options))
        return rows

    report(keep, __doc__)
    found = faults(rows)
    print(*found, sep="\n", end="\n" if found else "", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
