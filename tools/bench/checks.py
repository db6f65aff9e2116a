"""How long `check_workflow` takes for the cab ride with its default settings, in seconds of a processor.

Each time it is measured in a process of its own, after a first check in that process, in which everything is loaded.
"""

import argparse
import subprocess
import sys
from pathlib import Path

from tools.bench.rows import Row, report, row

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


def measure(options: argparse.Namespace) -> dict[str, Row]:
    """Measure."""
    return {"check_workflow of the cab ride": row((seconds() for _ in range(2 if options.quick else 9)), "s")}


if __name__ == "__main__":
    report(measure, __doc__)
