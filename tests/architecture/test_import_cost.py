"""`import polaris` loads no third-party module: who uses a small part of the library pays for no more."""

import subprocess
import sys
from pathlib import Path

LOADED_BY_IMPORT = """
import sys
sys.path.insert(0, {source!r})
before = set(sys.modules)
import polaris
new = {{name.partition(".")[0] for name in sys.modules.keys() - before}}
print(sorted(new - sys.stdlib_module_names - {{"polaris"}}))
"""


def import_polaris(package: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Import the package in a process that sees neither our environment nor, with -S, anything installed."""
    program = LOADED_BY_IMPORT.format(source=str(package.parent))
    command = [sys.executable, "-I", *options, "-c", program]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_importing_polaris_loads_no_third_party_module(package: Path) -> None:
    answer = import_polaris(package)
    assert (answer.stdout.strip(), answer.stderr) == ("[]", "")


def test_polaris_can_be_imported_where_nothing_is_installed(package: Path) -> None:
    answer = import_polaris(package, "-S")
    assert (answer.stdout.strip(), answer.stderr) == ("[]", "")
