"""The error of whoever typed the command: its options fit together, but what they name is not there or of no use."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import click


class WrongUseError(click.ClickException):
    """What was named on the command line cannot be used; one sentence what, one sentence what to do."""

    exit_code = 2


@contextmanager
def writing(file: Path) -> Generator[None]:
    """Say which file it was if a file cannot be written.

    Raises:
        WrongUseError: what happens inside raised an `OSError`.
    """
    try:
        yield
    except OSError as error:
        raise WrongUseError(f"{file} cannot be written: {error.strerror}. Name another place.") from error
