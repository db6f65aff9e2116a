"""The engine: a store, some workflows, and what is done with their runs."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, cast, overload

from polaris._model.ahead import NextInputs
from polaris._model.declaration import Function
from polaris._model.events import Event
from polaris._model.lineage import Lineage
from polaris._model.outcome import Outcome, RunState, Status
from polaris._model.why import Why
from polaris._model.workflow import Workflow
from polaris._runtime.desk import DEFAULT_LIMIT, DEFAULT_WAIT, Desk
from polaris._runtime.drive import Driver
from polaris._runtime.script import Script

if TYPE_CHECKING:
    from typing_extensions import TypeForm

R = TypeVar("R")
T = TypeVar("T")


class Engine:
    """Runs workflows whose state lives in a store. Made by `polaris.open_engine`; safe to use from many threads."""

    def __init__(self, desk: Desk, *, executor: Executor | None, sleep: Callable[[float], None]) -> None:
        self._desk = desk
        self._executor = executor
        self._sleep = sleep

    @overload
    def run(
        self,
        workflow: Workflow[R],
        run_id: str,
        *data: object,
        wait: float | timedelta = DEFAULT_WAIT,
        delivery_id: str | None = None,
        new: bool | None = None,
    ) -> Outcome[R]: ...
    @overload
    def run(
        self,
        workflow: str,
        run_id: str,
        *data: object,
        wait: float | timedelta = DEFAULT_WAIT,
        delivery_id: str | None = None,
        new: bool | None = None,
    ) -> Outcome[Any]: ...
    def run(
        self,
        workflow: Workflow[R] | str,
        run_id: str,
        *data: object,
        wait: float | timedelta = DEFAULT_WAIT,
        delivery_id: str | None = None,
        new: bool | None = None,
    ) -> Outcome[Any]:
        """Deliver data to a run, carry it as far as it goes, and give what came of it.

        Without data it goes on with a call that failed or was killed; if there is nothing to do it changes nothing.

        Args:
            workflow: the workflow, or its name.
            run_id: id of the run, unique in the store over all workflows; the first delivery makes the run.
            *data: values of types that the workflow knows; a plain dict maps types to values.
            wait: seconds to wait while another worker holds the run; then the status is QUEUED.
            delivery_id: counts once, however often it is sent.
            new: True: the run must not be there yet (and may be made without data); False: it must.

        Raises:
            UnknownWorkflowError: the engine was not opened with this workflow.
            DeclarationError: the run id is no text that a store could keep.
            UnknownDataError: something delivered is no datum of the workflow; nothing was stored or run.
            UnknownRunError: there is no such run, and nothing was delivered that could begin it.
            RunExistsError: ``new=True`` and it is there.
            WorkflowMismatchError: it is a run of another workflow.
            IncompatiblePlanError: it was last advanced under another plan; the delivery is kept in its inbox.
            RunBusyError: a transient was delivered while another worker holds the run; nothing was accepted.
            BuilderFailedError, BuilderTimeoutError, ContractViolationError, RunawayLoopError, CodecError: a step
                failed; all that was delivered and made is kept, and the next call tries it again.
        """
        made = self._desk.run_here(workflow, run_id, data, wait=wait, delivery_id=delivery_id, new=new)
        return cast("Outcome[Any]", made if isinstance(made, Outcome) else self._drive(made))

    def deliver(self, run_id: str, *data: object, delivery_id: str | None = None) -> None:
        """Put data into the inbox of a run, and return when they are stored; nothing is run.

        Whoever holds the run takes them before it lets go; else the next call does.

        Args:
            run_id: id of a run that is there.
            *data: values of types that its workflow knows; a plain dict maps types to values.
            delivery_id: counts once, however often it is sent.

        Raises:
            UnknownRunError: there is no such run.
            UnknownWorkflowError: the engine was not opened with its workflow.
            UnknownDataError: something delivered is no datum of the workflow, or nothing was delivered.
            RunBusyError: a transient cannot be delivered so: nothing was accepted.
            RunCancelledError: the run was cancelled.
        """
        self._drive(self._desk.deliver(run_id, data, delivery_id=delivery_id))

    def rerun(self, run_id: str, builder: str | Function | None = None) -> Outcome[Any]:
        """Have a builder run again although nothing has changed, even one that runs once; then what depends on it.

        Args:
            run_id: id of the run.
            builder: the builder, or its name. None: the run starts from the beginning; what builders made is dropped,
                and what was delivered stays.

        Raises:
            UnknownRunError: there is no such run.
            UnknownWorkflowError: the engine was not opened with its workflow.
            DeclarationError: the workflow has no such builder.
            RunBusyError: another worker holds the run.
            RunCancelledError: the run was cancelled.
            IncompatiblePlanError: it was last advanced under another plan.
            BuilderFailedError, BuilderTimeoutError, ContractViolationError, RunawayLoopError, CodecError: a step
                failed; all that was delivered and made is kept, and the next call tries it again.
        """
        return self._drive(self._desk.rerun(run_id, builder))

    def cancel(self, run_id: str) -> None:
        """Close a run for good, whoever holds it: it takes no data and no call any more. Its data can still be read.

        A builder that is running is not stopped, but what it makes is not written.

        Raises:
            UnknownRunError: there is no such run.
        """
        self._drive(self._desk.cancel(run_id))

    def get(self, run_id: str) -> RunState:
        """Read a run at one consistent revision.

        Raises:
            UnknownRunError: there is no such run.
            UnknownWorkflowError: the engine was not opened with its workflow.
        """
        return self._drive(self._desk.get(run_id))

    def runs(
        self,
        *,
        workflow: Workflow[Any] | str | None = None,
        status: Status | None = None,
        waiting_for: TypeForm[Any] | None = None,
        older_than: float | timedelta | None = None,
        limit: int = DEFAULT_LIMIT,
        after: str | None = None,
    ) -> list[RunState]:
        """Read a page of runs of the workflows that the engine was opened with, in the order of their ids.

        The order is that of the UTF-8 bytes; the next page is asked for with the last id of this one as `after`.

        Args:
            workflow: only runs of this workflow, or of that name.
            status: only runs with this status.
            waiting_for: only runs that wait for data of this type; it is indexed.
            older_than: only runs that were not written to for so many seconds.
            limit: how many at most.
            after: only runs with a greater id.

        Raises:
            UnknownWorkflowError: the engine was not opened with this workflow.
            DeclarationError: the limit is less than 1.
            CodecError: a value of a run cannot be read with the types of today.
        """
        script = self._desk.runs(
            workflow=workflow, status=status, waiting_for=waiting_for, older_than=older_than, limit=limit, after=after
        )
        return self._drive(script)

    def history(self, run_id: str) -> tuple[Event, ...]:
        """Read what happened in a run, in order: calls, and what builders made or how they failed. It names no values.

        It is empty if the engine was opened with ``history=False``.

        Raises:
            UnknownRunError: there is no such run.
        """
        return self._drive(self._desk.history(run_id))

    def recover(self, limit: int | None = None) -> list[str]:
        """Take over runs whose worker died or that were left queued, and carry each as far as it goes.

        A run that fails is logged and left as any failed run is. Runs of other workflows, or that were last advanced
        under another plan, are left alone.

        Args:
            limit: of how many runs at most; None for all that there are.

        Returns:
            The ids of the runs that were carried, in their order.

        Raises:
            DeclarationError: the limit is less than 1.
        """
        return self._drive(self._desk.recover(limit))

    def purge(self, *, older_than: float | timedelta, status: Status | None = None) -> int:
        """Delete runs, and all that is kept of them, in which nothing is left to do: no call is open, nothing queued.

        This goes for all workflows in the store.

        Args:
            older_than: only runs that were not written to for so many seconds.
            status: only runs with this status; None for any, also for those that wait for data.

        Returns:
            How many runs were deleted.
        """
        return self._drive(self._desk.purge(older_than=older_than, status=status))

    def why(self, run: str | Outcome[Any]) -> Why:
        """Say why a run is where it is, as it is stored now: what is not there, and the one reason for it.

        ``print(engine.why("ride-42"))`` shows it, ``.as_json()`` is for programs. The plan is the one that the run was
        last advanced under; no value is read.

        Args:
            run: id of the run, or an outcome of it.

        Raises:
            UnknownRunError: there is no such run.
            DeclarationError: the outcome is one of `polaris.run`, which stores nothing.
        """
        return self._drive(self._desk.why(run))

    def next_inputs(self, run_id: str, until: TypeForm[Any] | Function | str | None = None) -> NextInputs:
        """Give the minimal sets of outside data that get a run further, or as far as a type or a builder.

        Each is to be delivered as one. It has a builder run on the way to the target, and none of its proper subsets
        does; after a failed call, what was left of that runs first. There is no set only for a run that is completed,
        cancelled or out of reach of its target; an empty set says that a call without data will do.

        Args:
            run_id: id of the run.
            until: a type to be made, or a builder to be run; None for the next builder on the way to the target. What
                a builder will decide nobody can know: it is reached if every builder makes what is hoped of it.

        Raises:
            UnknownRunError: there is no such run.
            DeclarationError: its workflow has no such type or builder.
        """
        return self._drive(self._desk.next_inputs(run_id, until))

    def next_inputs_schema(self, run_id: str, until: TypeForm[Any] | Function | str | None = None) -> dict[str, object]:
        """Describe the answer of `next_inputs` as a JSON Schema: one object for each set, from keys to values.

        Raises:
            UnknownRunError: there is no such run.
            DeclarationError: its workflow has no such type or builder.
        """
        return self._drive(self._desk.next_inputs_schema(run_id, until))

    def lineage(self, run_id: str, form: TypeForm[Any] | str) -> Lineage:
        """Say where a value comes from: which builder made it, from which values, and when; and so on for those.

        ``print(engine.lineage("ride-42", RideEnded))`` shows it, ``.as_json()`` is for programs. When it was and how
        long it took is known if the engine keeps a history. No value is read.

        Args:
            run_id: id of the run.
            form: the type of the value, or its key; of a union, the first member that is there.

        Raises:
            UnknownRunError: there is no such run.
            DeclarationError: its workflow has no such type.
            MissingDataError: there is no such value now.
        """
        return self._drive(self._desk.lineage(run_id, form))

    def close(self) -> None:
        """Stop renewing leases, and close the store if it was given as a URL; a store or an executor is its owner's."""
        self._drive(self._desk.close())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _drive(self, script: Script[T]) -> T:
        return Driver(self._executor, self._sleep).drive(script)
