"""One small workflow on every executor there is: the same comes of it everywhere."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import Executor
from typing import Any

import pytest

import polaris
from polaris import BuilderFailedError, Outcome, RunState, Status, Workflow
from polaris.errors import BuilderTimeoutError
from polaris.stores import MemoryStore
from polaris.testing.fakes import SetClock
from tests.helpers.diamond import (
    Anywhere,
    Booked,
    Card,
    Cash,
    Coupon,
    Gift,
    Here,
    Home,
    Label,
    Ledger,
    Order,
    Price,
    Receipt,
    RefusedError,
    Stamp,
    WithLedger,
    dawdling,
    diamond,
    diamond_async,
    dying,
    insisting,
    lingering,
    places,
    refusing,
)
from tests.helpers.engines import opened
from tests.integration.pools import POOLS, TO_BREAK

# --- the same everywhere ----------------------------------------------------------------------------------------------

Facts = tuple[Status, dict[Any, Any], dict[Any, Any], tuple[Any, ...]]

LABEL = Label("diamond/r/label/1/64")
AT_FIRST = {Order: Order(12_000), Price: Price(12_000), Gift: Gift("cup"), Label: LABEL}
AT_FIRST |= {Booked: Booked(120), Stamp: Stamp("12000!")}
PAID = {**AT_FIRST, Card: Card("7"), Receipt: Receipt("12000 by card 7 diamond/r/label/1/64 120 12000! cup")}
REDUCED = {
    **PAID,
    Coupon: Coupon(50),
    Price: Price(6_000),
    Booked: Booked(60),
    Stamp: Stamp("6000!"),
    Receipt: Receipt("6000 by card 7 diamond/r/label/1/64 60 6000! cup"),
}
DECLINED = {
    **{key: value for key, value in REDUCED.items() if key is not Gift},
    Order: Order(4_000),
    Price: Price(2_000),
    Booked: Booked(20),
    Stamp: Stamp("2000!"),
    Receipt: Receipt("2000 by card 7 diamond/r/label/1/64 20 2000! -"),
}
CASH = {**DECLINED, Cash: Cash(2_000), Receipt: Receipt("2000 by cash diamond/r/label/1/64 20 2000! -")}


def facts(outcome: Outcome[Any]) -> Facts:
    return outcome.status, dict(outcome.data), dict(outcome.produced), outcome.waiting_for


def checked(engine: Any, workflow: Workflow[Receipt]) -> RunState:  # noqa: ANN401 - either engine
    """Carry a run through deliveries, changes, a failure and its correction, and compare each step."""

    def run(*data: object) -> Facts:
        return facts(engine.run(workflow, "r", *data))

    first = {key: value for key, value in AT_FIRST.items() if key is not Order}
    assert run(Order(12_000)) == (Status.WAITING, AT_FIRST, first, (Card, Cash))
    assert run(Card("7")) == (Status.COMPLETED, PAID, {Receipt: PAID[Receipt]}, ())
    changed = {key: REDUCED[key] for key in (Price, Booked, Stamp, Receipt)}
    assert run(Coupon(50)) == (Status.COMPLETED, REDUCED, changed, ())
    changed = {key: DECLINED[key] for key in (Price, Label, Booked, Stamp, Receipt)}
    assert run(Order(4_000)) == (Status.COMPLETED, DECLINED, changed, ())
    with pytest.raises(BuilderFailedError) as caught:
        run(Cash(1))
    assert (caught.value.step, caught.value.run_id) == ("settle", "r")
    assert "not enough (1)" in str(caught.value.__cause__)
    assert run(Cash(2_000)) == (Status.COMPLETED, CASH, {Receipt: CASH[Receipt]}, ())
    state: RunState = engine.get("r")
    return state


def options(executor: Executor | None) -> dict[str, Any]:
    return {"resources": {Ledger: Ledger()}, "executor": executor}


def test_in_the_calling_thread() -> None:
    with polaris.open_engine("memory://", diamond, **options(None)) as engine:
        assert dict(checked(engine, diamond).data) == CASH


def test_on_an_executor(pool: Executor) -> None:
    with polaris.open_engine("memory://", diamond, **options(pool)) as engine:
        assert dict(checked(engine, diamond).data) == CASH


def test_from_asyncio_with_an_executor(pool: Executor) -> None:
    with opened("asyncio", "memory://", diamond, **options(pool)) as engine:
        assert dict(checked(engine, diamond).data) == CASH


@pytest.mark.parametrize("workflow", [diamond, diamond_async])
def test_from_asyncio_with_plain_and_with_coroutine_builders(workflow: Workflow[Receipt]) -> None:
    with opened("asyncio", "memory://", workflow, **options(None)) as engine:
        assert dict(checked(engine, workflow).data) == CASH


def test_in_memory_on_an_executor(pool: Executor) -> None:
    data = (Order(12_000), Card("7"), Coupon(50))
    expected = facts(polaris.run(diamond, *data, **options(None)))
    assert expected[0] is Status.COMPLETED
    assert facts(polaris.run(diamond, *data, **options(pool))) == expected
    assert facts(asyncio.run(polaris.arun(diamond, *data, **options(pool)))) == expected
    assert facts(asyncio.run(polaris.arun(diamond_async, *data, **options(pool)))) == expected


# --- where builders run -----------------------------------------------------------------------------------------------


def test_only_what_can_be_sent_runs_in_another_process(elsewhere: Executor) -> None:
    with polaris.open_engine("memory://", places, **options(elsewhere)) as engine:
        outcome = engine.run(places, "r", Order(1))
    assert outcome[Anywhere].pid != os.getpid()
    assert (outcome[Here].pid, outcome[WithLedger].pid) == (os.getpid(), os.getpid())


def test_a_function_that_no_other_process_can_find_runs_here(elsewhere: Executor) -> None:
    def nameless(order: Order) -> Here:
        return Here(os.getpid())

    outcome = polaris.run(Workflow("nameless", target=Here, builders=[nameless]), Order(1), executor=elsewhere)
    assert outcome.result == Here(os.getpid())


# --- what goes wrong there --------------------------------------------------------------------------------------------


def test_an_exception_that_pickling_cannot_make_again_leaves_the_pool_whole(elsewhere: Executor) -> None:
    for _ in range(3):
        with pytest.raises(BuilderFailedError) as caught:
            polaris.run(refusing, Order(5), executor=elsewhere)
        cause = caught.value.__cause__
        assert isinstance(cause, (RuntimeError, RefusedError))  # Dask has a way of its own to pickle it
        assert str(cause).endswith("refused (5)")
    assert polaris.run(places, Order(1), **options(elsewhere)).status is Status.COMPLETED


def test_in_this_process_an_exception_is_the_one_that_was_raised() -> None:
    with POOLS["threads"]() as pool, pytest.raises(BuilderFailedError) as caught:
        polaris.run(refusing, Order(5), executor=pool)
    assert isinstance(caught.value.__cause__, RefusedError)


def test_a_builder_is_tried_again_where_it_runs(pool: Executor) -> None:
    assert polaris.run(insisting, Order(3), executor=pool).result == Label("3")
    with pytest.raises(BuilderFailedError) as caught:
        polaris.run(insisting, Order(4), executor=pool)
    assert str(caught.value.__cause__).endswith("not yet (3)")


@pytest.mark.parametrize(("workflow", "step"), [(dawdling, "dawdle"), (lingering, "linger")])
def test_a_builder_or_a_call_that_takes_too_long_is_given_up(
    workflow: Workflow[Price], step: str, pool: Executor
) -> None:
    with polaris.open_engine("memory://", workflow, executor=pool) as engine:
        with pytest.raises(BuilderTimeoutError) as caught:
            engine.run(workflow, "r", Order(1))
        assert (caught.value.step, caught.value.seconds, caught.value.run_id) == (step, 0.05, "r")
        assert (engine.get("r").status, dict(engine.get("r").data)) == (Status.FAILED, {Order: Order(1)})


def test_a_builder_is_tried_again_in_another_process_whatever_the_clock_here_says(elsewhere: Executor) -> None:
    workflow = Workflow("insisting", target=Label, builders=insisting.builders, timeout=60)
    with polaris.open_engine("memory://", workflow, executor=elsewhere, clock=SetClock()) as engine:
        assert engine.run(workflow, "r", Order(3)).result == Label("3")


@pytest.mark.parametrize("name", TO_BREAK)
def test_a_worker_that_dies_fails_its_builder_and_what_was_made_before_is_kept(name: str) -> None:
    store = MemoryStore()
    with TO_BREAK[name]() as pool, polaris.open_engine(store, dying, executor=pool) as engine:
        with pytest.raises(BuilderFailedError) as caught:
            engine.run(dying, "r", Order(7), Home(os.getpid()))
        assert (caught.value.step, caught.value.run_id) == ("die", "r")
        assert caught.value.__cause__ is not None
        state = engine.get("r")
    assert (state.status, dict(state.data)) == (
        Status.FAILED,
        {Order: Order(7), Home: Home(os.getpid()), Price: Price(7)},
    )
    with polaris.open_engine(store, dying) as engine:
        outcome = engine.run(dying, "r")
    assert (outcome.result, dict(outcome.produced)) == (Receipt("7"), {Price: Price(7), Receipt: Receipt("7")})
