"""Property tests of whole workflows: values drawn from the type hints, and what must hold of every workflow.

Needs the extra ``testing`` (hypothesis).
"""

from __future__ import annotations

from importlib.util import find_spec

from polaris.errors import MissingExtraError

if find_spec("hypothesis") is None:
    raise MissingExtraError("polaris.testing", extra="testing")

from polaris.testing.crash import every_crash
from polaris.testing.fakes import Fault, Faults, Killed, SetClock, kill
from polaris.testing.paths import PathCoverage, path_coverage
from polaris.testing.properties import (
    assert_confluent,
    assert_idempotent,
    assert_pure,
    assert_same_everywhere,
    check_workflow,
)
from polaris.testing.runs import Run, runs
from polaris.testing.stateful import machine
from polaris.testing.strategies import deliveries, values

__all__ = [
    "Fault",
    "Faults",
    "Killed",
    "PathCoverage",
    "Run",
    "SetClock",
    "assert_confluent",
    "assert_idempotent",
    "assert_pure",
    "assert_same_everywhere",
    "check_workflow",
    "deliveries",
    "every_crash",
    "kill",
    "machine",
    "path_coverage",
    "runs",
    "values",
]
