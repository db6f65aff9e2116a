#!/usr/bin/env python3
"""How long `check_workflow` takes for the cab ride with its default settings, in seconds of a processor.

Each time it is measured in a process of its own, after a first check in that process, in which everything is loaded.
"""

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

RIDES = Path(__file__).resolve().parents[2] / "examples" / "02_cab_ride"

MEASURE = """
from time import process_time
from polaris.testing import check_workflow
from rides import cab_ride, match_cabbie

check_workflow(cab_ride, stub=[match_cabbie])
begun = process_time()
check_workflow(cab_ride, stub=[match_cabbie])
print(process_time() - begun)
"""


def seconds() -> float:
    """Check once, and give the seconds that it took."""
    done = subprocess.run([sys.executable, "-c", MEASURE], cwd=RIDES, check=True, stdout=subprocess.PIPE, text=True)
    return float(done.stdout)


def main() -> None:
    """Measure, and print for people or for programs."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="1 process instead of 5")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    taken = [seconds() for _ in range(1 if options.quick else 5)]
    found = {"median": statistics.median(taken), "least": min(taken), "most": max(taken)}
    if options.json:
        print(json.dumps({name: round(value, 3) for name, value in found.items()}))
        return
    print("check_workflow of the cab ride: " + ", ".join(f"{name} {value:.2f} s" for name, value in found.items()))


if __name__ == "__main__":
    main()
