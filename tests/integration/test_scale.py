"""Very many builders, in a row and side by side, on every executor."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from pathlib import Path

import pytest

import polaris
from polaris import Status
from polaris._assembly import compiled
from polaris._runtime.bind import bind
from tests.helpers.engines import HOW, opened
from tests.helpers.many import CHAIN, FAN, THOUSAND, Made, chain, fan

TEN_THOUSAND = 10_000

# what a chain and a fan of so many come to, begun with 1
LINKS = THOUSAND + 1
BLADES = THOUSAND + THOUSAND * (THOUSAND - 1) // 2

SHAPES = pytest.mark.parametrize(("made", "result"), [(CHAIN, LINKS), (FAN, BLADES)], ids=["chain", "fan"])


@pytest.fixture(autouse=True)
def low_recursion_limit() -> Iterator[None]:
    """Stop whoever calls himself once for each builder."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(THOUSAND // 2)
    yield
    sys.setrecursionlimit(before)


@SHAPES
def test_any_process_can_import_a_thousand_builders(made: Made, result: int) -> None:
    assert not any(step.local for step in bind(compiled(made.workflow), {}).steps)


@SHAPES
def test_a_thousand_builders_on_an_executor(made: Made, result: int, pool: Executor) -> None:
    outcome = polaris.run(made.workflow, {made.first: 1}, executor=pool)
    assert (outcome.status, outcome.result) == (Status.COMPLETED, result)
    assert len(outcome.produced) >= THOUSAND


@SHAPES
@pytest.mark.parametrize("how", HOW)
def test_a_thousand_builders_in_an_engine(made: Made, result: int, how: str) -> None:
    with opened(how, "memory://", made.workflow) as engine:
        assert engine.run(made.workflow, "r", {made.first: 1}).result == result
        assert engine.run(made.workflow, "r", {made.first: 2}).result == result + (1 if made is CHAIN else THOUSAND)


@SHAPES
@pytest.mark.parametrize("checkpoint", ["builder", "call"])
def test_a_thousand_builders_in_a_file(made: Made, result: int, checkpoint: str, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/runs.db?synchronous=normal"
    with polaris.open_engine(url, made.workflow, checkpoint=checkpoint) as engine:  # type: ignore[arg-type]
        assert engine.run(made.workflow, "r", {made.first: 1}).result == result
        state = engine.get("r")
    assert len(state.data) == len(polaris.compile_plan(made.workflow).keys)


@pytest.mark.parametrize(("make", "result"), [(chain, LINKS), (fan, BLADES)])
def test_a_thousand_coroutine_functions(make: Callable[..., Made], result: int) -> None:
    made = make(THOUSAND, word="async def")
    assert asyncio.run(polaris.arun(made.workflow, {made.first: 1})).result == result


@pytest.mark.parametrize(
    ("make", "result"),
    [(chain, TEN_THOUSAND + 1), (fan, TEN_THOUSAND + TEN_THOUSAND * (TEN_THOUSAND - 1) // 2)],
)
def test_ten_thousand_builders_are_compiled_and_run(make: Callable[..., Made], result: int) -> None:
    made = make(TEN_THOUSAND)
    assert len(polaris.compile_plan(made.workflow).steps) >= TEN_THOUSAND
    assert polaris.run(made.workflow, {made.first: 1}).result == result
