import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

import polaris
from polaris import BuilderFailedError, Feedback, Status, Workflow
from polaris._runtime.hooks import Hooks
from polaris._runtime.walk import Walk
from polaris.errors import CodecError, ContractViolationError, RunawayLoopError
from polaris.stores import MemoryStore
from polaris.stores.codecs import JsonCodec
from tests.unit._runtime.carried import Carried, Noting, carried

PATIENCE = 10.0


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    n: int


@dataclass(frozen=True)
class C:
    n: int


@dataclass(frozen=True)
class D:
    n: int


@dataclass(frozen=True)
class Odd:
    thing: object


@pytest.fixture(params=[False, True], ids=["by effects", "here"])
def keeper(request: pytest.FixtureRequest) -> Noting:
    return Noting({B(1): B(10)}, is_here=request.param)


@pytest.fixture
def pool() -> Iterator[Executor]:
    with ThreadPoolExecutor(3) as pool:
        yield pool


def call(functions: Sequence[object], keeper: Noting, target: object = B, **options: Any) -> Carried:  # noqa: ANN401
    return carried(functions, keeper, target=target, delivered=A(1), **options)


def there(walk: Walk) -> list[object]:
    return [*walk.ledger.values().values()]


def make_b(a: A) -> B:
    return B(a.n)


def make_c(b: B) -> C:
    return C(b.n)


def decline(a: A) -> B | None:
    return None


def fail(a: A) -> B:
    raise OSError("down")


def wrong(a: A) -> B:
    return C(1)  # type: ignore[return-value]


# --- one step after the other ----------------------------------------------------------------------------------------


def test_what_a_builder_made_is_kept_and_saved_before_the_next_is_started(keeper: Noting) -> None:
    failures, walk = call([make_b, make_c], keeper, target=C)
    assert keeper.said == ["guard", "keep make_b", "save make_b", "guard", "keep make_c", "save make_c"]
    assert failures == ()
    assert not walk.is_active


def test_a_checkpoint_holds_what_was_just_made(keeper: Noting) -> None:
    call([make_b, make_c], keeper, target=C)
    assert keeper.saved == [[A(1), B(10)], [A(1), B(10), C(10)]]


def test_the_next_builder_is_handed_what_was_kept(keeper: Noting) -> None:
    _, walk = call([make_b, make_c], keeper, target=C)
    assert there(walk) == [A(1), B(10), C(10)]


def test_a_builder_that_declined_is_saved_too(keeper: Noting) -> None:
    failures, walk = call([decline], keeper)
    assert (failures, keeper.said) == ((), ["guard", "keep decline", "save decline"])
    assert there(walk) == [A(1)]


def test_what_the_guard_raises_ends_the_call_before_the_builder_is_called(keeper: Noting) -> None:
    keeper.is_held = False
    with pytest.raises(TimeoutError):
        call([fail], keeper)
    assert keeper.said == []


# --- failures --------------------------------------------------------------------------------------------------------


def test_a_builder_that_raised_is_noted_with_its_cause_and_saves_nothing(keeper: Noting) -> None:
    [failure], walk = call([fail], keeper)
    assert isinstance(failure, BuilderFailedError)
    assert (failure.step, failure.reason) == ("fail", "OSError")
    assert isinstance(failure.__cause__, OSError)
    assert keeper.said == ["guard"]
    assert (walk.halted, there(walk)) == (True, [A(1)])


def test_what_was_not_declared_is_a_failure_and_nothing_of_it_is_kept(keeper: Noting) -> None:
    [failure], walk = call([wrong], keeper)
    assert isinstance(failure, ContractViolationError)
    assert (failure.step, failure.declared, failure.returned) == ("wrong", "B", "C")
    assert (keeper.said, there(walk)) == (["guard"], [A(1)])


def test_what_cannot_be_stored_is_a_failure_of_the_builder_that_made_it() -> None:
    def odd(a: A) -> Odd:
        return Odd({1})

    flow = Workflow("flow", target=Odd, builders=[odd])
    with polaris.open_engine("memory://", flow, codec=JsonCodec()) as engine:  # which lets the engine be opened
        with pytest.raises(CodecError) as caught:
            engine.run(flow, "r", A(1))
        error = caught.value
        assert (error.step, error.key, error.path, error.run_id) == ("odd", "Odd", ".thing", "r")
        assert error.outcome is not None
        assert error.outcome.data == {A: A(1)}
        assert engine.get("r").error == "odd: CodecError"


def test_no_step_is_started_after_a_failure(keeper: Noting) -> None:
    def make_d(a: A) -> D:
        raise AssertionError

    def join(b: B, d: D) -> C: ...

    [failure], _ = call([fail, join, make_d], keeper, target=C)
    assert failure.step == "fail"
    assert keeper.said == ["guard"]


def test_steps_that_run_beside_a_failure_end_and_are_saved_and_what_needs_them_waits(
    keeper: Noting, pool: Executor
) -> None:
    failed = threading.Event()

    def slow(a: A) -> C:
        failed.wait(PATIENCE)
        return C(1)

    def after_slow(c: C) -> D:
        raise AssertionError

    def join(b: B, d: D) -> Odd: ...

    hooks = Hooks(after=lambda name, made: keeper.said.append(f"after {name}"))

    def fails_first(a: A) -> B:
        failed.set()
        raise OSError("down")

    [failure], walk = call([fails_first, slow, after_slow, join], keeper, hooks=hooks, executor=pool, target=Odd)
    assert failure.step == "fails_first"
    assert C(1) in there(walk)
    assert "after slow" in keeper.said
    assert keeper.said.count("guard") == 2


def test_failures_are_given_in_plan_order_and_not_in_that_of_their_end(keeper: Noting, pool: Executor) -> None:
    second_failed, both = threading.Event(), threading.Barrier(2)

    def a_first(a: A) -> B:
        both.wait(PATIENCE)
        second_failed.wait(PATIENCE)
        raise OSError("first")

    def b_second(a: A) -> C:
        both.wait(PATIENCE)
        try:
            raise LookupError("second")
        finally:
            second_failed.set()

    def join(b: B, c: C) -> D: ...

    failures, _ = call([a_first, b_second, join], keeper, executor=pool, target=D)
    assert [failure.step for failure in failures] == ["a_first", "b_second"]
    assert [type(failure.__cause__) for failure in failures] == [OSError, LookupError]


def test_the_first_failure_is_raised_with_the_others_beside_it(pool: Executor) -> None:
    both = threading.Barrier(2)

    def a_first(a: A) -> B:
        both.wait(PATIENCE)
        raise OSError("first")

    def b_second(a: A) -> C:
        both.wait(PATIENCE)
        raise LookupError("second")

    def join(b: B, c: C) -> D: ...

    flow = Workflow("flow", target=D, builders=[a_first, b_second, join])
    with pytest.raises(BuilderFailedError) as caught:
        polaris.run(flow, A(1), executor=pool)
    error = caught.value
    assert error.step == "a_first"
    [other] = error.others
    assert isinstance(other, BuilderFailedError)
    assert (other.step, other.reason) == ("b_second", "LookupError")


# --- loops -----------------------------------------------------------------------------------------------------------


def grow(a: A, b: Feedback[B] | None = None) -> B:
    return B((b.n if b else 0) + a.n)


def settle(a: A, b: Feedback[B] | None = None) -> B:
    return B(min(3, (b.n if b else 0) + a.n))


@pytest.mark.parametrize("passes", [1, 2, 5])
def test_a_loop_is_stopped_after_so_many_passes_and_all_it_made_is_kept(passes: int) -> None:
    flow = Workflow("flow", target=B, builders=[grow], max_passes=passes)
    with polaris.open_engine("memory://", flow) as engine:
        with pytest.raises(RunawayLoopError) as caught:
            engine.run(flow, "r", A(1))
        assert (caught.value.step, caught.value.passes) == ("grow", passes)
        assert engine.get("r")[B] == B(passes)
        with pytest.raises(RunawayLoopError):
            engine.run(flow, "r")
        assert engine.get("r")[B] == B(2 * passes)


@pytest.mark.parametrize(("passes", "stopped"), [(3, True), (4, False)])
def test_a_loop_that_settles_in_its_last_pass_is_not_stopped(passes: int, stopped: bool) -> None:
    flow = Workflow("flow", target=B, builders=[settle], max_passes=passes)
    if stopped:
        with pytest.raises(RunawayLoopError):
            polaris.run(flow, A(1))
    else:
        assert polaris.run(flow, A(1)).result == B(3)


# --- how many at once ------------------------------------------------------------------------------------------------


def test_in_the_calling_thread_no_builder_is_started_before_the_one_before_it_is_saved(keeper: Noting) -> None:
    def make_d(a: A) -> D:
        return D(1)

    def join(b: B, d: D) -> C:
        return C(1)

    call([make_b, make_d, join], keeper, target=C)
    assert [said for said in keeper.said if said != "guard"] == [
        "keep make_b",
        "save make_b",
        "keep make_d",
        "save make_d",
        "keep join",
        "save join",
    ]
    assert [said == "guard" for said in keeper.said] == [True, False, False] * 3


def test_a_checkpoint_is_made_after_every_builder_or_at_the_end_of_the_call() -> None:
    assert revisions("builder") - revisions("call") == 2


def revisions(checkpoint: str) -> int:
    """Count the saved states of a call of two builders."""
    flow = Workflow("flow", target=C, builders=[make_b, make_c])
    with polaris.open_engine(MemoryStore(), flow, checkpoint=checkpoint) as engine:  # type: ignore[call-overload]
        assert engine.run(flow, "r", A(1)).status is Status.COMPLETED
        return engine.get("r").revision
