"""Whoever drives a call, and in whatever order its builders end, it comes to the same."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from random import Random

from hypothesis import given
from hypothesis import strategies as st

import polaris
from polaris import Workflow
from polaris._assembly import compiled, desk_of
from polaris._runtime.bind import bind
from polaris._runtime.desk import Desk
from polaris._runtime.drive import Driver
from polaris._runtime.script import Ended
from polaris.errors import StepError
from polaris.stores import MemoryStore
from tests.helpers.plans import Call, Features, Made, make
from tests.helpers.profiles import MANY
from tests.helpers.scripts import NOTHING, Came, Comparison, Script, came_of, scripts

QUIET = Features(failures=False)
"""When a builder fails, what else had been started by then depends on the driver."""


class AnyOrder(Driver):
    """Starts builders at once and has them end in a random order, in one thread, so that a failure is repeatable."""

    def __init__(self, random: Random) -> None:
        super().__init__(None, lambda _seconds: None)
        self._random = random

    def _await(self, seconds: float | None) -> Ended | None:
        self._here.rotate(self._random.randrange(len(self._here)))
        return super()._await(seconds)


def desk_for(workflow: Workflow[object], store: MemoryStore, at_once: int | None) -> Desk:
    return desk_of(store, bind(compiled(workflow), {}), at_once=at_once)


def run_call(driver: Driver, desk: Desk, made: Made, call: Call, *, new: bool | None) -> Came:
    made.failing.clear()
    made.failing.update(call.failing)
    data = tuple(made.delta(call.delta))
    try:
        return driver.drive(desk.run(made.workflow, "run", data, wait=0, delivery_id=None, new=new)), None
    except StepError as error:
        return came_of(error)


@MANY
@given(scripts(QUIET), st.integers(0, 1000))
def test_builders_may_end_in_any_order(script: Script, seed: int) -> None:
    spec, sequence = script
    made, random = make(spec), Random(seed)
    comparison = Comparison(made)
    desk = desk_for(made.workflow, MemoryStore(), None)
    for number, call in enumerate([NOTHING, *sequence]):
        comparison.see(call, run_call(AnyOrder(random), desk, made, call, new=number == 0))


@given(scripts(QUIET))
def test_threads_come_to_the_same(script: Script) -> None:
    spec, sequence = script
    made = make(spec)
    comparison = Comparison(made)
    with ThreadPoolExecutor(3) as pool, polaris.open_engine("memory://", made.workflow, executor=pool) as engine:
        for number, call in enumerate([NOTHING, *sequence]):
            try:
                came: Came = engine.run(made.workflow, "run", *made.delta(call.delta), new=number == 0), None
            except StepError as error:
                came = came_of(error)
            comparison.see(call, came)


@MANY
@given(scripts(QUIET), st.data())
def test_asyncio_comes_to_the_same(script: Script, data: st.DataObject) -> None:
    spec, sequence = script
    naps = {builder.name: data.draw(st.integers(0, 3), label=builder.name) for builder in spec.builders}
    plain = data.draw(st.sets(st.sampled_from(sorted(naps)), max_size=1), label="plain functions")
    made = make(spec, {name: count for name, count in naps.items() if name not in plain})
    comparison = Comparison(made)

    async def run() -> None:
        async with polaris.open_async_engine("memory://", made.workflow) as engine:
            for number, call in enumerate([NOTHING, *sequence]):
                try:
                    came: Came = await engine.run(made.workflow, "run", *made.delta(call.delta), new=number == 0), None
                except StepError as error:
                    came = came_of(error)
                comparison.see(call, came)

    asyncio.run(run())


class Interrupted(BaseException):
    """What ends a call as a kill would: nothing in it is closed."""


class Impatient(Driver):
    """Lets so many builders run, and breaks off when one more is to."""

    def __init__(self, patience: int) -> None:
        super().__init__(None, lambda _seconds: None)
        self._patience = patience

    def _await(self, seconds: float | None) -> Ended | None:
        if not self._patience:
            raise Interrupted
        self._patience -= 1
        return super()._await(seconds)


@MANY
@given(scripts())
def test_a_run_that_is_reloaded_before_every_builder_comes_to_the_same(script: Script) -> None:
    spec, sequence = script
    sequence = [call for call in sequence if not spec.transients & call.delta.keys()]
    made, store = make(spec), MemoryStore()
    comparison = Comparison(made, lossy=True)
    for number, call in enumerate([NOTHING, *sequence]):
        step, new, patience = call, number == 0, 1
        came: Came | None = None
        while came is None:
            before = store.load("run")
            try:
                driver, desk = Impatient(patience), desk_for(made.workflow, store, 1)
                came = run_call(driver, desk, made, step, new=new or None)
            except Interrupted:
                after = store.load("run")
                assert after is not None
                moved = before is None or before.marks != after.marks
                patience = 1 if moved else patience + 1  # a lost transient is made again, for the next builder's sake
                step, new = Call({}, call.failing), False
        comparison.see(call, came)
