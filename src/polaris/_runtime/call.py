"""Calls users' builders, and checks what came back. Nothing else does either."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import cast

from polaris._model.context import Context
from polaris._model.declaration import Function, Retry, seconds
from polaris._model.keys import Key
from polaris._runtime.bind import BoundStep
from polaris._runtime.index import StepIndex
from polaris._runtime.ledger import Ledger
from polaris.errors import ContractViolationError

Products = list[tuple[Key, object]]
"""One key and value for each slot; empty if the builder declined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A builder with its arguments; it can be pickled if they can.

    Attributes:
        arguments: by parameter name; the context is added for each attempt.
        positional: names of the parameters that can only be passed by position, in order.
        context_in: name of the parameter that takes the context, if there is one.
    """

    function: Function
    arguments: Mapping[str, object]
    positional: tuple[str, ...]
    retry: Retry | None
    context_in: str | None
    context: Context

    def __call__(self) -> object:
        """Call the builder, again and again as its `Retry` says, and give what it returned."""
        if self.retry is None:
            return self._attempt(1)
        import stamina  # optional, extra `retry`: `bind` has made sure that it is there

        caller = stamina.RetryingCaller(
            attempts=self.retry.attempts,
            timeout=None,
            wait_initial=seconds(self.retry.wait),
            wait_max=seconds(self.retry.max_wait),
            wait_jitter=seconds(self.retry.jitter),
        )
        numbers = count(1)
        return caller(self.retry.on, lambda: self._attempt(next(numbers)))

    def _attempt(self, number: int) -> object:
        arguments = dict(self.arguments)
        if self.context_in is not None:
            arguments[self.context_in] = replace(self.context, attempt=number)
        positional = [arguments.pop(name) for name in self.positional]
        return self.function(*positional, **arguments)


def prepare(bound: BoundStep, ledger: Ledger, index: StepIndex, *, run_id: str | None, uid: str, workflow: str) -> Call:
    """Make the call of a step with the data that is there now."""
    step = bound.step
    arguments = dict(bound.fixed)
    for given in bound.inputs:
        key = ledger.pick(given)
        if key is not None:
            arguments[given.parameter] = ledger.entry(key).value
    context = Context()
    if step.context is not None:
        context = Context(
            run_id=run_id or "",
            workflow=workflow,
            builder=step.name,
            idempotency_key=_idempotency_key(ledger, index, uid),
        )
    return Call(
        function=bound.function,
        arguments=arguments,
        positional=bound.positional,
        retry=bound.retry,
        context_in=step.context,
        context=context,
    )


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


def _idempotency_key(ledger: Ledger, index: StepIndex, uid: str) -> str:
    """Hash what is the same across retries, crashes and renames, and different for a legitimate re-run."""
    step = index.step
    oldest = step.renamed_from[0] if step.renamed_from else step.name
    rounds = () if step.once else ledger.rounds(index)
    text = "\x1f".join([uid, oldest, str(ledger.mark(index).asked_at), *map(str, rounds)])
    return hashlib.sha256(text.encode()).hexdigest()


def _shown(value: object) -> str:
    kind = type(value)
    if kind is tuple:
        return f"tuple[{', '.join(type(part).__name__ for part in _parts(value))}]"
    return "None" if value is None else kind.__name__
