#!/usr/bin/env python3
"""What `import polaris` costs, as a multiple of what its three largest ingredients cost.

Every sample is a new process that imports and ends. The programs take turns, so that a machine that grows busy slows
all alike; medians are compared, so that one slow start does not count. The bare interpreter is shown beside them.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import time

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


def measure(samples: int) -> dict[str, float]:
    """Take turns; give the medians in milliseconds, and the ratio."""
    times: dict[str, list[float]] = {name: [] for name in PROGRAMS}
    for program in PROGRAMS.values():
        seconds(program)  # fills the caches of the disk and of bytecode
    for _ in range(samples):
        for name, program in PROGRAMS.items():
            times[name].append(seconds(program))
    medians = {name: statistics.median(taken) * 1000 for name, taken in times.items()}
    return {**medians, "ratio": medians["polaris"] / medians["baseline"]}


def main() -> None:
    """Measure, and print for people or for programs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="5 samples instead of 41")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    found = measure(5 if options.quick else 41)
    if options.json:
        print(json.dumps({name: round(value, 3) for name, value in found.items()}))
        return
    for name, program in PROGRAMS.items():
        print(f"{program:<34}{found[name]:8.1f} ms")
    print(f"{'import polaris is':<34}{found['ratio']:8.2f} times the baseline")


if __name__ == "__main__":
    main()
