"""The measurement of memory: it finds none that is lost in few calls, and would tell if some were."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tools.bench.leak import POINTS, Order, faults, grown, watch

ROOT = Path(__file__).parents[3]


def test_no_memory_is_lost_by_calls_or_by_sets_of_delivered_types() -> None:
    command = [sys.executable, "-m", "tools.bench.leak", "--quick", "--json"]
    alone = {name: value for name, value in os.environ.items() if not name.startswith("COV")}  # coverage needs memory
    done = subprocess.run(command, cwd=ROOT, env=alone, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout)["2,000 sets of types, functions"]["median"] == 64


def test_an_object_that_each_call_leaves_behind_is_told() -> None:
    kept: list[Order] = []
    seen = watch(lambda number: kept.append(Order(number)), 10_000)
    assert (len(seen), len(kept)) == (POINTS, 10_000)
    told = faults(grown("10,000 calls", seen))
    assert {text.partition(":")[0] for text in told} >= {"10,000 calls, blocks", "10,000 calls, objects"}


def test_more_functions_than_are_kept_are_told() -> None:
    found = grown("calls", watch(lambda _: None, 10))
    row = found["calls, resident"]._replace(median=65.0)
    assert faults({"sets, functions": row}) == ["sets, functions: 65 is more than 64"]
    assert faults({"sets, functions": row._replace(median=64.0)}) == []
