"""The composition root: the only file that knows both halves, the compiler and the runtime."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import timedelta
from functools import cache
from types import MappingProxyType
from typing import Any, TypeVar, cast
from weakref import WeakKeyDictionary, finalize, ref

from polaris._cache.disk import DiskCache
from polaris._cache.format import decode_plan, encode_plan, load_plan, save_plan
from polaris._compiler.compile import compile_workflow
from polaris._compiler.durable import unstorable
from polaris._insight.lineage import lineage
from polaris._insight.schema import next_inputs_schema
from polaris._insight.stored import next_inputs_stored, why_stored
from polaris._model.compiled import Compiled
from polaris._model.declaration import declaration_of, seconds
from polaris._model.diagnostic import Severity
from polaris._model.keys import TypeForm
from polaris._model.late import late
from polaris._model.outcome import Outcome
from polaris._model.plan import Plan, sockets
from polaris._model.workflow import Workflow
from polaris._runtime.async_drive import AsyncDriver
from polaris._runtime.async_engine import PLAIN_BUILDERS_AT_ONCE, AsyncEngine
from polaris._runtime.bind import Bound, find, prepare_plan, refuse_coroutines, supply
from polaris._runtime.delivery import read_delivery
from polaris._runtime.desk import Desk
from polaris._runtime.drive import Driver
from polaris._runtime.engine import Engine
from polaris._runtime.heartbeat import Heartbeat
from polaris._runtime.hooks import NO_HOOKS, After, Before, Hooks
from polaris._runtime.memory_call import InMemory
from polaris._runtime.setup import Checkpoint, Setup
from polaris._runtime.specialise import Shortcuts
from polaris.errors import CompileError, DeclarationError, StalePlanError
from polaris.export.render import svg
from polaris.protocols import Clock, Codec, Flaw, Observer, Store
from polaris.protocols import sockets as checks
from polaris.stores import SystemClock, open_store

R = TypeVar("R")

_NOTHING: Mapping[TypeForm, object] = MappingProxyType({})
_LEASE = 30.0

_Known = tuple[tuple[object, ...], Compiled]
_known: WeakKeyDictionary[Workflow[Any], _Known] = WeakKeyDictionary()
_ready: WeakKeyDictionary[Workflow[Any], tuple[Compiled, Shortcuts]] = WeakKeyDictionary()
_final: dict[ref[Workflow[Any]], Shortcuts] = {}
"""Those whose builders can change no more; looked up faster than the dictionary above."""
_storable: WeakKeyDictionary[Workflow[Any], Compiled] = WeakKeyDictionary()


def compile_plan(workflow: Workflow[Any]) -> Plan:
    """Compile a workflow into an immutable plan, or take it from the plan cache if nothing it came from has changed.

    Raises:
        CompileError: the workflow has faults; all of them are in ``.diagnostics``.
    """
    return compiled(workflow).plan


def checked(workflow: Workflow[Any]) -> Compiled:
    """Compile a workflow from its sources, and look for everything that is doubtful or cannot be stored.

    Raises:
        CompileError: it has faults.
        DeclarationError: something was listed as a builder that is no function and no module.
    """
    return compile_workflow(workflow, thorough=True)


def compiled(workflow: Workflow[Any]) -> Compiled:
    """Give the plan of a workflow with the functions and types that it names.

    What a process has compiled it keeps; a notebook or script whose builders change is compiled again.
    """
    builders = _builders_now(workflow)
    known = _known.get(workflow)
    if known is not None and known[0] == builders:
        return known[1]
    result = _from_cache(workflow) or _compile(workflow)
    _known[workflow] = (builders, result)
    return result


def run(
    workflow: Workflow[R],
    *data: object,
    resources: Mapping[TypeForm, object] = _NOTHING,
    executor: Executor | None = None,
    before: Before | None = None,
    after: After | None = None,
    observers: Sequence[Observer] = (),
) -> Outcome[R]:
    """Run a workflow once, in memory: nothing is stored, nothing is encoded.

    Args:
        workflow: the workflow.
        *data: values of types that it knows; a plain dict maps types to values.
        resources: the services its builders ask for, by type.
        executor: where builders run; None for the calling thread.
        before: called with a builder's name and the data delivered, by type, before it runs.
        after: called with a builder's name and what it made, by type, when it has run.
        observers: are told what happens; see `polaris.protocols.Observer`.

    Raises:
        CompileError: the workflow has faults.
        DeclarationError: a builder is a coroutine function.
        MissingResourceError: a resource that a builder asks for is not given.
        UnknownDataError: something delivered is no datum of the workflow.
        BuilderFailedError, BuilderTimeoutError, ContractViolationError, RunawayLoopError: a builder failed.
    """
    is_plain = executor is None and before is None and after is None and not observers
    if is_plain and (final := _final.get(ref(workflow))) is not None:
        outcome = final.glance(data, resources)
        if outcome is not None:
            return outcome
    shortcuts = _shortcuts(workflow, awaits=False)
    delta = read_delivery(shortcuts.bound.known, data)
    outcome = shortcuts.call(delta, data, resources) if is_plain else None
    if outcome is not None:
        return outcome
    hooks = Hooks(before=before, after=after, observers=tuple(observers))
    bound, at_once = supply(shortcuts.bound, resources), None if executor else 1
    memory = InMemory(bound=bound, hooks=hooks, at_once=at_once, is_here=executor is None)
    return cast("Outcome[R]", Driver(executor, SystemClock().sleep).drive(memory.carry(delta)))


async def arun(
    workflow: Workflow[R],
    *data: object,
    resources: Mapping[TypeForm, object] = _NOTHING,
    executor: Executor | None = None,
    before: Before | None = None,
    after: After | None = None,
    observers: Sequence[Observer] = (),
) -> Outcome[R]:
    """Do what `run` does, in the running event loop.

    Builders that are coroutine functions are awaited; plain ones run in the executor, or in threads.
    """
    bound = _bind(workflow, resources, awaits=True)
    hooks = Hooks(before=before, after=after, observers=tuple(observers))
    memory = InMemory(bound=bound, hooks=hooks, at_once=None)
    threads = ThreadPoolExecutor(PLAIN_BUILDERS_AT_ONCE, "polaris-builder")
    try:
        driver = AsyncDriver(executor, threads=threads, store=threads, sleep=asyncio.sleep)
        return cast("Outcome[R]", await driver.drive(memory.call(data)))
    finally:
        threads.shutdown(wait=False)


def open_engine(
    store: str | Store,
    *workflows: Workflow[Any],
    resources: Mapping[TypeForm, object] = _NOTHING,
    executor: Executor | None = None,
    checkpoint: Checkpoint = "builder",
    before: Before | None = None,
    after: After | None = None,
    observers: Sequence[Observer] = (),
    lease: float | timedelta = _LEASE,
    clock: Clock | None = None,
    codec: Codec | None = None,
    history: bool = True,
) -> Engine:
    """Open an engine: a store and the workflows whose runs it keeps. Use it with ``with``, or `close` it.

    Args:
        store: ``memory://``, ``sqlite:///path``, or an open store, which is yours to close.
        *workflows: the workflows that can be run.
        resources: the services their builders ask for, by type.
        executor: where builders run; None for the calling thread.
        checkpoint: save after every builder, or once at the end of every call.
        before: called with a builder's name and the data delivered, by type, before it runs.
        after: called with a builder's name and what it made, by type, when it has run.
        observers: are told what happens; see `polaris.protocols.Observer`.
        lease: seconds that a worker may be silent before another takes its run over.
        clock: where the time comes from; a test may set its own.
        codec: turns values into text and back; msgspec JSON if left out.
        history: whether what happens is saved with each checkpoint, for `Engine.history`.

    Raises:
        CompileError: a workflow has faults, or data that the codec cannot store.
        DeclarationError: a builder is a coroutine function, or two workflows have one name.
        MissingResourceError: a resource that a builder asks for is not given.
        StoreUnavailableError: the store cannot be opened.
    """
    bounds = [_bind(workflow, resources, awaits=False) for workflow in _lasting(workflows, codec)]
    desk = desk_of(
        _opened(store, clock),
        *bounds,
        checkpoint=checkpoint,
        hooks=Hooks(before=before, after=after, observers=tuple(observers)),
        lease=seconds(lease),
        clock=clock,
        codec=codec,
        history=history,
        at_once=None if executor else 1,
        owns_store=isinstance(store, str),
    )
    return Engine(desk, executor=executor, sleep=(clock or SystemClock()).sleep)


def open_async_engine(
    store: str | Store,
    *workflows: Workflow[Any],
    resources: Mapping[TypeForm, object] = _NOTHING,
    executor: Executor | None = None,
    checkpoint: Checkpoint = "builder",
    before: Before | None = None,
    after: After | None = None,
    observers: Sequence[Observer] = (),
    lease: float | timedelta = _LEASE,
    clock: Clock | None = None,
    codec: Codec | None = None,
    history: bool = True,
) -> AsyncEngine:
    """Open an engine for asyncio: a plain function, used with ``async with``; the arguments are those of `open_engine`.

    Raises:
        CompileError: a workflow has faults, or data that the codec cannot store.
        DeclarationError: two workflows have one name.
        MissingResourceError: a resource that a builder asks for is not given.
        StoreUnavailableError: the store cannot be opened.
    """
    bounds = [_bind(workflow, resources, awaits=True) for workflow in _lasting(workflows, codec)]
    desk = desk_of(
        _opened(store, clock),
        *bounds,
        checkpoint=checkpoint,
        hooks=Hooks(before=before, after=after, observers=tuple(observers)),
        lease=seconds(lease),
        clock=clock,
        codec=codec,
        history=history,
        at_once=None,
        owns_store=isinstance(store, str),
    )
    return AsyncEngine(desk, executor=executor, sleep=asyncio.sleep if clock is None else _sleeper(clock))


def desk_of(
    store: Store,
    *bounds: Bound,
    checkpoint: Checkpoint = "builder",
    hooks: Hooks = NO_HOOKS,
    lease: float = _LEASE,
    clock: Clock | None = None,
    codec: Codec | None = None,
    history: bool = True,
    at_once: int | None = 1,
    owns_store: bool = False,
) -> Desk:
    """Put together what an engine is asked at, of workflows that are bound already."""
    from polaris.stores.codecs import JsonCodec, encoder, exact  # loads msgspec: only when something is stored

    codec = codec or JsonCodec()
    by_name = {bound.plan.workflow: bound for bound in bounds}
    if len(by_name) < len(bounds):
        names = ", ".join(sorted(bound.plan.workflow for bound in bounds))
        raise DeclarationError(f"Two workflows have one name: {names}.", do="Rename one of them.")
    for bound in bounds:
        store.put_plan(bound.plan.fingerprint, encode_plan(bound.plan))
    setup = Setup(
        store=store,
        codec=codec,
        encode=encoder(codec),
        equal=exact,
        heartbeat=Heartbeat(store, lease),
        lease=lease,
        checkpoint=checkpoint,
        hooks=hooks,
        clock=clock,
        at_once=at_once,
        history=history,
        insight=_Insight(),
    )
    return Desk(setup, by_name, owns_store)


def _lasting(workflows: Sequence[Workflow[Any]], codec: Codec | None) -> Sequence[Workflow[Any]]:
    """Give workflows whose data can be stored: as our codec sees it, one of the user's decides for itself.

    Raises:
        CompileError: there are data that cannot be stored.
    """
    for workflow in workflows if codec is None else ():
        found = compiled(workflow)
        if _storable.get(workflow) is not found:
            errors = [each for each in unstorable(workflow, found) if each.severity is Severity.ERROR]
            if errors:
                raise CompileError(workflow.name, errors)
            _storable[workflow] = found
    return workflows


class _Insight:
    """What engines answer out of a room that they may not import."""

    plan_of = staticmethod(decode_plan)
    why = staticmethod(why_stored)
    next_inputs = staticmethod(next_inputs_stored)
    lineage = staticmethod(lineage)
    schema = staticmethod(next_inputs_schema)


def _opened(store: str | Store, clock: Clock | None) -> Store:
    return open_store(store, clock=clock) if isinstance(store, str) else store


def _sleeper(clock: Clock) -> Callable[[float], Awaitable[None]]:
    """Make a clock's way to wait awaitable, in a thread: it may block."""

    async def sleep(seconds: float) -> None:
        await asyncio.to_thread(clock.sleep, seconds)

    return sleep


def _bind(workflow: Workflow[Any], resources: Mapping[TypeForm, object], *, awaits: bool) -> Bound:
    return supply(_shortcuts(workflow, awaits=awaits).bound, resources)


def _shortcuts(workflow: Workflow[Any], *, awaits: bool) -> Shortcuts:
    """Do what is the same for all calls of a workflow; once, unless its builders change."""
    shortcuts = _final.get(ref(workflow))
    if shortcuts is None:
        found = compiled(workflow)
        known = _ready.get(workflow)
        if known is None or known[0] is not found:
            known = _ready[workflow] = found, Shortcuts(prepare_plan(found, workflow.namespace))
        shortcuts = known[1]
        if not _builders_now(workflow):
            key = ref(workflow)
            _final[key] = shortcuts
            finalize(workflow, _final.pop, key, None).atexit = False
    if not awaits:
        refuse_coroutines(shortcuts.bound)
    return shortcuts


def runnable(found: Compiled, workflow: Workflow[Any], resources: Mapping[TypeForm, object]) -> Bound:
    """Bind the builders of a workflow, for a caller that awaits those that are coroutine functions."""
    return supply(prepare_plan(found, workflow.namespace), resources)


def _builders_now(workflow: Workflow[Any]) -> tuple[object, ...]:
    """Give the marked functions of a module that may still change: a script, a notebook, one being imported."""
    spec = getattr(sys.modules.get(workflow.module), "__spec__", None)
    if workflow.builders is not None or (spec is not None and not getattr(spec, "_initializing", False)):
        return ()
    return tuple(thing for thing in workflow.namespace.values() if declaration_of(thing) is not None)


def _from_cache(workflow: Workflow[Any]) -> Compiled | None:
    """Give what was compiled before, to be read when somebody looks into it, or compiled if that fails after all."""
    reader = DiskCache().find(workflow)
    if reader is None:
        return None
    read = cache(lambda: _found(reader(), workflow) or _compile(workflow))
    return late(Compiled, read, plan=late(Plan, lambda: read().plan))


def _found(plan: Plan | None, workflow: Workflow[Any]) -> Compiled | None:
    """Find what a plan that was kept names; None if something is gone, or is no builder."""
    try:
        found = None if plan is None else find(plan, workflow.namespace)
    except StalePlanError:
        return None
    listed = {id(thing) for thing in workflow.builders or ()}
    named = found.functions.values() if found else ()
    return found if all(declaration_of(each) is not None or id(each) in listed for each in named) else None


def _compile(workflow: Workflow[Any]) -> Compiled:
    result = compile_workflow(workflow)
    if result.cacheable:
        DiskCache().save(workflow, result.plan, result.sources)
    return result


def _flaws(form: TypeForm) -> Sequence[Flaw]:
    from polaris.stores.codecs import flaws  # loads msgspec: only when something is stored

    return flaws(form)


checks.flaws = _flaws
sockets.save = save_plan
sockets.load = load_plan
sockets.draw = svg
