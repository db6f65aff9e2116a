"""The rules of a call, with the builders of a plan."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from polaris import Access, Context, Retry, Workflow, builder
from polaris._assembly import compiled
from polaris._model.declaration import Function
from polaris._runtime.bind import bind
from polaris.testing.expected import Expected
from tests.unit.testing.subjects import FLOW, A, Out


@dataclass(frozen=True)
class Seen:
    name: str
    before: int


def expected(workflow: Workflow[object]) -> Expected:
    return Expected(bind(compiled(workflow), {}))


def of(*builders: Function, target: object = Out) -> Workflow[object]:
    return Workflow("flow", target=target, builders=builders)


def test_builders_are_called_with_what_they_read() -> None:
    run = expected(FLOW)
    run.call({})
    assert (run.status, run.data) == ("open", {})
    run.call({"A": A(3)})
    assert (run.status, run.data) == ("completed", {"A": A(3), "Out": Out(3)})
    assert [line.text for line in run.lines] == [
        "call with nothing",
        "  open",
        "call with A",
        "  make: Out",
        "  completed",
    ]


def test_a_builder_that_raises_or_breaks_its_contract_fails() -> None:
    def breaks(a: A) -> Out:
        return a  # type: ignore[return-value]

    def raises(a: A) -> Out:
        raise LookupError

    for wrong in (breaks, raises):
        run = expected(of(wrong))
        run.call({"A": A(1)})
        assert (run.status, run.failed) == ("failed", wrong.__name__)
        assert run.lines[1] == (wrong.__name__, f"  {wrong.__name__} fails")


def test_a_builder_is_tried_again_as_its_retry_says() -> None:
    tries: list[int] = []

    def sometimes(a: A) -> Out:
        tries.append(a.n)
        if len(tries) < 3:
            raise ConnectionError
        return Out(a.n)

    run = expected(of(builder(retry=Retry(on=ConnectionError, attempts=3, wait=0))(sometimes)))
    run.call({"A": A(1)})
    assert (run.status, len(tries)) == ("completed", 3)


@pytest.mark.parametrize("once", [False, True])
def test_the_name_of_a_run_of_a_builder_is_new_when_it_is_woken_again(*, once: bool) -> None:
    @builder(once=once)
    def see(a: A, seen: Access[Out], ctx: Context) -> Seen | None:
        names.append(ctx.idempotency_key)
        return None if a.n < 2 else Seen(ctx.builder, 0 if seen is None else seen.n)

    names: list[str] = []
    run = expected(of(see, target=Seen))
    for number in range(3):
        run.call({"A": A(number)})
    assert len(names) == 3
    assert len(set(names)) == (1 if once else 3)


def test_a_builder_sees_of_which_workflow_it_is() -> None:
    def tell(a: A, ctx: Context) -> Seen:
        return Seen(f"{ctx.workflow}.{ctx.builder}, attempt {ctx.attempt}", a.n)

    run = expected(of(tell, target=Seen))
    run.call({"A": A(1)})
    assert run.data["Seen"] == Seen("flow.tell, attempt 1", 1)


def test_values_are_the_same_if_nobody_could_tell_them_apart() -> None:
    run = expected(FLOW)
    assert run.same(A(1), A(1))
    assert not run.same(A(1), A(True))
