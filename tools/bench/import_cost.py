"""What `import polaris` costs, as a multiple of what its three largest ingredients cost.

Every sample is a new process that imports and ends. The programs take turns, so that a machine that grows busy slows
all alike; medians are compared, so that one slow start does not count. The bare interpreter is shown beside them.
"""

import argparse
import os
import subprocess
import sys
import time

from tools.bench.rows import Row, ratios, report, row

PROGRAMS = {
    "bare": "pass",
    "baseline": "import dataclasses, json, typing",
    "polaris": "import polaris",
}


def seconds(program: str) -> float:
    """Time one process as users have it: site-packages and all, and bytecode kept from the process before."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", program], check=True, env=environ)
    return time.perf_counter() - began


def measure(options: argparse.Namespace) -> dict[str, Row]:
    """Take turns; give milliseconds, and the ratio."""
    times: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for program in PROGRAMS.values():
        seconds(program)  # fills the caches of the disk and of bytecode
    for _ in range(5 if options.quick else 41):
        for name, program in PROGRAMS.items():
            times[name].append(seconds(program) * 1000)
    rows = {program: row(times[name], "ms") for name, program in PROGRAMS.items()}
    pairs = zip(times["baseline"], times["polaris"], strict=True)
    return rows | {"ratio": ratios(pairs, f"x {PROGRAMS['baseline']}")}


if __name__ == "__main__":
    report(measure, __doc__)
