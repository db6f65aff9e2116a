"""The plugin for pytest: ``--polaris-cov[=MIN]`` reports which paths of workflows no test has seen.

It lies outside of `polaris.testing`, which needs hypothesis, because pytest loads it wherever Polaris is installed.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

_MEASURED = pytest.StashKey[dict[str, tuple[set[str], set[str]]]]()
_OUTPUT = "polaris_paths"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option."""
    parser.getgroup("polaris").addoption(
        "--polaris-cov",
        nargs="?",
        const=0.0,
        type=float,
        metavar="MIN",
        help="report the paths of workflows that no check has seen, and fail if fewer than MIN percent were",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Have checks say what they have seen."""
    if config.getoption("polaris_cov") is None:
        return
    measured: dict[str, tuple[set[str], set[str]]] = {}

    def observe(coverage: Any) -> None:  # noqa: ANN401 - a `PathCoverage`, which is imported late
        _add(measured, coverage.workflow, coverage.seen, coverage.missed)

    config.stash[_MEASURED] = measured
    observers: list[Any] = import_module("polaris.testing.paths").OBSERVERS
    observers.append(observe)
    config.add_cleanup(lambda: observers.remove(observe))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail where too little was seen; a worker of pytest-xdist hands on what it has seen instead."""
    measured = session.config.stash.get(_MEASURED, None)
    if measured is None:
        return
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_OUTPUT] = {name: (sorted(seen), sorted(missed)) for name, (seen, missed) in measured.items()}
    elif _lacking(session.config, measured) and session.exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401 - pytest-xdist need not be there
    """Take what a worker has seen."""
    measured = node.config.stash.get(_MEASURED, None)
    for name, (seen, missed) in getattr(node, "workeroutput", {}).get(_OUTPUT, {}).items():
        _add(measured, name, seen, missed)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Write the report."""
    measured = config.stash.get(_MEASURED, None)
    if measured is None:
        return
    terminalreporter.section("paths of workflows")
    for name, (seen, missed) in sorted(measured.items()):
        terminalreporter.line(f"{name}: {_percent(seen, missed):.0f} % of {len(seen | missed)} paths seen")
        for path in sorted(missed):
            terminalreporter.line(f"  never seen: {path}")
    if _lacking(config, measured):
        wanted = config.getoption("polaris_cov")
        terminalreporter.line(f"FAIL at least {wanted:g} % are wanted of: {', '.join(_lacking(config, measured))}")


def _add(measured: dict[str, tuple[set[str], set[str]]], name: str, seen: Any, missed: Any) -> None:  # noqa: ANN401
    """Add what was seen of a workflow: what one check has missed may be seen by another."""
    before, never = measured.setdefault(name, (set(), set()))
    before.update(seen)
    never.update(missed)
    never -= before


def _lacking(config: pytest.Config, measured: dict[str, tuple[set[str], set[str]]]) -> list[str]:
    wanted = float(config.getoption("polaris_cov") or 0)
    return sorted(name for name, (seen, missed) in measured.items() if _percent(seen, missed) < wanted)


def _percent(seen: set[str], missed: set[str]) -> float:
    return 100 * len(seen) / len(seen | missed)
