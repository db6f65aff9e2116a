"""What compiling costs, as a multiple of reading the same hints with `typing.get_type_hints`, one function at a time.

Each size is a module of its own, in processes of its own: builders of three inputs each under `from __future__ import
annotations`. Cold compiles from the functions; kept is that, finding the files that the plan came from, and writing it
into the cache; thorough also looks for what is doubtful, as `polaris compile` does; warm takes the plan from the cache,
which is read when somebody looks into it; used is that, reading it and finding the functions that it names; first is
the one cold compilation of a process in which the user's source is parsed, too. All are CPU time. A multiple is the
median over all samples, each of which is compared with the hints as they were read right before it. The growth exponent
is that of the time from the size before: 1 is linear.
"""

import argparse
import gc
import importlib.util
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
import typing
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from types import ModuleType

from tools.bench.rows import Row, ratios, report, row

SIZES = (10, 100, 1_000, 10_000)
PROCESSES = 3


def source(size: int) -> str:
    """Write a module: builders that read what the three before them make, the last of it if it is there."""
    lines = ["from __future__ import annotations", "from dataclasses import dataclass", "import polaris"]
    lines += [f"@dataclass(frozen=True)\nclass {key(number)}:\n    n: int" for number in range(-2, size + 1)]
    lines += [
        f"@polaris.builder\ndef make_{number}(one: {key(number - 1)}, two: {key(number - 2)}, "
        f"three: {key(number - 3)} | None = None) -> {key(number)}:\n    return {key(number)}(one.n)"
        for number in range(1, size + 1)
    ]
    return "\n".join([*lines, f"flow = polaris.Workflow('flow', target=K{size})", ""])


def key(number: int) -> str:
    """Name the class that a builder makes; those before the first are outside data."""
    return f"K{number}" if number >= 0 else f"O{-number}"


def load(path: Path) -> ModuleType:
    """Import a file."""
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None  # noqa: S101
    assert spec.loader is not None  # noqa: S101
    module = importlib.util.module_from_spec(spec)
    sys.modules[path.stem] = module
    spec.loader.exec_module(module)
    return module


def seconds(work: Callable[[], object]) -> float:
    """Time some work, with the collector as users have it but nothing left over to collect."""
    gc.collect()
    began = time.process_time()
    work()
    return time.process_time() - began


def inside(path: Path, samples: int) -> None:
    """Measure in this process, and print all samples, in seconds."""
    module = load(path)
    from polaris import _assembly as assembly
    from polaris._cache.disk import DiskCache
    from polaris._compiler.compile import compile_workflow
    from polaris._model.compiled import Compiled

    flow = module.flow
    functions = [thing for name, thing in vars(module).items() if name.startswith("make_")]

    def hints() -> object:
        return [typing.get_type_hints(function, include_extras=True) for function in functions]

    def keep(result: Compiled) -> None:
        DiskCache().save(flow, result.plan, result.sources)

    def warm() -> Compiled:
        found = assembly._from_cache(flow)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        return found or sys.exit("compile_cost.py: the plan was not kept")

    hints()
    times: dict[str, list[tuple[float, float]]] = {"first": [(seconds(hints), seconds(lambda: compile_workflow(flow)))]}
    keep(compile_workflow(flow))
    ways: dict[str, Callable[[], object]] = {
        "cold": lambda: compile_workflow(flow),
        "kept": lambda: keep(compile_workflow(flow)),
        "thorough": lambda: compile_workflow(flow, thorough=True),
        "warm": warm,
        "used": lambda: warm().functions,
    }
    for name, work in ways.items():
        times[name] = [(seconds(hints), seconds(work)) for _ in range(samples)]
    print(json.dumps(times))


def outside(size: int, samples: int, folder: Path) -> dict[str, list[tuple[float, float]]]:
    """Measure one size in processes of its own: for each way, the seconds of reading hints and of the way itself."""
    path = folder / f"chain_{size}.py"
    path.write_text(source(size), encoding="utf-8")
    os.utime(path, (1, 1))  # a source that is older than the process that reads it
    time.sleep(0.1)
    environ = {**os.environ, "POLARIS_CACHE_DIR": str(folder / "cache")}
    command = [sys.executable, "-m", "tools.bench.compile_cost", "--inside", str(path), "--samples", str(samples)]
    found: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for _ in range(PROCESSES):
        done = subprocess.run(command, check=True, env=environ, stdout=subprocess.PIPE, text=True)
        for way, samples_of_it in json.loads(done.stdout).items():
            found[way] += samples_of_it
    return found


def _typical(pairs: list[tuple[float, float]]) -> float:
    return statistics.median(taken for _, taken in pairs)


def measure(options: argparse.Namespace) -> dict[str, Row]:
    """Measure all sizes."""
    with tempfile.TemporaryDirectory(prefix="polaris-") as name:
        found = {size: outside(size, 3 if options.quick else 11, Path(name)) for size in SIZES}
    rows = {
        f"{size:,} builders, {way}": ratios(pairs, "x get_type_hints")
        for size, ways in found.items()
        for way, pairs in ways.items()
    }
    for before, size in pairwise(SIZES):
        for way in ("cold", "kept", "warm", "used"):
            grown = math.log(_typical(found[size][way]) / _typical(found[before][way])) / math.log(size / before)
            rows[f"{size:,} builders, growth {way}"] = row([grown], "exponent")
    return rows


def prepare(parser: argparse.ArgumentParser) -> None:
    """Add what a process of one size is told."""
    parser.add_argument("--inside", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--samples", type=int, default=0, help=argparse.SUPPRESS)


def main() -> None:
    """Measure, or be one of the processes in which it is measured."""
    parser = argparse.ArgumentParser(add_help=False)
    prepare(parser)
    options, _ = parser.parse_known_args()
    if options.inside:
        inside(options.inside, options.samples)
    else:
        report(measure, __doc__)


if __name__ == "__main__":
    main()
