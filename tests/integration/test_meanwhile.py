"""What others deliver while a slow builder runs is taken by the holder of the run before it lets go, on every store."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from polaris import Resource, Status, Workflow, builder
from polaris.protocols import Store
from polaris.stores import open_store
from tests.conformance.addresses import EMPTY
from tests.helpers.engines import HOW, opened


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class Note:
    text: str


@dataclass(frozen=True)
class B:
    n: int


@dataclass(frozen=True)
class C:
    text: str


class Gate:
    """Holds the first builder that comes until it is opened."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self.open = threading.Event()

    def pass_through(self) -> None:
        self.reached.set()
        assert self.open.wait(30)


@builder
def slow(a: A, gate: Resource[Gate]) -> B:
    gate.pass_through()
    return B(a.n)


@builder
def end(b: B, note: Note | None = None) -> C:
    return C(f"{b.n} {note.text if note else ''}")


flow = Workflow("flow", target=C, builders=[slow, end])


@pytest.fixture(params=list(EMPTY))
def stores(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Store, Store]]:
    """One store, as two processes have it."""
    with EMPTY[request.param](tmp_path) as url, closing(open_store(url)) as one, _again(url, one) as other:
        yield one, other


@contextmanager
def _again(url: str, store: Store) -> Iterator[Store]:
    if url.startswith("memory"):
        yield store
        return
    with closing(open_store(url)) as other:
        yield other


@pytest.mark.parametrize("how", HOW)
def test_the_holder_takes_what_others_deliver_meanwhile(stores: tuple[Store, Store], how: str) -> None:
    gate, came = Gate(), list[Status]()
    with (
        opened(how, stores[0], flow, resources={Gate: gate}) as holder,
        opened("here", stores[1], flow, resources={Gate: gate}) as other,
    ):

        def hold() -> None:
            came.append(holder.run(flow, "r", A(1)).status)

        thread = threading.Thread(target=hold)
        thread.start()
        assert gate.reached.wait(30)
        other.deliver("r", Note("first"))
        assert other.run(flow, "r", Note("second"), wait=0).status is Status.QUEUED
        other.deliver("r", Note("second"), delivery_id="again")
        other.deliver("r", Note("never"), delivery_id="again")
        gate.open.set()
        thread.join(30)
        assert came == [Status.COMPLETED]
        state = other.get("r")
        assert (state.status, state[C]) == (Status.COMPLETED, C("1 second"))
        starts = [each for each in other.history("r") if each.kind == "call_started"]
        assert [each.keys for each in starts] == [("A",), ("Note",), ("Note",), ("Note",)]
