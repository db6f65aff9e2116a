"""An express call leaves the store, and tells its caller, what a session would: the same run, revision and history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

import polaris
from polaris import Context, Engine, Outcome
from polaris._model.events import Event
from polaris._model.records import Stored
from polaris._runtime.keeper import Keeper
from polaris.errors import StepError
from polaris.stores import MemoryStore
from polaris.testing.fakes import SetClock
from tests.helpers.plans import Features, Made, make
from tests.helpers.profiles import MANY
from tests.helpers.scripts import Script, scripts

Checkpoint = Literal["builder", "call"]

CHECKPOINTS = st.sampled_from(["builder", "call"])

FITTING = scripts(Features(take=False, feedback=False, made_deliveries=False)).filter(lambda script: script[1][0].delta)
"""Runs that express calls can make."""

SAME_ID = "07" * 16
"""Claims, runs and deliveries have ids of their own; where nothing is called twice, they may all have the same."""


@contextmanager
def opened(made: Made, checkpoint: Checkpoint, *, is_express: bool, history: bool = True) -> Iterator[tuple[Any, Any]]:
    """Open an engine that makes every run by an express call, or none."""
    store = MemoryStore(SetClock())
    with (
        patch("polaris._runtime.specialise.FEW", 0),
        polaris.open_engine(store, made.workflow, checkpoint=checkpoint, history=history) as engine,
    ):
        if not is_express:
            engine._desk.express.clear()
        yield engine, store


def came_of(engine: Engine, made: Made, *data: object, new: bool | None = None) -> dict[str, object]:
    """Deliver, and tell all that can be seen of what comes of it."""
    failure: StepError | None = None
    try:
        outcome = engine.run(made.workflow, "r", *data, new=new)
    except StepError as error:
        assert isinstance(error.outcome, Outcome)
        outcome, failure = error.outcome, error
    told: dict[str, object] = {"data": list(outcome.data.items()), "produced": list(outcome.produced.items())}
    told |= {name: getattr(outcome, name) for name in ("status", "waiting_for", "target", "target_all", "run_id")}
    if failure is not None:
        told |= {"failure": type(failure), "text": str(failure), "cause": repr(failure.__cause__)}
        told |= {"step": failure.step, "run": failure.run_id, "others": failure.others}
    return told


def kept(store: MemoryStore) -> tuple[Stored, tuple[Event, ...]]:
    """Give what is stored of the run, but for what is random and how long things took."""
    stored, events = store.load("r"), store.history("r")
    assert stored is not None
    assert events is not None
    return stored._replace(uid=""), tuple(event._replace(seconds=None) for event in events)


@MANY
@given(scripts() | FITTING, CHECKPOINTS, st.booleans())
def test_an_express_call_leaves_what_a_session_would(script: Script, checkpoint: Checkpoint, history: bool) -> None:  # noqa: FBT001
    spec, sequence = script
    made = make(spec)
    with (
        opened(made, checkpoint, is_express=True, history=history) as (engine, store),
        opened(made, checkpoint, is_express=False, history=history) as (oracle, expected),
    ):
        for number, call in enumerate(sequence):
            new = None if number else True
            made.failing.clear()
            made.failing.update(call.failing)
            data = made.delta(call.delta)
            made.ran.clear()
            walked, ran = came_of(oracle, made, *data, new=new), list(made.ran)
            made.ran.clear()
            assert came_of(engine, made, *data, new=new) == walked
            assert made.ran == ran
            assert kept(store) == kept(expected)


@MANY
@given(FITTING, CHECKPOINTS)
def test_a_builder_is_given_the_context_that_a_session_would_give_it(script: Script, checkpoint: Checkpoint) -> None:
    spec, (call, *_) = script
    contexts: list[Context] = []
    made = make(spec, contexts=contexts)
    data = made.delta(call.delta)
    with (
        patch("polaris._runtime.session.new_id", lambda: SAME_ID),
        patch("polaris._runtime.keeper.urandom", lambda size: bytes([7]) * size),
    ):
        with opened(made, checkpoint, is_express=False) as (oracle, _):
            walked = came_of(oracle, made, *data, new=True)
        expected = list(contexts)
        contexts.clear()
        with opened(made, checkpoint, is_express=True) as (engine, _):
            assert came_of(engine, made, *data, new=True) == walked
    assert contexts == expected


def test_most_of_these_runs_are_made_by_express_calls() -> None:
    calls: list[str] = []
    accept = Keeper.accept

    def counted(keeper: Keeper) -> object:
        calls.append("accept")
        return accept(keeper)

    @settings(max_examples=100, derandomize=True, database=None)
    @given(FITTING)
    def count(script: Script) -> None:
        spec, (call, *_) = script
        made = make(spec)
        with opened(made, "builder", is_express=True) as (engine, _):
            came_of(engine, made, *made.delta(call.delta), new=True)

    with patch.object(Keeper, "accept", counted):
        count()
    assert len(calls) >= 50
