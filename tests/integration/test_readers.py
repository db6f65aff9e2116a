"""A read is one consistent revision, whoever writes meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import polaris
from polaris import RunState, Status, Workflow, builder
from polaris.errors import UnknownRunError
from polaris.protocols import Store
from polaris.stores import open_store
from tests.conformance.addresses import EMPTY

CALLS = 25
"""How often is written, at least."""


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    n: int


@dataclass(frozen=True)
class C:
    n: int


@builder
def first(a: A) -> B:
    return B(a.n)


@builder
def second(b: B) -> C:
    return C(b.n)


flow = Workflow("flow", target=C, builders=[first, second])


@pytest.fixture(params=list(EMPTY))
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    with EMPTY[request.param](tmp_path) as url:
        kept = open_store(url)
        yield kept
        kept.close()


def must_be_whole(state: RunState) -> None:
    """Values follow each other from A to C; none is a call ahead or behind of what the status says."""
    a, b, c = (getattr(state.data.get(kind), "n", 0) for kind in (A, B, C))
    if state.status is Status.COMPLETED:
        assert a == b == c
    else:
        assert state.status is Status.RUNNING
        assert (a, b, c) in {(a, a - 1, a - 1), (a, a, a - 1), (a, a, a)}


def test_readers_see_whole_revisions(store: Store) -> None:
    seen: dict[int, RunState] = {}
    is_over = threading.Event()
    number = 0

    def write() -> None:
        nonlocal number
        with polaris.open_engine(store, flow) as engine:
            while number < CALLS or (len(seen) < 2 and number < 100 * CALLS):  # a busy machine may let us read late
                number += 1
                engine.run(flow, "r", A(number))
        is_over.set()

    writer = threading.Thread(target=write)
    writer.start()
    last = 0
    with polaris.open_engine(store, flow) as engine:
        while not is_over.is_set():
            try:
                state = engine.get("r")
            except UnknownRunError:
                continue
            must_be_whole(state)
            assert state.revision >= last
            assert seen.setdefault(state.revision, state) == state
            last = state.revision
        writer.join()
        assert engine.get("r")[C] == C(number)
    assert len(seen) > 1
