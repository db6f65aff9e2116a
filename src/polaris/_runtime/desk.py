"""The desk: what an engine is asked, as scripts. The two engines differ only in how they drive them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from polaris._model.declaration import Function, seconds
from polaris._model.outcome import Outcome, RunState
from polaris._model.records import Receipt
from polaris._model.workflow import Workflow
from polaris._runtime.bind import Bound
from polaris._runtime.script import Script, ask
from polaris._runtime.session import deliver_script, rerun_script, run_script
from polaris._runtime.setup import Request, Setup
from polaris._runtime.state import run_state
from polaris.errors import DeclarationError, UnknownRunError, UnknownWorkflowError

DEFAULT_WAIT = 5.0
"""Seconds that a call waits while another worker holds its run."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A store, some workflows, and what is done with their runs; `polaris.Engine` says what each method means."""

    setup: Setup
    bounds: Mapping[str, Bound]

    def run(
        self,
        workflow: Workflow[Any] | str,
        run_id: str,
        data: tuple[object, ...],
        *,
        wait: float | timedelta,
        delivery_id: str | None,
        new: bool | None,
    ) -> Script[Outcome[object]]:
        """Deliver data to a run, carry it as far as it goes, and give what came of it."""
        bound = self._bound(workflow if isinstance(workflow, str) else workflow.name)
        check_run_id(run_id)
        request = Request(run_id=run_id, data=data, wait=seconds(wait), delivery_id=delivery_id, new=new)
        return run_script(self.setup, bound, request)

    def get(self, run_id: str) -> Script[RunState]:
        """Read a run at one consistent revision."""
        check_run_id(run_id)
        stored = yield from ask(partial(self.setup.store.load, run_id))
        if stored is None:
            raise UnknownRunError(run_id)
        return run_state(self._bound(stored.header.workflow), self.setup.codec, stored)

    def deliver(self, run_id: str, data: tuple[object, ...], *, delivery_id: str | None) -> Script[None]:
        """Put data into the inbox of a run."""
        bound = yield from self._bound_of(run_id)
        yield from deliver_script(self.setup, bound, run_id, data, delivery_id)

    def rerun(self, run_id: str, builder: str | Function | None) -> Script[Outcome[object]]:
        """Have a builder, or all of them from the beginning, run again."""
        bound = yield from self._bound_of(run_id)
        number = None if builder is None else _number(bound, builder)
        return (yield from rerun_script(self.setup, bound, run_id, number))

    def cancel(self, run_id: str) -> Script[None]:
        """Close a run for good."""
        check_run_id(run_id)
        saved = yield from ask(partial(self.setup.store.cancel, run_id, op=uuid4().hex))
        if saved.receipt is Receipt.LOST:
            raise UnknownRunError(run_id)

    def close(self) -> Script[None]:
        """Stop renewing leases and close the store."""
        yield from ask(self.setup.heartbeat.close)
        yield from ask(self.setup.store.close)

    def _bound_of(self, run_id: str) -> Script[Bound]:
        """Find the workflow of a run that is there."""
        check_run_id(run_id)
        stored = yield from ask(partial(self.setup.store.load, run_id))
        if stored is None:
            raise UnknownRunError(run_id)
        return self._bound(stored.header.workflow)

    def _bound(self, name: str) -> Bound:
        bound = self.bounds.get(name)
        if bound is None:
            raise UnknownWorkflowError(name, known=sorted(self.bounds))
        return bound


def _number(bound: Bound, builder: str | Function) -> int:
    """Find a step by the name of its builder, or by its function."""
    for number, each in enumerate(bound.steps):
        if builder in {each.step.name, each.function}:
            return number
    known = ", ".join(sorted(each.step.name for each in bound.steps))
    raise DeclarationError(f"{bound.plan.workflow!r} has no builder {builder!r}.", do=f"It has {known}.")


def check_run_id(run_id: str) -> None:
    """Refuse what no store could keep.

    Raises:
        DeclarationError: it is no text, or holds a character that cannot be encoded, or a NUL.
    """
    if not isinstance(run_id, str):
        raise DeclarationError(f"A run id must be a text, not {run_id!r}.", do="Give one such as 'ride-42'.")
    try:
        run_id.encode()
    except UnicodeEncodeError:
        broken = True
    else:
        broken = "\0" in run_id
    if broken:
        raise DeclarationError(
            f"The run id {run_id!r} holds a NUL or half a character, which stores cannot keep.", do="Give another."
        )
