from dataclasses import FrozenInstanceError, dataclass

import pytest

import polaris
from polaris import Workflow
from polaris._assembly import compiled, desk_of
from polaris._model.keys import Key
from polaris._runtime.bind import bind
from polaris._runtime.setup import Request, Setup
from polaris.stores import MemoryStore


@dataclass(frozen=True)
class A:
    n: float


@dataclass(frozen=True)
class B:
    n: float


def double(a: A) -> B:
    return B(2 * a.n)


flow = Workflow("flow", target=B, builders=[double])


def setup() -> Setup:
    return desk_of(MemoryStore(), bind(compiled(flow), {})).setup


def test_values_are_the_same_if_they_are_exactly_so() -> None:
    same = setup().same
    assert same(Key("A"), A(1), A(1))
    assert not same(Key("A"), A(1.0), A(1))
    assert not same(Key("A"), A(0.0), A(-0.0))


def test_an_engine_runs_one_builder_at_a_time_and_saves_after_each_unless_it_is_told() -> None:
    known = setup()
    assert (known.at_once, known.checkpoint, known.lease, known.clock) == (1, "builder", 30.0, None)


def test_what_sessions_share_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        setup().lease = 1.0  # type: ignore[misc]


def test_a_request_says_everything_that_was_asked() -> None:
    request = Request(run_id="r", data=(A(1),), wait=5.0, delivery_id=None, new=None)
    assert (request.run_id, request.data, request.wait) == ("r", (A(1),), 5.0)
    with pytest.raises(AttributeError):
        request.wait = 1.0  # type: ignore[misc]


def test_two_workflows_of_one_name_cannot_be_told_apart() -> None:
    with pytest.raises(polaris.PolarisError, match="Two workflows have one name: flow, flow."):
        polaris.open_engine("memory://", flow, flow)
