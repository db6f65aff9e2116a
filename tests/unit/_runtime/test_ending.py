from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

import polaris
from polaris import BuilderFailedError, Outcome, Status, Workflow
from polaris._runtime.specialise import FEW
from polaris.errors import BuilderTimeoutError, ContractViolationError


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    n: int


@dataclass(frozen=True)
class C:
    n: int


def make_b(a: A) -> B:
    return B(a.n)


def make_c(a: A, b: B) -> C:
    return C(b.n)


def repeated(workflow: Workflow[Any], *data: object) -> Outcome[Any]:
    """Call it walked and in straight-line code, and give the last outcome."""
    outcomes = [polaris.run(workflow, *data) for _ in range(FEW + 2)]
    assert all(one == outcomes[0] for one in outcomes)
    return outcomes[-1]


def test_every_field_is_worked_out_when_it_is_asked_for() -> None:
    outcome = repeated(Workflow("flow", target=C, builders=[make_b, make_c]), A(1))
    assert (outcome.workflow, outcome.run_id, outcome.status, outcome.waiting_for) == ("flow", None, "completed", ())
    assert (outcome.target, outcome.target_all) == ((C,), False)
    assert outcome.data == {A: A(1), B: B(1), C: C(1)}
    assert outcome.produced == {B: B(1), C: C(1)}


def test_a_mapping_is_made_once_and_cannot_be_changed() -> None:
    outcome = repeated(Workflow("flow", target=C, builders=[make_b, make_c]), A(1))
    assert outcome.data is outcome.data
    with pytest.raises(TypeError):
        outcome.data[A] = 1  # type: ignore[index]
    with pytest.raises(AttributeError):
        outcome.status = Status.FAILED  # type: ignore[misc]


def test_where_a_call_stands_is_worked_out_if_it_was_not_known_before() -> None:
    def perhaps(a: A) -> B | None:
        return B(1) if a.n == 1 else None

    flow = Workflow("flow", target=C, builders=[perhaps, make_c])
    assert (repeated(flow, A(1)).status, repeated(flow, A(1)).waiting_for) == (Status.COMPLETED, ())
    assert (repeated(flow, A(0)).status, repeated(flow, A(0)).waiting_for) == (Status.BLOCKED, ())
    assert (repeated(flow, B(0)).status, repeated(flow, B(0)).waiting_for) == (Status.WAITING, (A,))


class Odd(type):
    """Its classes cannot say what their instances are."""

    def __instancecheck__(cls, instance: object) -> bool:
        if instance is None:
            return False
        raise OSError


class Strange(metaclass=Odd):
    pass


def raises(error: BaseException) -> Callable[[A], B]:
    def fail(a: A) -> B:
        raise error

    return fail


def failure_of(function: Callable[[A], Any], target: Any = B) -> BaseException:  # noqa: ANN401
    """Give what comes of a call that fails, which is the same every time."""
    flow = Workflow("flow", target=target, builders=[function])
    found: list[BaseException] = []
    for _ in range(FEW + 2):
        with pytest.raises(BaseException) as caught:  # noqa: PT011
            polaris.run(flow, A(1))
        found.append(caught.value)
    assert all((type(one), str(one)) == (type(found[0]), str(found[0])) for one in found)
    assert all(type(one.__cause__) is type(found[0].__cause__) for one in found)
    return found[-1]


def test_what_a_builder_raises_is_the_cause() -> None:
    error = failure_of(raises(KeyError("x")))
    assert isinstance(error, BuilderFailedError)
    assert (error.step, error.reason, repr(error.__cause__)) == ("fail", "KeyError", "KeyError('x')")
    outcome: Any = error.outcome
    assert (outcome.status, outcome.data) == (Status.FAILED, {A: A(1)})


def test_a_stop_of_iteration_is_told_as_python_does() -> None:
    error = failure_of(raises(StopIteration()))
    assert isinstance(error.__cause__, RuntimeError)
    assert isinstance(error.__cause__.__cause__, StopIteration)


def test_failures_of_calls_within_a_builder_are_failures_of_the_builder() -> None:
    for inner in (ContractViolationError("x", declared="A", returned="B"), BuilderTimeoutError("x", seconds=1)):
        error = failure_of(raises(inner))
        assert isinstance(error, BuilderFailedError)
        assert error.__cause__ is inner
    assert isinstance(failure_of(raises(BuilderTimeoutError("fail", seconds=1))), BuilderTimeoutError)


def test_what_a_class_makes_of_its_instances_is_not_our_failure() -> None:
    def make(a: A) -> Strange:
        wrong: Any = B(1)
        return wrong  # type: ignore[no-any-return]

    assert isinstance(failure_of(make, Strange), OSError)
