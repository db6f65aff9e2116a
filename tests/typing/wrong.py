"""Wrong uses: a marked line is seen by both type checkers, for the reasons behind it, mypy's and basedpyright's.

Only `test_typing.py` reads this file: it is not checked with the others, and never run.
"""

from concurrent.futures import Future
from datetime import timedelta
from typing import NewType

import polaris
from polaris import (
    Access,
    Context,
    Engine,
    Feedback,
    Outcome,
    Plan,
    Resource,
    Retry,
    RunState,
    Take,
    Workflow,
    builder,
    export,
    testing,
)


class Request: ...


class Ended: ...


UserId = NewType("UserId", str)


def wants(request: Request) -> None: ...


@builder
def end(request: Request) -> Ended:
    return Ended()


@builder(once=True)
async def end_async(request: Request) -> Ended:
    return Ended()


ride = Workflow("ride", target=Ended)


def uses_what_it_may_not_be_given(accessed: Access[Request], seen: Feedback[Request] | None = None) -> None:
    wants(accessed)  # wrong: arg-type / reportArgumentType
    wants(seen)  # wrong: arg-type / reportArgumentType


def uses_what_it_is_given_as_something_else(taken: Take[Ended], seen: Feedback[Ended], fleet: Resource[Ended]) -> None:
    wants(taken)  # wrong: arg-type / reportArgumentType
    wants(seen)  # wrong: arg-type / reportArgumentType
    wants(fleet)  # wrong: arg-type / reportArgumentType


def marks_builders() -> None:
    builder(once="yes")  # wrong: call-overload / reportArgumentType
    builder(name=3)  # wrong: call-overload / reportArgumentType
    builder(timeout="1 minute")  # wrong: call-overload / reportArgumentType
    builder(retry=3)  # wrong: call-overload / reportArgumentType
    builder(renamed_from=1)  # wrong: call-overload / reportArgumentType
    builder(onec=True)  # wrong: call-overload / reportCallIssue
    builder("end")  # wrong: call-overload / reportArgumentType
    builder(end, once=True)  # wrong: call-overload / reportCallIssue


def calls_builders() -> None:
    end(Ended())  # wrong: arg-type / reportArgumentType
    end()  # wrong: call-arg / reportCallIssue
    end(request=Request(), late=True)  # wrong: call-arg / reportCallIssue
    wants(end(Request()))  # wrong: arg-type / reportArgumentType


async def awaits_builders() -> None:
    wants(await end_async(Request()))  # wrong: arg-type / reportArgumentType
    wants(end_async(Request()))  # wrong: arg-type / reportArgumentType
    end_async(Request())  # wrong: unused-coroutine / reportUnusedCoroutine


def says_when_to_try_again() -> None:
    Retry(3)  # wrong: call-arg / reportCallIssue
    Retry(attempts="3")  # wrong: arg-type / reportArgumentType
    Retry(on=BaseException)  # wrong: arg-type / reportArgumentType
    Retry(wait="1 second")  # wrong: arg-type / reportArgumentType
    Retry(tries=3)  # wrong: call-arg / reportCallIssue


def makes_contexts(ctx: Context) -> None:
    Context("t")  # wrong: call-arg / reportCallIssue
    Context(run="t")  # wrong: call-arg / reportCallIssue
    Context(deadline=timedelta(minutes=1))  # wrong: arg-type / reportArgumentType
    ctx.attempt = 2  # wrong: misc / reportAttributeAccessIssue


def makes_workflows() -> None:
    Workflow("ride")  # wrong: call-arg / reportCallIssue
    Workflow(target=Ended)  # wrong: call-arg / reportCallIssue
    Workflow(3, target=Ended)  # wrong: arg-type / reportArgumentType
    Workflow("ride", Ended)  # wrong: call-arg / reportCallIssue
    Workflow("ride", target=3)  # wrong: arg-type / reportArgumentType
    Workflow("ride", target=Ended, builders=end)  # wrong: arg-type / reportArgumentType
    Workflow("ride", target=Ended, builders=[3])  # wrong: list-item / reportArgumentType
    Workflow("ride", target=Ended, inputs=Request)  # wrong: arg-type / reportArgumentType
    Workflow("ride", target=Ended, transients=[3])  # wrong: list-item / reportArgumentType
    Workflow("ride", target=Ended, prefer={Ended: "end"})  # wrong: dict-item / reportArgumentType
    Workflow("ride", target=Ended, renamed={"Done": 3})  # wrong: dict-item / reportArgumentType
    Workflow("ride", target=Ended, timeout="1 minute")  # wrong: arg-type / reportArgumentType
    Workflow("ride", target=Ended, max_passes=2.5)  # wrong: arg-type / reportArgumentType
    Workflow("ride", target=Ended, passes=2)  # wrong: call-arg / reportCallIssue


class Special(Workflow[Ended]): ...  # wrong: misc / reportGeneralTypeIssues


def wants_a_workflow(workflow: Workflow[Request]) -> None: ...


def hands_over_workflows(some: Workflow[Ended | Request]) -> None:
    wants_a_workflow(ride)  # wrong: arg-type / reportArgumentType
    wants_a_workflow(some)  # wrong: arg-type / reportArgumentType


def reads_outcomes(outcome: Outcome[Ended], run: RunState) -> None:
    _ = outcome["x"]  # wrong: call-overload / reportArgumentType reportCallIssue reportUnknownVariableType
    _ = outcome[3]  # wrong: call-overload / reportArgumentType reportCallIssue reportUnknownVariableType
    _ = outcome[Request()]  # wrong: call-overload / reportArgumentType reportCallIssue reportUnknownVariableType
    _ = outcome.get("x y")  # wrong: call-overload / reportArgumentType
    _ = outcome.get(3)  # wrong: call-overload / reportArgumentType
    _ = run["x"]  # wrong: call-overload / reportArgumentType reportCallIssue reportUnknownVariableType
    _ = run.get(3)  # wrong: call-overload / reportArgumentType
    wants(outcome[Ended])  # wrong: arg-type / reportArgumentType
    wants(outcome.get(Request))  # wrong: arg-type / reportArgumentType
    wants(outcome.result)  # wrong: arg-type / reportArgumentType
    _ = run.result  # wrong: attr-defined / reportAttributeAccessIssue reportUnknownMemberType reportUnknownVariableType
    outcome.run_id = "other"  # wrong: misc / reportAttributeAccessIssue
    outcome.data[Ended] = Ended()  # wrong: index / reportIndexIssue


def wants_an_outcome(outcome: Outcome[Request]) -> None: ...


def runs_in_memory(future: Future[None]) -> None:
    polaris.run("ride")  # wrong: arg-type / reportArgumentType
    polaris.run(end)  # wrong: arg-type / reportArgumentType
    polaris.run(ride, executor=future)  # wrong: arg-type / reportArgumentType
    polaris.run(ride, executor="threads")  # wrong: arg-type / reportArgumentType
    polaris.run(ride, resources=[Ended()])  # wrong: arg-type / reportArgumentType
    polaris.run(ride, before=3)  # wrong: arg-type / reportArgumentType
    polaris.run(ride, after=end)  # wrong: arg-type / reportArgumentType
    polaris.run(ride, resource={})  # wrong: call-arg / reportCallIssue
    wants_an_outcome(polaris.run(ride))  # wrong: arg-type / reportArgumentType


def opens_engines() -> None:
    polaris.open_engine()  # wrong: call-arg / reportCallIssue
    polaris.open_engine(3, ride)  # wrong: arg-type / reportArgumentType
    polaris.open_engine("memory://", end)  # wrong: arg-type / reportArgumentType
    polaris.open_engine("memory://", "ride")  # wrong: arg-type / reportArgumentType
    polaris.open_engine("memory://", ride, checkpoint="step")  # wrong: arg-type / reportArgumentType
    polaris.open_engine("memory://", ride, executor=4)  # wrong: arg-type / reportArgumentType
    polaris.open_engine("memory://", ride, lease="30")  # wrong: arg-type / reportArgumentType
    polaris.open_engine("memory://", ride, clock=3)  # wrong: arg-type / reportArgumentType
    polaris.open_engine("memory://", ride, codec=3)  # wrong: arg-type / reportArgumentType
    polaris.open_engine("memory://", ride, workers=4)  # wrong: call-arg / reportCallIssue


def runs_in_an_engine(engine: Engine) -> None:
    engine.run(ride)  # wrong: call-overload / reportCallIssue
    engine.run(ride, 42)  # wrong: call-overload / reportArgumentType reportCallIssue
    engine.run(end, "r")  # wrong: call-overload / reportArgumentType reportCallIssue
    engine.run(ride, "r", wait="1 second")  # wrong: call-overload / reportArgumentType reportCallIssue
    engine.run(ride, "r", new="yes")  # wrong: call-overload / reportArgumentType reportCallIssue
    engine.run("ride", "r", delivery_id=1)  # wrong: call-overload / reportArgumentType reportCallIssue
    engine.run(ride, "r", waiting=1)  # wrong: call-overload / reportCallIssue
    wants_an_outcome(engine.run(ride, "r"))  # wrong: arg-type / reportArgumentType
    engine.get(42)  # wrong: arg-type / reportArgumentType


def compiles_and_draws(plan: Plan) -> None:
    polaris.compile_plan("ride")  # wrong: arg-type / reportArgumentType
    polaris.compile_plan(end)  # wrong: arg-type / reportArgumentType
    plan.steps = ()  # wrong: misc / reportAttributeAccessIssue
    plan.save()  # wrong: call-arg / reportCallIssue
    export.dot(ride)  # wrong: arg-type / reportArgumentType
    export.render(plan)  # wrong: call-arg / reportCallIssue
    testing.check_workflow(end)  # wrong: arg-type / reportArgumentType
