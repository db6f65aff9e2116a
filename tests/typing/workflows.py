"""A workflow is generic in its target, which the checker infers."""

import sys
from typing import Any, NamedTuple, NewType, TypedDict, assert_type

from polaris import Plan, Workflow, builder, compile_plan


class Request: ...


class Ended: ...


class Refused: ...


class Address(TypedDict):
    street: str


class Point(NamedTuple):
    x: int


UserId = NewType("UserId", str)


@builder
def end(request: Request) -> Ended:
    return Ended()


@builder
def refuse(request: Request) -> Refused:
    return Refused()


assert_type(Workflow("of a class", target=Ended), Workflow[Ended])
assert_type(Workflow("of any", target=Ended | Refused), Workflow[Ended | Refused])
assert_type(Workflow("of all", target=tuple[Ended, Refused]), Workflow[tuple[Ended, Refused]])
assert_type(Workflow("of a name", target=UserId), Workflow[UserId])
assert_type(Workflow("of a generic", target=list[Ended]), Workflow[list[Ended]])
assert_type(Workflow("of a named tuple", target=Point), Workflow[Point])
assert_type(Workflow("of a typed dict", target=Address), Workflow[Address])

full = Workflow(
    "full",
    target=Ended,
    builders=[end, refuse, sys.modules[__name__]],
    inputs=[Request, UserId, list[Request]],
    transients=(Request, Ended | Refused),
    prefer={Ended: end, UserId: refuse, list[Ended]: end},
    renamed={"Done": Ended, "User": UserId},
    timeout=30,
    max_passes=7,
)
anything: Workflow[Any] = full

assert_type(full, Workflow[Ended])
assert_type(full.name, str)
assert_type(compile_plan(Workflow("compiled", target=Ended, builders=[end])), Plan)
