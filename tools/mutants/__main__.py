"""Puts one small fault after another into a copy of the package, and says whether our tests find each of them.

A fault that no test finds survives: then a test is missing. The checkout is never changed.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from tools.mutants.engine import ENGINE
from tools.mutants.noun import Mutant
from tools.mutants.stores import STORES
from tools.mutants.walk import WALK

ROOT = Path(__file__).resolve().parent.parent.parent
SOURCE = ROOT / "src"
ALL: tuple[Mutant, ...] = (*WALK, *ENGINE, *STORES)
LONGEST = 60.0
"""Seconds after which a mutant counts as one that hangs: the tests of most need two."""

PASSED, FAILED = 0, 1
"""What pytest says; everything else means that no test was tried."""


class Fate(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    SURVIVED = "SURVIVED"
    NOT_TRIED = "NOT TRIED"


class Tried(NamedTuple):
    """A mutant that was tried, in how many seconds, and the last line that the tests said."""

    mutant: Mutant
    fate: Fate
    seconds: float
    said: str


def changed(mutant: Mutant, source: Path = SOURCE) -> str:
    """Give the text of the file of a mutant.

    Raises:
        ValueError: what it replaces is not there exactly once.
    """
    text = (source / "polaris" / mutant.file).read_text(encoding="utf-8")
    if (found := text.count(mutant.text)) != 1:
        raise ValueError(f"{mutant.name}: its text is {found} times in {mutant.file}, and must be there once")
    return text.replace(mutant.text, mutant.instead)


def tested(source: Path, tests: Iterable[str], scratch: Path, *, longest: float) -> tuple[int | None, str]:
    """Run tests on a copy of the package; give pytest's exit code, None if it hangs, and its last line."""
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "--no-header", "--tb=no", *tests]
    environ = {name: value for name, value in os.environ.items() if not name.startswith("COV")}  # it is soon gone
    environ |= {"PYTHONPATH": str(source), "HYPOTHESIS_STORAGE_DIRECTORY": str(scratch / "hypothesis")}
    environ["PYTHONDONTWRITEBYTECODE"] = "1"
    try:
        done = subprocess.run(
            command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=longest, check=False
        )
    except subprocess.TimeoutExpired:
        return None, "it hangs"
    lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
    failed = [line for line in lines if line.startswith(("FAILED ", "ERROR "))]
    return done.returncode, next(iter(failed), lines[-1] if lines else "")


def try_one(mutant: Mutant) -> Tried:
    """Run the tests of a mutant on a copy of the package that holds it."""
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="polaris-mutant-") as name:
        source = Path(name) / "src"
        shutil.copytree(SOURCE, source, ignore=shutil.ignore_patterns("__pycache__"))
        (source / "polaris" / mutant.file).write_text(changed(mutant), encoding="utf-8")
        code, said = tested(source, mutant.tests, Path(name), longest=LONGEST)
    fate = {None: Fate.KILLED, FAILED: Fate.KILLED, PASSED: Fate.SURVIVED}.get(code, Fate.NOT_TRIED)
    return Tried(mutant, fate, time.monotonic() - begun, said)


def wrong_without(mutants: Iterable[Mutant]) -> str | None:
    """Run the tests of mutants on the package as it is: they must pass, or they say nothing of a mutant."""
    tests = dict.fromkeys(test for mutant in mutants for test in mutant.tests)
    with tempfile.TemporaryDirectory(prefix="polaris-mutant-") as name:
        code, said = tested(SOURCE, tests, Path(name), longest=len(tests) * LONGEST)
    return None if code == PASSED else said


def main(arguments: Sequence[str] | None = None) -> int:
    """Try all mutants, or those whose name or file holds a word; give 0 if all were killed."""
    parser = argparse.ArgumentParser(prog="dev.py mutants", description=__doc__)
    parser.add_argument("words", nargs="*", help="only mutants whose name or file holds one of these")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many are tried at once")
    given = parser.parse_args(arguments)
    chosen = [one for one in ALL if not given.words or any(word in f"{one.file} {one.name}" for word in given.words)]
    if not chosen:
        parser.error(f"no mutant has one of these words: {' '.join(given.words)}")
    for one in chosen:
        changed(one)
    if wrong := wrong_without(chosen):
        sys.exit(f"mutants: without any mutant the tests do not pass: {wrong}")
    survived = 0
    with ThreadPoolExecutor(given.jobs) as pool:
        for tried in pool.map(try_one, chosen):
            survived += tried.fate is not Fate.KILLED
            print(f"{tried.fate.value:<10}{tried.seconds:5.1f} s  {tried.mutant.file}: {tried.mutant.name}", flush=True)
            print(f"{'':<19}{tried.said}", flush=True)
    print(f"mutants: {len(chosen) - survived} of {len(chosen)} killed", flush=True)
    return 1 if survived else 0


if __name__ == "__main__":
    sys.exit(main())
