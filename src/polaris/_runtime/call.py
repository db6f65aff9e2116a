"""Calls users' builders, and checks what came back. Nothing else does either."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import count
from typing import Any, cast

from polaris._model.context import Context
from polaris._model.declaration import Function, Retry, seconds
from polaris._model.keys import Key
from polaris._model.plan import Step
from polaris._runtime.bind import BoundStep
from polaris._runtime.index import StepIndex
from polaris._runtime.ledger import Ledger
from polaris._runtime.limits import TimeUpError, limit, today, within, within_async
from polaris.errors import BuilderFailedError, BuilderTimeoutError, ContractViolationError, StepError
from polaris.protocols import Clock

_NO_CONTEXT = Context()

Products = list[tuple[Key, object]]
"""One key and value for each slot; empty if the builder declined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A builder with its arguments; it can be pickled if they can.

    Attributes:
        step: name of the builder.
        arguments: by parameter name; the context is added for each attempt.
        positional: names of the parameters that can only be passed by position, in order.
        retry: when to try again.
        timeout: seconds that one attempt may take.
        clock: whose seconds; None for the host's.
        deadline: when the call of the run that this belongs to is over.
        context_in: name of the parameter that takes the context, if there is one.
        context: the context, as the first attempt without a timeout sees it.
        is_async: whether it is to be awaited.
        local: whether it cannot leave this process.
    """

    step: str
    function: Function
    arguments: Mapping[str, object]
    positional: tuple[str, ...]
    retry: Retry | None
    timeout: float | None
    clock: Clock | None
    deadline: datetime | None
    context_in: str | None
    context: Context
    is_async: bool
    local: bool

    def __call__(self) -> object:
        """Call the builder, again and again as its `Retry` says, and give what it returned.

        Raises:
            BuilderTimeoutError: the last attempt took longer than the builder's timeout.
            Exception: whatever the builder raised in the last attempt.
        """
        try:
            return self._tried()
        except StopIteration as error:
            raise told(error) from error

    def _tried(self) -> object:
        if self.retry is None:
            return self._attempt(1)
        import stamina  # optional, extra `retry`: `bind` has made sure that it is there

        numbers = count(1)
        caller = stamina.RetryingCaller(**self._waits(self.retry))
        return caller(self._is_worth_it, lambda: self._attempt(next(numbers)))

    async def awaited(self) -> object:
        """Do the same with a coroutine function, in the running event loop."""
        if self.retry is None:
            return await self._attempt_async(1)
        import stamina  # optional, extra `retry`

        numbers = count(1)
        caller = stamina.AsyncRetryingCaller(**self._waits(self.retry))
        return await caller(self._is_worth_it, lambda: self._attempt_async(next(numbers)))

    def _attempt(self, number: int) -> object:
        if self.timeout is None:
            return self._invoke(number, None)
        given = limit(self.timeout, self.clock)
        try:
            return within(partial(self._invoke, number, given.deadline), given)
        except TimeUpError:
            raise BuilderTimeoutError(self.step, seconds=self.timeout) from None

    async def _attempt_async(self, number: int) -> object:
        if self.timeout is None:
            return await self._invoke(number, None)
        given = limit(self.timeout, self.clock)
        try:
            return await within_async(self._invoke(number, given.deadline), given)
        except TimeUpError:
            raise BuilderTimeoutError(self.step, seconds=self.timeout) from None

    def _invoke(self, number: int, deadline: datetime | None) -> Any:  # noqa: ANN401 - what a user's function gives
        arguments = dict(self.arguments)
        if self.context_in is not None:
            ends = [end for end in (deadline, self.deadline) if end is not None]
            arguments[self.context_in] = replace(self.context, attempt=number, deadline=min(ends, default=None))
        positional = [arguments.pop(name) for name in self.positional]
        return self.function(*positional, **arguments)

    def _is_worth_it(self, error: Exception) -> bool:
        """Say whether to try again: not when the call is over and nobody waits any more."""
        on = () if self.retry is None else self.retry.on
        return isinstance(error, on) and (self.deadline is None or today(self.clock) < self.deadline)

    @staticmethod
    def _waits(retry: Retry) -> dict[str, Any]:
        return {
            "attempts": retry.attempts,
            "timeout": None,
            "wait_initial": seconds(retry.wait),
            "wait_max": seconds(retry.max_wait),
            "wait_jitter": seconds(retry.jitter),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What all builders of one call of a run have in common."""

    workflow: str
    run_id: str | None
    uid: str
    clock: Clock | None = None
    deadline: datetime | None = None


def prepare(bound: BoundStep, ledger: Ledger, index: StepIndex, setting: Setting) -> Call:
    """Make the call of a step with the data that is there now."""
    step = bound.step
    context = _NO_CONTEXT
    if step.context is not None:
        context = Context(
            run_id=setting.run_id or "",
            workflow=setting.workflow,
            builder=step.name,
            idempotency_key=idempotency_key(step, ledger.mark(index).asked_at, ledger.rounds(index), setting.uid),
        )
    return Call(
        step=step.name,
        function=bound.function,
        arguments=arguments_of(bound, ledger),
        positional=bound.positional,
        retry=bound.retry,
        timeout=step.timeout,
        clock=setting.clock,
        deadline=setting.deadline,
        context_in=step.context,
        context=context,
        is_async=step.is_async,
        local=bound.local,
    )


def arguments_of(bound: BoundStep, ledger: Ledger) -> dict[str, object]:
    """Give the arguments of a step, but for its context, by name."""
    arguments = dict(bound.fixed) if bound.fixed else {}
    entries = ledger.entries
    for name, key in bound.sure:
        arguments[name] = entries[key].value
    for given in bound.unsure:
        picked = ledger.pick(given)
        if picked is not None:
            arguments[given.parameter] = entries[picked].value
    return arguments


@dataclass(frozen=True, slots=True)
class Failure:
    """What is given in the place of what a builder returned, where it raised; a builder may return any exception."""

    error: StepError


def returned_by(bound: BoundStep, ledger: Ledger) -> object:
    """Call a builder that is simple, and give what it returned or its `Failure`."""
    reads, entries = bound.reads, ledger.entries
    try:
        if len(reads) == 1:
            return bound.function(entries[reads[0]].value)
        if reads:
            return bound.function(*[entries[key].value for key in reads])
        return bound.function(**arguments_of(bound, ledger))
    except Exception as error:  # noqa: BLE001 - what else a builder raises, an interrupt, is for the caller
        return Failure(failure_of(bound.step.name, told(error)))


def made_of(bound: BoundStep, returned: object) -> Products | StepError:
    """Give what a builder made by what it returned, or how it failed."""
    if type(returned) is bound.kind:  # most are
        return [(bound.only, returned)]
    if isinstance(returned, Failure):
        return returned.error
    try:
        return products(bound, returned)
    except StepError as error:
        return error


def products(bound: BoundStep, returned: object) -> Products:
    """Give what a builder made, slot by slot.

    Raises:
        ContractViolationError: it is not what the return type declares.
    """
    step = bound.step
    if returned is None and step.may_decline:
        return []
    parts = _parts(returned) if step.several else (returned,)
    if len(parts) != len(step.slots):
        raise ContractViolationError(step.name, declared=step.returns, returned=_shown(returned))
    found: Products = []
    for variants, value in zip(bound.variants, parts, strict=True):
        key = _variant(variants, value)
        if key is None:
            raise ContractViolationError(step.name, declared=step.returns, returned=_shown(returned))
        found.append((key, value))
    return found


def _parts(returned: object) -> tuple[object, ...]:
    return cast("tuple[object, ...]", returned) if isinstance(returned, tuple) else ()


def _variant(variants: tuple[tuple[Key, type], ...], value: object) -> Key | None:
    """Give the variant that a value is: the one of exactly its class, else one that it is an instance of."""
    for key, kind in variants:
        if type(value) is kind:
            return key
    return next((key for key, kind in variants if isinstance(value, kind)), None)


def told(error: Exception) -> Exception:
    """Give what a builder raised as it is told: a StopIteration, which futures of asyncio refuse, as PEP 479 does."""
    if not isinstance(error, StopIteration):
        return error
    found = RuntimeError("the builder raised StopIteration")
    found.__cause__ = error
    return found


def failure_of(step: str, error: BaseException) -> StepError:
    """Give the failure of a step whose builder raised."""
    if isinstance(error, BuilderTimeoutError) and error.step == step:
        return error
    failed = BuilderFailedError(step, reason=type(error).__name__)
    failed.__cause__ = error
    return failed


def idempotency_key(step: Step, asked_at: int, rounds: tuple[int, ...], uid: str) -> str:
    """Hash what is the same across retries, crashes and renames, and different for a legitimate re-run.

    Args:
        step: the step.
        asked_at: the round in which it was asked.
        rounds: those of all triggers that it sees, sorted.
        uid: the run.
    """
    oldest = step.renamed_from[0] if step.renamed_from else step.name
    seen = () if step.once else rounds
    text = "\x1f".join([uid, oldest, str(asked_at), *map(str, seen)])
    return hashlib.sha256(text.encode()).hexdigest()


def _shown(value: object) -> str:
    kind = type(value)
    if kind is tuple:
        return f"tuple[{', '.join(type(part).__name__ for part in _parts(value))}]"
    return "None" if value is None else kind.__name__
