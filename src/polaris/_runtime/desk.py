"""The desk: what an engine is asked, as scripts. The two engines differ only in how they drive them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from polaris._model.declaration import Function, seconds
from polaris._model.events import Event
from polaris._model.keys import TypeForm, key_of
from polaris._model.outcome import Outcome, RunState, Status
from polaris._model.records import Receipt, Stored
from polaris._model.workflow import Workflow
from polaris._runtime.bind import Bound
from polaris._runtime.script import Script, ask
from polaris._runtime.session import OVER, carry_script, deliver_script, rerun_script, run_script
from polaris._runtime.setup import Request, Setup
from polaris._runtime.state import run_state
from polaris.errors import (
    DeclarationError,
    RunBusyError,
    StepError,
    UnknownRunError,
    UnknownWorkflowError,
)

_LOGGER = logging.getLogger("polaris")

DEFAULT_LIMIT = 100
"""How many runs a page has."""

DEFAULT_WAIT = 5.0
"""Seconds that a call waits while another worker holds its run."""


@dataclass(frozen=True, slots=True)
class Desk:
    """A store, some workflows, and what is done with their runs; `polaris.Engine` says what each method means."""

    setup: Setup
    bounds: Mapping[str, Bound]
    owns_store: bool = False

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

    def runs(
        self,
        *,
        workflow: Workflow[Any] | str | None,
        status: Status | None,
        waiting_for: TypeForm | None,
        older_than: float | timedelta | None,
        limit: int,
        after: str | None,
    ) -> Script[list[RunState]]:
        """Read a page of the runs of these workflows, in the order of their ids."""
        name = workflow.name if isinstance(workflow, Workflow) else workflow
        find = partial(
            self.setup.store.find,
            workflows=sorted(self.bounds) if name is None else [self._bound(name).plan.workflow],
            status=status,
            waiting_for=None if waiting_for is None else key_of(waiting_for),
            older_than=None if older_than is None else seconds(older_than),
            limit=_checked_limit(limit),
            after=after,
        )
        found = yield from ask(find)
        return [run_state(self._bound(each.header.workflow), self.setup.codec, each) for each in found]

    def history(self, run_id: str) -> Script[tuple[Event, ...]]:
        """Read what happened in a run."""
        check_run_id(run_id)
        events = yield from ask(partial(self.setup.store.history, run_id))
        if events is None:
            raise UnknownRunError(run_id)
        return events

    def recover(self, limit: int | None) -> Script[list[str]]:
        """Carry runs whose workers died or that were left queued, one after another."""
        carried: list[str] = []
        after: str | None = None
        fingerprints = [bound.plan.fingerprint for bound in self.bounds.values()]
        while limit is None or len(carried) < _checked_limit(limit):
            claim_id, lease = uuid4().hex, self.setup.lease
            claim = partial(self.setup.store.claim_abandoned, claim_id=claim_id, lease=lease, limit=1)
            found = yield from ask(partial(claim, fingerprints=fingerprints, after=after))
            if not found:
                break
            after = found[0].run_id
            if (yield from self._carry(claim_id, found[0])):
                carried.append(after)
        return carried

    def _carry(self, claim_id: str, state: Stored) -> Script[bool]:
        """Carry a run that was claimed, and say whether it was done; its failures are its own."""
        bound = self.bounds.get(state.header.workflow)
        if bound is None:  # another workflow with the same plan
            yield from ask(partial(self.setup.store.renew, state.run_id, claim_id=claim_id, lease=OVER))
            return False
        try:
            yield from carry_script(self.setup, bound, claim_id, state)
        except RunBusyError:
            return False
        except StepError as error:
            if not error.step:
                _LOGGER.exception("run %r was taken over, but cannot be read", state.run_id)
                return False
            _LOGGER.warning("run %r was taken over, and failed: %s", state.run_id, error)
        return True

    def purge(self, *, older_than: float | timedelta, status: Status | None) -> Script[int]:
        """Delete runs in which nothing is left to do."""
        return ask(partial(self.setup.store.purge, older_than=seconds(older_than), status=status))

    def close(self) -> Script[None]:
        """Stop renewing leases, and close the store if it was opened for this desk."""
        yield from ask(self.setup.heartbeat.close)
        if self.owns_store:
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


def _checked_limit(limit: int) -> int:
    if limit < 1:
        raise DeclarationError(f"A limit of {limit} gives nothing.", do="Give 1 or more.")
    return limit


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
