"""The desk: what an engine is asked, as scripts. The two engines differ only in how they drive them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from types import FunctionType
from typing import Any

from polaris._model.ahead import NextInputs
from polaris._model.declaration import Function, declaration_of, seconds
from polaris._model.events import Event
from polaris._model.keys import Key, TypeForm, key_of, members
from polaris._model.lineage import Lineage
from polaris._model.outcome import Outcome, RunState, Status
from polaris._model.plan import Plan
from polaris._model.records import Receipt, Stored
from polaris._model.why import Why
from polaris._model.workflow import Workflow
from polaris._runtime.bind import Bound
from polaris._runtime.express import Express
from polaris._runtime.ids import new_id
from polaris._runtime.script import Script, ask
from polaris._runtime.session import carry_script, deliver_script, rerun_script, run_script
from polaris._runtime.setup import Request, Setup
from polaris._runtime.state import run_state
from polaris.errors import (
    DeclarationError,
    PlanFormatError,
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
    """A store, some workflows, and what is done with their runs; `polaris.Engine` says what each method means.

    Attributes:
        express: for each workflow, the calls that need no script.
    """

    setup: Setup
    bounds: Mapping[str, Bound]
    owns_store: bool = False
    express: dict[str, Express] = field(default_factory=dict[str, Express], init=False)

    def __post_init__(self) -> None:
        if self.setup.is_here and not self.setup.hooks.any:
            self.express.update((name, Express(self.setup, bound)) for name, bound in self.bounds.items())

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
        return run_script(self.setup, bound, Request(run_id, data, seconds(wait), delivery_id, new))

    def run_here(
        self,
        workflow: Workflow[Any] | str,
        run_id: str,
        data: tuple[object, ...],
        *,
        wait: float | timedelta,
        delivery_id: str | None,
        new: bool | None,
    ) -> Outcome[object] | Script[Outcome[object]]:
        """Do the same at once, in this thread, if it can be done so; else give the script for what is left to do."""
        name = workflow if isinstance(workflow, str) else workflow.name
        bound = self._bound(name)
        check_run_id(run_id)
        request = Request(run_id, data, seconds(wait), delivery_id, new)
        express = self.express.get(name)
        made = None if express is None else express.run(request)
        return run_script(self.setup, bound, request) if made is None else made

    def get(self, run_id: str) -> Script[RunState]:
        """Read a run at one consistent revision."""
        stored = yield from self._stored(run_id)
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
        saved = yield from ask(partial(self.setup.store.cancel, run_id, op=new_id()))
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
            claim_id, lease = new_id(), self.setup.lease
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
        bound = self._bound(state.header.workflow)  # the name is a part of the fingerprint
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

    def why(self, run: str | Outcome[Any]) -> Script[Why]:
        """Say why a run is where it is."""
        stored = yield from self._stored(_run_id(run))
        plan = yield from self._plan_of(stored)
        return self.setup.insight.why(plan, stored)

    def next_inputs(self, run_id: str, until: object) -> Script[NextInputs]:
        """Give the minimal sets of outside data that get a run further."""
        stored = yield from self._stored(run_id)
        plan = yield from self._plan_of(stored)
        bound = self.bounds.get(stored.header.workflow)
        types: Mapping[Key, TypeForm] = {} if bound is None else bound.types
        found = self.setup.insight.next_inputs(plan, stored, _names(until))
        ways = [replace(way, data=tuple(types.get(Key(str(key)), key) for key in way.data)) for way in found.ways]
        return replace(found, ways=tuple(ways))

    def next_inputs_schema(self, run_id: str, until: object) -> Script[dict[str, object]]:
        """Describe what would get a run further as a JSON Schema."""
        stored = yield from self._stored(run_id)
        plan = yield from self._plan_of(stored)
        return self.setup.insight.schema(plan, self.setup.insight.next_inputs(plan, stored, _names(until)))

    def lineage(self, run_id: str, form: object) -> Script[Lineage]:
        """Say where a value of a run comes from."""
        events = yield from self.history(run_id)  # first: what happens in between is then not taken for what was
        stored = yield from self._stored(run_id)
        plan = yield from self._plan_of(stored)
        return self.setup.insight.lineage(plan, stored, events, _names(form))

    def close(self) -> Script[None]:
        """Stop renewing leases, and close the store if it was opened for this desk."""
        yield from ask(self.setup.heartbeat.close)
        if self.owns_store:
            yield from ask(self.setup.store.close)

    def _bound_of(self, run_id: str) -> Script[Bound]:
        """Find the workflow of a run that is there."""
        stored = yield from self._stored(run_id)
        return self._bound(stored.header.workflow)

    def _stored(self, run_id: str) -> Script[Stored]:
        check_run_id(run_id)
        stored = yield from ask(partial(self.setup.store.load, run_id))
        if stored is None:
            raise UnknownRunError(run_id)
        return stored

    def _plan_of(self, stored: Stored) -> Script[Plan]:
        """Find the plan that a run was last advanced under: one that this engine holds, else the one in the store."""
        name, fingerprint = stored.header.workflow, stored.header.fingerprint
        bound = self.bounds.get(name)
        if bound is not None and bound.plan.fingerprint == fingerprint:
            return bound.plan
        content = yield from ask(partial(self.setup.store.get_plan, fingerprint))
        if content is None:
            raise PlanFormatError(f"What the store has for {name!r}", why=f"plan {fingerprint[:12]} was not kept")
        return self.setup.insight.plan_of(content)

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


def _run_id(run: str | Outcome[Any]) -> str:
    if not isinstance(run, Outcome):
        return run
    if run.run_id is None:
        raise DeclarationError(
            "This is an outcome of polaris.run, which stores no run that could be asked about.",
            do="Run the workflow in an engine; polaris.open_engine('memory://', ...) will do.",
        )
    return run.run_id


def _names(until: object) -> tuple[str, ...]:
    """Give the names that a goal stands for: a builder, a type, a union of types, or either by its name."""
    if until is None or isinstance(until, str):
        return () if until is None else (until,)
    if isinstance(until, FunctionType):
        declared = declaration_of(until)
        return ((declared and declared.name) or until.__name__,)
    return tuple(map(key_of, members(until)))


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
