from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any

import pytest

from polaris import Status, Workflow
from polaris._assembly import compiled, desk_of
from polaris._runtime.bind import bind
from polaris._runtime.desk import DEFAULT_WAIT, Desk, check_run_id
from polaris._runtime.drive import Driver
from polaris._runtime.script import Script
from polaris.errors import DeclarationError, UnknownRunError, UnknownWorkflowError
from polaris.stores import MemoryStore
from polaris.testing.fakes import SetClock
from tests.helpers.engines import HOW, opened

LEASE = 30.0


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    n: int


def double(a: A) -> B:
    return B(2 * a.n)


flow = Workflow("flow", target=B, builders=[double])
other = Workflow("other", target=B, builders=[double])


class Id(StrEnum):
    RIDE = "ride"


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def store(clock: SetClock) -> MemoryStore:
    return MemoryStore(clock)


@pytest.fixture
def desk(store: MemoryStore) -> Desk:
    return desk_of(store, bind(compiled(flow), {}), lease=LEASE)


def done(script: Script[Any], clock: SetClock) -> Any:  # noqa: ANN401 - whatever the script gives
    return Driver(None, clock.sleep).drive(script)


def asked(desk: Desk, *data: object, wait: float | timedelta = DEFAULT_WAIT) -> Script[Any]:
    return desk.run(flow, "r", data, wait=wait, delivery_id=None, new=None)


UNKEEPABLE = ["nul \0 inside", "half \ud800 a character", 3, None, b"bytes"]


@pytest.mark.parametrize("run_id", UNKEEPABLE)
def test_an_id_that_no_store_can_keep_is_refused(run_id: object) -> None:
    with pytest.raises(DeclarationError) as caught:
        check_run_id(run_id)  # type: ignore[arg-type]
    assert repr(run_id) in caught.value.what


@pytest.mark.parametrize("run_id", ["", "r", "ride-42", "fährt 🚕", " ", "a/b?c=d", "x" * 10_000, Id.RIDE])
def test_any_other_text_is_an_id(run_id: str) -> None:
    check_run_id(run_id)


@pytest.mark.parametrize("how", HOW)
@pytest.mark.parametrize("run_id", ["\0", "\udfff"])
def test_an_engine_refuses_such_an_id_and_stores_nothing(how: str, run_id: str, store: MemoryStore) -> None:
    with opened(how, store, flow) as engine:
        with pytest.raises(DeclarationError):
            engine.run(flow, run_id, A(1))
        with pytest.raises(DeclarationError):
            engine.get(run_id)
    assert store.load(run_id) is None


def test_a_workflow_is_known_by_its_name_too(desk: Desk, clock: SetClock) -> None:
    outcome = done(desk.run("flow", "r", (A(1),), wait=0, delivery_id=None, new=True), clock)
    assert outcome.result == B(2)


@pytest.mark.parametrize("workflow", [other, "other"])
def test_a_workflow_that_the_engine_was_not_opened_with_is_refused_at_once(
    workflow: Workflow[B] | str, desk: Desk
) -> None:
    with pytest.raises(UnknownWorkflowError) as caught:
        desk.run(workflow, "r", (A(1),), wait=0, delivery_id=None, new=None)
    assert (caught.value.workflow, caught.value.known) == ("other", ("flow",))


def test_a_wait_may_be_a_timedelta(desk: Desk, store: MemoryStore, clock: SetClock) -> None:
    done(asked(desk, A(1)), clock)
    store.claim("r", claim_id="of one that died", lease=LEASE, wanted=True)
    before = clock.now
    assert done(asked(desk, A(2), wait=timedelta(seconds=3)), clock).status is Status.QUEUED
    assert 3 <= clock.now - before < 4
    assert done(asked(desk, wait=timedelta(minutes=1)), clock).result == B(4)


def test_a_run_is_read_as_it_is_stored(desk: Desk, clock: SetClock) -> None:
    done(asked(desk, A(1)), clock)
    state = done(desk.get("r"), clock)
    assert (state.run_id, state.workflow, state.status) == ("r", "flow", Status.COMPLETED)
    assert dict(state.data) == {A: A(1), B: B(2)}
    assert (state.error, state.waiting_for) == (None, ())
    assert state.created.timestamp() == state.updated.timestamp() == clock.now


def test_a_run_that_is_not_there_cannot_be_read(desk: Desk, clock: SetClock) -> None:
    with pytest.raises(UnknownRunError) as caught:
        done(desk.get("gone"), clock)
    assert caught.value.run_id == "gone"


def test_a_run_of_a_workflow_that_the_engine_does_not_know_cannot_be_read(
    desk: Desk, store: MemoryStore, clock: SetClock
) -> None:
    done(asked(desk, A(1)), clock)
    with pytest.raises(UnknownWorkflowError):
        done(desk_of(store, bind(compiled(other), {})).get("r"), clock)


def test_closing_stops_the_heartbeat_before_it_closes_the_store(desk: Desk, clock: SetClock) -> None:
    said: list[str] = []

    class Closes:
        def __init__(self, name: str) -> None:
            self.name = name

        def close(self) -> None:
            said.append(self.name)

    setup = replace(desk.setup, heartbeat=Closes("heartbeat"), store=Closes("store"))  # type: ignore[arg-type]
    done(Desk(setup, desk.bounds, owns_store=True).close(), clock)
    assert said == ["heartbeat", "store"]
