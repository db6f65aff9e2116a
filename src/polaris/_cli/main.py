"""Where the command begins, and the one place where its errors end.

The exit status says whose turn it is: 0 nobody's, 1 the author of the workflow or the run, 2 whoever typed the
command. What went wrong goes to standard error as sentences, and as a traceback only with ``POLARIS_DEBUG=1``.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

from polaris.errors import (
    MissingExtraError,
    MissingResourceError,
    RenderError,
    StoreUnavailableError,
    UnknownDataError,
    UnknownWorkflowError,
)

FAILED = 1
WRONG_USE = 2
INTERRUPTED = 130

try:
    import click

    from polaris._cli import render
    from polaris._cli.app import app
except ModuleNotFoundError as missing:
    if str(missing.name).partition(".")[0] not in {"click", "rich"}:
        raise
    sys.stderr.write(f"Error: {MissingExtraError('The command `polaris`', extra='cli')}\n")
    sys.exit(WRONG_USE)

_WRONG_USES = (
    MissingExtraError,
    MissingResourceError,
    RenderError,
    StoreUnavailableError,
    UnknownDataError,
    UnknownWorkflowError,
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command ``polaris`` and give its exit status.

    Args:
        argv: the arguments; those of the process if left out.
    """
    arguments = sys.argv[1:] if argv is None else list(argv)
    try:
        status: int | None = app.main(arguments, prog_name="polaris", standalone_mode=False)
    except Exception as error:  # noqa: BLE001 - whatever it is, a person is told in a sentence
        if os.environ.get("POLARIS_DEBUG") == "1":
            traceback.print_exception(error)
        return _tell(error)
    return status or 0


def _tell(error: Exception) -> int:
    """Say what went wrong, and give the exit status for it."""
    if isinstance(error, click.Abort):
        return INTERRUPTED
    if isinstance(error, click.ClickException):
        error.show()
        return error.exit_code
    render.show(render.failure(error), err=True)
    return WRONG_USE if isinstance(error, _WRONG_USES) else FAILED
