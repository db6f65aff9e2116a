from collections.abc import Callable
from dataclasses import dataclass

import pytest

import polaris
from polaris import Workflow, builder
from polaris.errors import DeclarationError


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    n: int


@builder
def plain(a: A) -> B:
    return B(a.n)


@builder
async def awaited(a: A) -> B:
    return B(a.n)


def flow_of(function: Callable[..., object]) -> Workflow[B]:
    return Workflow("flow", target=B, builders=[function])


def test_a_coroutine_function_cannot_be_run_from_a_synchronous_call() -> None:
    with pytest.raises(DeclarationError, match="coroutine function"):
        polaris.run(flow_of(awaited), A(1))


def test_two_workflows_of_one_name_are_refused() -> None:
    with pytest.raises(DeclarationError, match="one name"):
        polaris.open_engine("memory://", flow_of(plain), flow_of(plain))


def test_what_a_process_has_compiled_it_keeps() -> None:
    flow = flow_of(plain)
    assert polaris.compile_plan(flow) is polaris.compile_plan(flow)
