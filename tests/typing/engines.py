"""What is run gives an outcome of the workflow's own target; a name alone gives one of anything."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, NewType, assert_type

import polaris
from polaris import Engine, Outcome, Plan, Resource, RunState, Workflow, builder, export, testing
from polaris._model.ahead import NextInputs
from polaris._model.why import Why


@dataclass(frozen=True)
class Request:
    user: str


@dataclass(frozen=True)
class Ended:
    user: str


class Fleet: ...


UserId = NewType("UserId", str)


@builder
def end(request: Request, fleet: Resource[Fleet]) -> Ended:
    return Ended(request.user)


@builder
def name(request: Request) -> UserId:
    return UserId(request.user)


ride = Workflow("ride", target=Ended)
either = Workflow("either", target=Ended | UserId, builders=[name, end])
both = Workflow("both", target=tuple[Ended, UserId], builders=[name, end])
SERVICES = {Fleet: Fleet()}


def before(step: str, data: Mapping[object, object]) -> None:
    assert step
    assert data


with ThreadPoolExecutor() as pool:
    once = polaris.run(ride, Request("u1"), resources=SERVICES, executor=pool, before=before, after=before)
assert_type(once, Outcome[Ended])
assert_type(once.result, Ended)
assert_type(polaris.run(either, {Request: Request("u1")}, resources=SERVICES), Outcome[Ended | UserId])
assert_type(polaris.run(both, Request("u1"), resources=SERVICES).result, tuple[Ended, UserId])

with polaris.open_engine(
    "memory://", ride, both, resources=SERVICES, checkpoint="call", lease=timedelta(seconds=30)
) as engine:
    assert_type(engine, Engine)
    assert_type(engine.run(ride, "r1", Request("u1")), Outcome[Ended])
    assert_type(engine.run(ride, "r1", wait=0, delivery_id="evt_1", new=False).result, Ended)
    assert_type(engine.run(both, "r2", Request("u1"), wait=timedelta(seconds=1)), Outcome[tuple[Ended, UserId]])
    assert_type(engine.run("ride", "r3", Request("u1"), new=True), Outcome[Any])
    assert_type(engine.get("r1"), RunState)
    assert_type(engine.get("r1")[Ended], Ended)
    assert_type(engine.why("r1"), Why)
    assert_type(engine.why(engine.run(ride, "r1")), Why)
    assert_type(engine.next_inputs("r1"), NextInputs)
    assert_type(engine.next_inputs("r1", until=Ended | Request), NextInputs)
    assert_type(engine.next_inputs("r1", until=end).exact, bool)
    assert_type(engine.next_inputs_schema("r1", until="end"), dict[str, object])


def keeps_and_draws(plan: Plan, folder: Path) -> None:
    plan.save(folder / "plan.lock")
    assert_type(Plan.load(str(folder / "plan.lock")), Plan)
    assert_type(export.dot(plan), str)
    assert_type(export.mermaid(plan), str)


def checks() -> None:
    testing.check_workflow(ride, stub=[end], resources=SERVICES)


assert_type(polaris.compile_plan(ride), Plan)
