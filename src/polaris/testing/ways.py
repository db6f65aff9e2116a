"""Ways to carry the same deliveries: they must all come to the same end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from concurrent.futures import Future, ThreadPoolExecutor
from copy import deepcopy
from typing import Any

from polaris._assembly import desk_of
from polaris._model.compiled import Compiled
from polaris._model.events import Event
from polaris._model.keys import key_of
from polaris._model.outcome import Outcome, RunState
from polaris._model.plan import KeyKind, Plan
from polaris._runtime.async_drive import AsyncDriver
from polaris._runtime.call import Call
from polaris._runtime.desk import Desk
from polaris._runtime.drive import Driver
from polaris._runtime.engine import Engine
from polaris._runtime.hooks import Hooks
from polaris._runtime.memory_call import InMemory
from polaris.protocols import Observer, Store
from polaris.stores import MemoryStore, SystemClock
from polaris.testing.contexts import RUN_ID
from polaris.testing.fakes import Faults, Killed, SetClock
from polaris.testing.report import Carried, End, Recorder
from polaris.testing.strategies import Deltas
from polaris.testing.subject import Subject

_LEASE = 30.0
_THREADS = 4

Way = Callable[[Compiled, Subject, Deltas], Carried]


def in_memory(found: Compiled, subject: Subject, script: Deltas) -> Carried:
    """Carry deliveries in memory, one builder after the other."""
    recorder = Recorder()
    memory = InMemory(bound=subject.bound(found), hooks=hooks_of(recorder))
    return carried(Driver(None, SystemClock().sleep).drive(memory.calls(_calls(script))), recorder)


def in_threads(found: Compiled, subject: Subject, script: Deltas) -> Carried:
    """Carry deliveries in memory, with builders that run at the same time."""
    recorder = Recorder()
    memory = InMemory(bound=subject.bound(found), hooks=hooks_of(recorder), at_once=None)
    with _Threads(subject.stubs) as threads:
        return carried(Driver(threads, SystemClock().sleep).drive(memory.calls(_calls(script))), recorder)


def in_asyncio(found: Compiled, subject: Subject, script: Deltas) -> Carried:
    """Carry deliveries in memory, in an event loop, where coroutine functions are awaited."""
    recorder = Recorder()
    memory = InMemory(bound=subject.bound(subject.awaited(found)), hooks=hooks_of(recorder), at_once=None)
    with _Threads(subject.stubs) as threads:
        driver = AsyncDriver(None, threads=threads, store=threads, sleep=asyncio.sleep)
        return carried(asyncio.run(driver.drive(memory.calls(_calls(script)))), recorder)


def reloaded(found: Compiled, subject: Subject, script: Deltas) -> Carried:
    """Carry deliveries through a store, which encodes and decodes all values between two calls."""
    recorder = Recorder()
    desk = desk_of(MemoryStore(), subject.bound(found), hooks=hooks_of(recorder))
    with engine_at(desk) as engine:
        for delta in [{}, *deepcopy(script)]:
            engine.run(found.plan.workflow, RUN_ID, *([delta] if delta else []), new=None if delta else True)
        return carried(engine.get(RUN_ID), recorder)


def paused(found: Compiled, subject: Subject, script: Deltas) -> Carried:
    """Carry deliveries through a store by workers that die before every builder, for which all is reloaded."""
    return _Paused(found, subject).carry(script)


WAYS: dict[str, Way] = {
    "paused and reloaded": reloaded,
    "run in threads": in_threads,
    "run in asyncio": in_asyncio,
    "taken over before every builder": paused,
}
"""What is compared with `in_memory`; the words are those of a report."""


def ways_for(plan: Plan) -> dict[str, Way]:
    """Give the ways that a plan allows: transients from outside are lost with a worker."""
    passing = any(info.transient and info.kind is KeyKind.INPUT for info in plan.keys)
    return {name: way for name, way in WAYS.items() if not (passing and way is paused)}


def hooks_of(recorder: Recorder, *observers: Observer) -> Hooks:
    """Give the hooks by which a recorder learns what happens."""
    return Hooks(after=recorder.made, observers=(recorder, *observers))


def carried(ended: Outcome[Any] | RunState, recorder: Recorder) -> Carried:
    """Give what came of a run that was written down."""
    return Carried(end_of(ended), tuple(recorder.lines))


def end_of(ended: Outcome[Any] | RunState) -> End:
    """Give how a run ended."""
    return ended.status, {key_of(form): value for form, value in ended.data.items()}


def engine_at(desk: Desk) -> Engine:
    """Give an engine whose builders run here, and which never really waits."""
    return Engine(desk, executor=None, sleep=SystemClock().sleep)


def _calls(script: Deltas) -> list[tuple[object, ...]]:
    return [(delta,) for delta in deepcopy(script)]


class _Threads(ThreadPoolExecutor):
    """Threads for all builders but those that are stood in for, which draw: that is done in the caller's thread."""

    def __init__(self, here: Collection[str]) -> None:
        super().__init__(_THREADS, "polaris-testing")
        self._here = here

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401
        is_drawn = any(isinstance(one, Call) and one.step in self._here for one in args)
        return _done(fn, *args) if is_drawn else super().submit(fn, *args, **kwargs)


def _done(function: Callable[..., Any], *args: object) -> Future[Any]:
    future: Future[Any] = Future()
    try:
        future.set_result(function(*args))
    except Exception as error:  # noqa: BLE001 - raised where the result is asked for
        future.set_exception(error)
    return future


class _Paused(Observer):
    """A run whose worker is replaced before every builder."""

    def __init__(self, found: Compiled, subject: Subject) -> None:
        self._name = found.plan.workflow
        self._bound = subject.bound(found)
        self._clock = SetClock()
        self._store: Store = MemoryStore(clock=self._clock)
        self._recorder = Recorder()
        self._begun: set[tuple[str | None, int]] = set()
        self._faults = Faults()

    def carry(self, script: Deltas) -> Carried:
        for number, delta in enumerate([{}, *deepcopy(script)]):
            while not self._is_carried(number, delta):
                self._clock.sleep(_LEASE + 1)
        with self._engine() as engine:
            return carried(engine.get(RUN_ID), self._recorder)

    def builder_started(self, event: Event, /) -> None:
        """Die when a builder is called for the first time."""
        if (event.builder, event.round) not in self._begun:
            self._begun.add((event.builder, event.round))
            self._faults.die()

    def _is_carried(self, number: int, delta: dict[Any, object]) -> bool:
        data = [delta] if delta else []
        new = None if delta or self._begun else True
        try:
            with self._engine() as engine:
                engine.run(self._name, RUN_ID, *data, delivery_id=f"delivery {number}", new=new)
        except Killed:
            return False
        return True

    def _engine(self) -> Engine:
        self._faults = Faults()
        hooks = hooks_of(self._recorder, self)
        desk = desk_of(self._faults.around(self._store), self._bound, clock=self._clock, lease=_LEASE, hooks=hooks)
        return Engine(desk, executor=None, sleep=self._clock.sleep)
