"""Tells what a long run is doing while it runs, on standard error: nothing is said of one that is over soon."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from threading import Timer

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from polaris._cli import render
from polaris._model.events import Event
from polaris.protocols import Observer

LONG = 1.0
"""After how many seconds a run is long."""


@contextmanager
def progress(workflow: str, console: Console | None = None) -> Generator[Sequence[Observer]]:
    """Give the observers that tell of a run: on a terminal what runs now and for how long, else a line at each end.

    Args:
        workflow: its name.
        console: where it is told; standard error if left out.
    """
    console = console or Console(stderr=True)
    if not console.is_interactive:
        yield [Lines()]
        return
    display = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}", markup=False),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        redirect_stdout=sys.stdout.isatty(),
    )
    timer = Timer(LONG, display.start)
    timer.daemon = True
    timer.start()
    try:
        yield [Running(workflow, display)]
    finally:
        timer.cancel()
        timer.join()  # what it has begun to show is taken away, too
        display.stop()


class Running(Observer):
    """Keeps a display of the builders that run; below it, nothing stays.

    Args:
        workflow: its name.
        display: has a row for the run, and one for each builder that runs.
    """

    def __init__(self, workflow: str, display: Progress) -> None:
        self._workflow = workflow
        self._display = display
        self._done = 0
        self._run = display.add_task(render.run_row(workflow, 0), total=None)
        self._rows: dict[str, TaskID] = {}

    def builder_started(self, event: Event, /) -> None:
        """Show a builder."""
        name = event.builder or ""
        self._rows[name] = self._display.add_task(render.builder_row(name), total=None)

    def builder_finished(self, event: Event, /) -> None:
        """Count a builder, and show it no more."""
        self._done += 1
        self._display.update(self._run, description=render.run_row(self._workflow, self._done))
        self._leave(event)

    def builder_failed(self, event: Event, /) -> None:
        """Show a builder no more."""
        self._leave(event)

    def _leave(self, event: Event) -> None:
        row = self._rows.pop(event.builder or "", None)  # None if it was given up before it began
        if row is not None:
            self._display.remove_task(row)


class Lines(Observer):
    """Prints a line for each builder that ends, once the run has lasted long.

    Args:
        clock: gives the seconds since some moment.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()

    def builder_finished(self, event: Event, /) -> None:
        """Print what a builder made."""
        self._tell(event)

    def builder_failed(self, event: Event, /) -> None:
        """Print how a builder failed."""
        self._tell(event)

    def _tell(self, event: Event) -> None:
        if self._clock() - self._began >= LONG:
            render.show(render.builder_text(event), err=True)
