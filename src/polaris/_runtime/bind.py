"""Finds the live things that a plan names: functions, types, resources."""

from __future__ import annotations

import importlib
import inspect
import re
import sys
import typing
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.util import find_spec
from operator import attrgetter
from types import FunctionType, MappingProxyType

from polaris._model.compiled import Compiled
from polaris._model.contract import Input, ResourceInput
from polaris._model.declaration import Function, Retry
from polaris._model.keys import Key, TypeForm, key_of, runtime_class
from polaris._model.markers import Mode
from polaris._model.plan import Plan, RetryRule, Step
from polaris._runtime.delivery import Known, known_of
from polaris._runtime.index import PlanIndex, index_plan
from polaris.errors import DeclarationError, MissingExtraError, MissingResourceError, StalePlanError

_NO_NAMES: Mapping[str, object] = MappingProxyType({})

_ABSENT = object()
_TOKEN = re.compile(r"\s*(\.\.\.|\[|\]|,|\||'[^']*'|[\w.:<>~]+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class BoundStep:
    """A step with its function at hand.

    Attributes:
        inputs: the parameters that read data.
        fixed: the arguments before any data: resources, and what stands for data that are absent.
        positional: names of the parameters that can only be passed by position, in order.
        variants: for each slot, the keys it may hold with their run-time classes.
        retry: when to try again, with live exception classes.
        local: whether it cannot leave this process: it was said so, it holds a resource, or has no name elsewhere.
        is_simple: whether calling it is all there is to do: once, with arguments by name, and nothing to await.
        only: the key of what it makes, if it is one thing; else empty.
        kind: the class of that.
        reads: the keys that it is called with by position, if it is simple and that is all it is called with.
        sure: the parameters that read one key which is there whenever it runs.
        unsure: the other parameters that read data.
    """

    step: Step
    function: Function
    inputs: tuple[Input, ...]
    fixed: Mapping[str, object]
    positional: tuple[str, ...]
    variants: tuple[tuple[tuple[Key, type], ...], ...]
    retry: Retry | None
    local: bool
    is_simple: bool
    only: Key
    kind: type
    reads: tuple[Key, ...]
    sure: tuple[tuple[str, Key], ...]
    unsure: tuple[Input, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A plan that can be walked.

    Attributes:
        index: the plan with its questions answered.
        steps: its steps with their functions, by number.
        types: the live type of every key.
        known: what can be delivered.
        served: the numbers of the steps that are handed resources.
        has_context: whether a builder asks for its context.
        awaited: the name of a builder that is a coroutine function, if there is one.
    """

    index: PlanIndex
    steps: tuple[BoundStep, ...]
    types: Mapping[Key, TypeForm]
    known: Known
    served: tuple[int, ...]
    has_context: bool
    awaited: str | None

    @property
    def plan(self) -> Plan:
        """The plan."""
        return self.index.plan


def find(plan: Plan, namespace: Mapping[str, object]) -> Compiled:
    """Find the functions and types of a plan that was kept, by name.

    Args:
        plan: the plan.
        namespace: the module of its workflow, which references without a module are relative to.

    Raises:
        StalePlanError: something it names is gone.
    """

    def function(reference: str) -> Function:
        return _callable(reference, _named(reference, namespace))

    types = {info.name: resolve(info.reference, namespace) for info in plan.keys}
    for key, form in types.items():
        if key_of(form) != key:
            raise StalePlanError(key, expected=f"the type {key}", found=key_of(form))
    for step in plan.steps:
        types.update((given.key, resolve(reference, namespace)) for given, reference in step.resources)
    functions = {step.name: function(step.function) for step in plan.steps}
    return Compiled(plan=plan, functions=functions, types=types)


def bind(
    compiled: Compiled, resources: Mapping[TypeForm, object], namespace: Mapping[str, object] = _NO_NAMES
) -> Bound:
    """Make a plan ready to be walked, with the resources that its builders ask for.

    Args:
        compiled: the plan, with its functions and types.
        resources: the services that builders ask for, by type.
        namespace: the module of its workflow, for the exception classes of a `Retry`.

    Raises:
        MissingResourceError: a resource without a default is not given.
        MissingExtraError: a builder has a `Retry`, and stamina is not installed.
    """
    return supply(prepare_plan(compiled, namespace), resources)


def prepare_plan(compiled: Compiled, namespace: Mapping[str, object] = _NO_NAMES) -> Bound:
    """Do what can be done before the resources are known, once per plan.

    Raises:
        MissingExtraError: a builder has a `Retry`, and stamina is not installed.
    """
    plan = compiled.plan
    return Bound(
        index=index_plan(plan),
        steps=tuple(_bind_step(step, compiled, namespace) for step in plan.steps),
        types=compiled.types,
        known=known_of(plan, compiled.types),
        served=tuple(number for number, step in enumerate(plan.steps) if step.resources),
        has_context=any(step.context is not None for step in plan.steps),
        awaited=next((step.name for step in plan.steps if step.is_async), None),
    )


def supply(bound: Bound, resources: Mapping[TypeForm, object]) -> Bound:
    """Hand the resources to the builders that ask for them.

    Raises:
        MissingResourceError: a resource without a default is not given.
    """
    if not bound.served:
        return bound
    by_key = {key_of(form): resource for form, resource in resources.items()}
    steps = list(bound.steps)
    for number in bound.served:
        one = steps[number]
        steps[number] = replace(one, fixed={**one.fixed, **dict(_resources(one.step, by_key))})
    return replace(bound, steps=tuple(steps))


def refuse_coroutines(bound: Bound) -> None:
    """Refuse a plan with builders that are to be awaited, for a caller that cannot.

    Raises:
        DeclarationError: there is one.
    """
    if bound.awaited is not None:
        raise DeclarationError(
            f"Builder {bound.awaited!r} is a coroutine function, which cannot be run from a synchronous call.",
            do="Use polaris.arun or polaris.open_async_engine, or make it a plain function.",
        )


def resolve(reference: str, namespace: Mapping[str, object]) -> TypeForm:
    """Find the type that a reference names.

    Raises:
        StalePlanError: it is gone.
    """
    if reference[:1] == ":" and reference[1:].isidentifier():  # most are
        return _named(reference, namespace)
    tokens = iter([*_TOKEN.findall(reference), ""])
    return _Reader(tokens, namespace).union()


class _Reader:
    """Reads ``list[:Item | None]`` by recursive descent."""

    def __init__(self, tokens: Iterator[str], namespace: Mapping[str, object]) -> None:
        self._tokens = tokens
        self._namespace = namespace
        self._next = next(tokens)

    def _take(self) -> str:
        token = self._next
        self._next = next(self._tokens, "")
        return token

    def union(self) -> TypeForm:
        found = [self._one()]
        while self._next == "|":
            self._take()
            found.append(self._one())
        return found[0] if len(found) == 1 else typing.Union[tuple(found)]  # noqa: UP007

    def _one(self) -> TypeForm:
        name = self._take()
        if name == "...":
            return ...
        if name == "None":
            return None
        if name == "[":
            return self._arguments()
        form: TypeForm = _named(name, self._namespace)
        if self._next != "[":
            return form
        self._take()
        return form[tuple(self._arguments())]

    def _arguments(self) -> list[TypeForm]:
        found: list[TypeForm] = []
        while self._next != "]":
            found.append(self.union())
            if self._next == ",":
                self._take()
        self._take()
        return found


def _named(reference: str, namespace: Mapping[str, object]) -> TypeForm:
    if reference[:1] == ":" and (here := namespace.get(reference[1:], _ABSENT)) is not _ABSENT:  # most are
        return here
    module, _, path = reference.rpartition(":")
    first, *rest = path.split(".")
    try:
        if module:
            found: object = getattr(importlib.import_module(module), first)
        elif reference.startswith(":"):
            found = namespace[first]
        else:
            found = getattr(importlib.import_module("builtins"), first)
        for name in rest:
            found = getattr(found, name)
    except (ImportError, AttributeError, KeyError):
        raise StalePlanError(path, expected=f"found as {reference}", found="nothing") from None
    return found


def _callable(reference: str, found: object) -> Function:
    if not callable(found):
        raise StalePlanError(reference, expected="a function", found=f"a {type(found).__name__}")
    return found


def _bind_step(step: Step, compiled: Compiled, namespace: Mapping[str, object]) -> BoundStep:
    function = compiled.functions[step.name]
    positional, absent = _passed(step, function)
    variants = tuple(tuple((key, runtime_class(compiled.types[key])) for key in slot) for slot in step.slots)
    sure = tuple((given.parameter, given.keys[0]) for given in step.inputs if _is_sure(given))
    is_single = not step.several and len(step.produces) == 1
    is_special = step.retry or step.timeout or step.context or step.is_async or positional
    return BoundStep(
        step=step,
        function=function,
        inputs=step.inputs,
        fixed=absent,
        positional=positional,
        variants=variants,
        retry=None if step.retry is None else _retry(step.retry, namespace),
        local=step.local or bool(step.resources) or not _is_importable(function),
        is_simple=not is_special,
        sure=sure,
        unsure=tuple(given for given in step.inputs if not _is_sure(given)),
        only=step.produces[0] if is_single else Key(""),
        kind=variants[0][0][1] if is_single else _Nothing,
        reads=_reads(step, function, sure) if not is_special else (),
    )


class _Nothing:
    """A class that no value has."""


def _reads(step: Step, function: Function, sure: tuple[tuple[str, Key], ...]) -> tuple[Key, ...]:
    """Give the keys to call a function with by position, which is quicker than by name, if that is the same."""
    code = function.__code__ if isinstance(function, FunctionType) else None
    names = tuple(name for name, _ in sure)
    if code is None or step.resources or len(sure) < len(step.inputs) or code.co_varnames[: len(names)] != names:
        return ()
    return tuple(key for _, key in sure) if len(names) <= code.co_argcount else ()


def _is_sure(given: Input) -> bool:
    return given.required and len(given.keys) == 1 and given.mode is not Mode.FEEDBACK


def _is_importable(function: Function) -> bool:
    """Say whether another process can find a function by its name."""
    try:
        return attrgetter(function.__qualname__)(sys.modules[function.__module__]) is function
    except (AttributeError, KeyError):
        return False


def _resources(step: Step, resources: Mapping[Key, object]) -> Iterator[tuple[str, object]]:
    for given, _ in step.resources:
        if given.key in resources:
            yield given.parameter, resources[given.key]
        elif given.required:
            raise MissingResourceError(step.name, resource=given.key)


def _passed(step: Step, function: Function) -> tuple[tuple[str, ...], Mapping[str, object]]:
    """Give what can only be passed by position, in order, and what stands for data that are absent.

    Python's own default serves for a parameter that is left out, but not by position; an access may have none.
    """
    read = [given.parameter for given in step.inputs if given.mode is Mode.ACCESS]
    inputs: list[Input | ResourceInput] = [*step.inputs, *(given for given, _ in step.resources)]
    if not read and step.context is None and not any(given.positional for given in inputs):
        return (), {}
    parameters = inspect.signature(function).parameters
    empty = inspect.Parameter.empty
    only = tuple(name for name, one in parameters.items() if one.kind is inspect.Parameter.POSITIONAL_ONLY)
    known = {name: parameters[name].default for name in (*only, *read) if name in parameters}
    absent = {name: default for name, default in known.items() if default is not empty}
    return only, {**dict.fromkeys(read), **absent}


def _retry(rule: RetryRule, namespace: Mapping[str, object]) -> Retry:
    if find_spec("stamina") is None:
        raise MissingExtraError("@builder(retry=...)", extra="retry")
    found = [_named(reference, namespace) for reference in rule.on]
    return Retry(attempts=rule.attempts, on=tuple(found), wait=rule.wait, max_wait=rule.max_wait, jitter=rule.jitter)
