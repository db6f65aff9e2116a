"""Every exception of the library, grouped by whose fault it is.

Fields come before text: each class is built from its fields, which callers may branch on, and words its message
from them - one sentence what is wrong, one sentence what to do.
A run that pauses is not an error, and a fault found by the compiler is a `Diagnostic`, not a class of its own.
Every exception survives pickling with its fields, because executors may cross processes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

__all__ = [
    "BuilderFailedError",
    "BuilderTimeoutError",
    "CodecError",
    "CompileError",
    "ContractViolationError",
    "DeclarationError",
    "DiagnosticLike",
    "IncompatiblePlanError",
    "MissingDataError",
    "MissingExtraError",
    "MissingResourceError",
    "NotFinishedError",
    "OutcomeLike",
    "PlanError",
    "PlanFormatError",
    "PolarisError",
    "RenderError",
    "RunBusyError",
    "RunCancelledError",
    "RunError",
    "RunExistsError",
    "RunawayLoopError",
    "StalePlanError",
    "StepError",
    "StoreError",
    "StoreUnavailableError",
    "UnknownDataError",
    "UnknownRunError",
    "UnknownWorkflowError",
    "WorkflowMismatchError",
]


class DiagnosticLike(Protocol):
    """What an error promises of a diagnostic: see `polaris._model.diagnostic.Diagnostic`."""

    @property
    def code(self) -> str:
        """The stable code, such as ``POL101``."""
        ...

    @property
    def message(self) -> str:
        """One sentence: what is wrong."""
        ...

    @property
    def hint(self) -> str:
        """One sentence: what to do."""
        ...


class OutcomeLike(Protocol):
    """What an error promises of the outcome it carries: see `polaris.Outcome`."""

    @property
    def data(self) -> Mapping[object, object]:
        """All values of the run, by type."""
        ...

    @property
    def produced(self) -> Mapping[object, object]:
        """What builders made in the call, by type."""
        ...


class PolarisError(Exception):
    """Base of every error of this library; never raised itself."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""

    def __reduce__(self) -> tuple[object, ...]:
        return _restore, (type(self), self.args, self.__dict__)


def _restore(cls: type[PolarisError], args: tuple[object, ...], fields: dict[str, object]) -> PolarisError:
    error = cls.__new__(cls)
    error.args = args
    error.__dict__.update(fields)
    return error


# --- the author of a builder or a workflow -----------------------------------------------------------------------


class DeclarationError(PolarisError, TypeError):
    """A builder, workflow or engine was declared in a way that can never work."""

    def __init__(self, what: str, *, do: str) -> None:
        self.what = what
        self.do = do
        super().__init__(f"{what} {do}")


class CompileError(PolarisError):
    """A workflow has faults; all of them are in `diagnostics`, sorted by place."""

    def __init__(self, workflow: str, diagnostics: Sequence[DiagnosticLike]) -> None:
        self.workflow = workflow
        self.diagnostics = tuple(diagnostics)
        count = len(self.diagnostics)
        title = f"workflow {workflow!r} has {count} fault{'s' if count != 1 else ''}"
        super().__init__("\n\n".join([title, *map(str, self.diagnostics)]))


class MissingExtraError(PolarisError, ImportError):
    """A feature needs an optional library that is not installed."""

    def __init__(self, feature: str, *, extra: str) -> None:
        self.feature = feature
        self.extra = extra
        super().__init__(f"{feature} needs an optional library. Install it: pip install 'polaris-workflows[{extra}]'")


class RenderError(PolarisError):
    """A picture could not be drawn."""

    def __init__(self, what: str, *, do: str) -> None:
        self.what = what
        self.do = do
        super().__init__(f"{what} {do}")


# --- plan and code disagree --------------------------------------------------------------------------------------


class PlanError(PolarisError):
    """A plan does not fit the code or the run it is used with."""


class StalePlanError(PlanError):
    """A loaded plan names a function or type that is gone or has another contract."""

    def __init__(self, name: str, *, expected: str, found: str) -> None:
        self.name = name
        self.expected = expected
        self.found = found
        super().__init__(f"The plan expects {name} to be {expected}, but found {found}. Compile the workflow again.")


class PlanFormatError(PlanError):
    """A plan file cannot be read: damaged, or written in another format."""

    def __init__(self, where: str, *, why: str) -> None:
        self.where = where
        self.why = why
        super().__init__(f"{where} is not a plan of this version: {why}. Compile and save the plan again.")


class IncompatiblePlanError(PlanError):
    """A stored run cannot go on under the plan the engine holds; the run stays as it is."""

    def __init__(self, run_id: str, *, workflow: str, stored: str, current: str) -> None:
        self.run_id = run_id
        self.workflow = workflow
        self.stored = stored
        self.current = current
        super().__init__(
            f"Run {run_id!r} was last advanced under plan {stored[:12]} of {workflow!r}, and this engine holds "
            f"{current[:12]}. Open it with the workflow it was started with."
        )


# --- a run -------------------------------------------------------------------------------------------------------


class RunError(PolarisError):
    """Something about one run went wrong; nothing delivered was lost."""


class StepError(RunError):
    """A step of a call failed; nothing made before it is lost, and the next call tries it again.

    Attributes:
        step: name of the builder (the first in plan order, if several failed).
        run_id: id of the run; None for `polaris.run`.
        outcome: what the run holds now, with everything made before the failure.
        others: further failures of steps that ran at the same time.
    """

    step: str
    run_id: str | None = None
    outcome: OutcomeLike | None = None
    others: tuple[BaseException, ...] = ()

    def attach(self, run_id: str | None, outcome: OutcomeLike, others: Sequence[BaseException]) -> None:
        """Say in which run it happened, what the run holds now, and what else failed beside it."""
        self.run_id = run_id
        self.outcome = outcome
        self.others = tuple(others)


class BuilderFailedError(StepError):
    """A builder raised, after its retries; ``__cause__`` is what it raised."""

    def __init__(self, step: str, *, reason: str) -> None:
        self.step = step
        self.reason = reason
        super().__init__(
            f"Builder {step!r} failed: {reason}. What was made before it is kept; "
            "mend the cause and call again, or deliver its product by hand."
        )


class BuilderTimeoutError(StepError, TimeoutError):
    """A builder, or the whole call, took longer than its timeout."""

    def __init__(self, step: str, *, seconds: float) -> None:
        self.step = step
        self.seconds = seconds
        super().__init__(
            f"Builder {step!r} had not ended after {seconds:g} seconds. What was made before it is kept; "
            "call again, or give it a longer timeout."
        )


class ContractViolationError(StepError):
    """A builder returned something that its return type does not allow; nothing of it is kept."""

    def __init__(self, step: str, *, declared: str, returned: str) -> None:
        self.step = step
        self.declared = declared
        self.returned = returned
        super().__init__(
            f"Builder {step!r} declares that it returns {declared}, but returned {returned}. "
            "Correct the builder or its return type."
        )


class RunawayLoopError(StepError):
    """A Feedback loop was still changing after the workflow's `max_passes`; all it made is saved."""

    def __init__(self, step: str, *, passes: int) -> None:
        self.step = step
        self.passes = passes
        super().__init__(
            f"The loop through {step!r} was still changing after {passes} passes. "
            "Make it settle on a value, or raise Workflow(max_passes=...); a call without data goes on."
        )


class UnknownDataError(RunError, TypeError):
    """Something was delivered that the workflow does not know; nothing was stored or run."""

    def __init__(self, what: str, *, do: str) -> None:
        self.what = what
        self.do = do
        super().__init__(f"{what} {do}")


class UnknownWorkflowError(RunError, LookupError):
    """The engine was not opened with this workflow."""

    def __init__(self, workflow: str, *, known: Sequence[str]) -> None:
        self.workflow = workflow
        self.known = tuple(known)
        names = ", ".join(map(repr, known)) or "none"
        super().__init__(
            f"This engine has no workflow {workflow!r} (it has {names}). Pass the workflow to open_engine(...)."
        )


class UnknownRunError(RunError, LookupError):
    """There is no run of this id in the store."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(
            f"There is no run {run_id!r} in this store. Check the id, or start it by delivering its first data "
            "(without data: new=True)."
        )


class RunExistsError(RunError):
    """A run was to be made with ``new=True``, but its id is taken."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(f"Run {run_id!r} is there already. Choose another id, or call without new=True to go on.")


class WorkflowMismatchError(RunError):
    """The run belongs to another workflow; run ids are unique in a store."""

    def __init__(self, run_id: str, *, workflow: str, stored: str) -> None:
        self.run_id = run_id
        self.workflow = workflow
        self.stored = stored
        super().__init__(
            f"Run {run_id!r} is a run of {stored!r}, not of {workflow!r}. "
            "Run ids are unique in a store: choose another."
        )


class RunBusyError(RunError):
    """Another worker holds the run, and this request cannot wait in its inbox; nothing was accepted.

    ``transient`` is what was delivered that no inbox may hold; empty if nothing was.
    """

    def __init__(self, run_id: str, *, transient: tuple[str, ...] = ()) -> None:
        self.run_id = run_id
        self.transient = transient
        if transient:
            super().__init__(
                f"{', '.join(transient)} is transient, and cannot wait in the inbox of run {run_id!r}. "
                "Nothing was accepted: deliver it with run, when no other worker holds the run."
            )
        else:
            super().__init__(f"Run {run_id!r} is held by another worker. Nothing was accepted: try again.")


class RunCancelledError(RunError):
    """The run was cancelled and takes nothing more."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        super().__init__(f"Run {run_id!r} was cancelled and takes no more data. Start another run.")


class NotFinishedError(RunError):
    """`Outcome.result` was read before the target was made."""

    def __init__(self, workflow: str, *, status: str, waiting_for: Sequence[str]) -> None:
        self.workflow = workflow
        self.status = status
        self.waiting_for = tuple(waiting_for)
        waits = f"it waits for {', '.join(waiting_for)}" if waiting_for else f"it is {status}"
        super().__init__(f"The target of {workflow!r} has not been made: {waits}. Look at outcome.status first.")


class MissingDataError(RunError, KeyError):
    """An outcome or state holds no value of the type asked for."""

    def __init__(self, key: str) -> None:
        self.key = key
        super().__init__(f"There is no {key} in this run. Use .get({key}) where it may be absent.")


class MissingResourceError(RunError):
    """A builder needs a resource that was not handed in."""

    def __init__(self, step: str, *, resource: str) -> None:
        self.step = step
        self.resource = resource
        super().__init__(
            f"Builder {step!r} needs the resource {resource}, which was not given. Pass resources={{{resource}: ...}}."
        )


# --- the world ---------------------------------------------------------------------------------------------------


class StoreError(PolarisError):
    """A store could not do what was asked."""


class StoreUnavailableError(StoreError):
    """A store cannot be opened or reached."""

    def __init__(self, url: str, *, why: str, do: str = "Check the address and the permissions.") -> None:
        self.url = url
        self.why = why
        self.do = do
        super().__init__(f"The store {url} cannot be used: {why}. {do}")


class CodecError(StepError, StoreError):
    """A value cannot be stored, would not come back equal, or cannot be read again; the value itself is never named.

    ``key`` and ``path`` say which field; ``step`` is the builder that made the value, empty if it was delivered or
    read; ``reading`` says that it is the stored text that is wrong.
    """

    def __init__(self, key: str, *, path: str, why: str, step: str = "", reading: bool = False) -> None:
        self.step = step
        self.key = key
        self.path = path
        self.why = why
        self.reading = reading
        if reading:
            do = "Read it with the codec and the type that it was written with, or deliver the value again."
            super().__init__(f"The stored text of {key}{path} cannot be read: {why}. {do}")
        else:
            super().__init__(f"{key}{path} cannot be stored: {why}. Change the value or its type.")
