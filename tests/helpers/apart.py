"""Tests that need a process of their own.

An audit hook cannot be taken back. With one in place, two threads that start at the same moment under coverage can
meet in `sys.settrace`, which CPython 3.11 answers with an error in a thread that then never runs: whoever waits for it
waits for ever. So files that install one are not collected, but run by a test in a process without threads.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def run_apart(file: str) -> subprocess.CompletedProcess[str]:
    """Run the tests of a file, relative to the folder of the project, in a process of their own."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", file]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
