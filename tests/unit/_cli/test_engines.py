import asyncio
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any

import pytest

from polaris import AsyncEngine, Engine, Outcome, Status, Workflow, builder
from polaris._cli.engines import opened_engine, run_once
from polaris.errors import BuilderFailedError, DeclarationError
from polaris.protocols import Event, Observer
from polaris.stores import MemoryStore


@dataclass(frozen=True)
class Host:
    name: str


@dataclass(frozen=True)
class Greeting:
    text: str


@builder
def greet(host: Host) -> Greeting:
    if not host.name:
        raise ValueError("nobody")
    return Greeting(f"Hello {host.name}")


@builder
async def greet_later(host: Host) -> Greeting:
    await asyncio.sleep(0)
    if not host.name:
        raise ValueError("nobody")
    return Greeting(f"Hello {host.name}")


@builder
async def interrupt(host: Host) -> Greeting:
    raise KeyboardInterrupt


hello = Workflow("hello", target=Greeting, builders=[greet])
later = Workflow("later", target=Greeting, builders=[greet_later])
broken = Workflow("broken", target=Greeting, builders=[interrupt])

BOTH = pytest.mark.parametrize(("workflow", "kind"), [(hello, Engine), (later, AsyncEngine)])


class Ends(Observer):
    """Remembers which calls ended."""

    def __init__(self) -> None:
        self.runs: list[str | None] = []

    def call_finished(self, event: Event, /) -> None:
        self.runs.append(event.run_id)


@BOTH
def test_a_workflow_gets_the_engine_that_its_builders_need(workflow: Workflow[Any], kind: type) -> None:
    found: list[Engine | AsyncEngine] = []

    def question(engine: Engine | AsyncEngine) -> Outcome[Any] | Coroutine[Any, Any, Outcome[Any]]:
        found.append(engine)
        return engine.run(workflow, "h-1", Host("Ada"))

    ends = Ends()
    with opened_engine("memory://", workflow, resources={}, observers=[ends]) as engine:
        outcome = engine.ask(question)
    assert outcome[Greeting] == Greeting("Hello Ada")
    assert [type(each) for each in found] == [kind]
    assert ends.runs == ["h-1"]


def test_one_workflow_with_coroutine_functions_is_enough_to_need_a_loop() -> None:
    with opened_engine("memory://", hello, later, resources={}) as engine:
        assert engine.ask(lambda each: each.run(hello, "h-1", Host("Ada")))[Greeting] == Greeting("Hello Ada")
        assert engine.ask(lambda each: each.run(later, "h-2", Host("Bob")))[Greeting] == Greeting("Hello Bob")


@BOTH
def test_what_a_builder_raises_is_raised(workflow: Workflow[Any], kind: type) -> None:
    with opened_engine("memory://", workflow, resources={}) as engine, pytest.raises(BuilderFailedError):
        engine.ask(lambda each: each.run(workflow, "h-1", Host("")))


@BOTH
def test_an_engine_is_closed_whatever_happens(workflow: Workflow[Any], kind: type) -> None:
    known = set(threading.enumerate())
    with pytest.raises(BuilderFailedError), opened_engine("memory://", workflow, resources={}) as engine:
        engine.ask(lambda each: each.run(workflow, "h-1", Host("")))
    assert [each for each in set(threading.enumerate()) - known if each.name == "polaris-heartbeat"] == []


def test_an_interrupted_call_lets_go_of_its_run() -> None:
    store = MemoryStore()
    with opened_engine(store, broken, resources={}) as engine, pytest.raises(KeyboardInterrupt):
        engine.ask(lambda each: each.run(broken, "h-1", Host("Ada")))
    answer = store.claim("h-1", claim_id="next", lease=1.0, wanted=False)
    assert answer.verdict == "claimed"


@pytest.mark.parametrize("workflow", [hello, later])
def test_a_workflow_runs_in_memory_whatever_its_builders_are(workflow: Workflow[Any]) -> None:
    outcome = run_once(workflow, Host("Ada"), resources={})
    assert (outcome.status, outcome[Greeting]) == (Status.COMPLETED, Greeting("Hello Ada"))


def test_two_workflows_of_one_name_are_refused() -> None:
    with pytest.raises(DeclarationError, match="one name"), opened_engine("memory://", hello, hello, resources={}):
        pass
