from dataclasses import dataclass

import pytest

import polaris
from polaris import Context, Workflow
from polaris._assembly import compiled
from polaris._model.keys import Key
from polaris._runtime.bind import bind
from polaris._runtime.call import Setting, prepare, products
from polaris._runtime.walk import Walk
from polaris.errors import ContractViolationError


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    n: int


class SpecialB(B):
    pass


@dataclass(frozen=True)
class C:
    n: int


def returns(value: object, hint: object) -> Workflow[B]:
    def give(a: A) -> object:
        return value

    give.__annotations__["return"] = hint
    return Workflow("flow", target=B, builders=[give])


@pytest.mark.parametrize(
    ("value", "hint", "declared", "returned"),
    [
        (None, B, "B", "None"),
        (A(1), B, "B", "A"),
        (A(1), B | C, "B | C", "A"),
        ((B(1),), tuple[B, C], "tuple[B, C]", "tuple[B]"),
        ((B(1), A(1)), tuple[B, C], "tuple[B, C]", "tuple[B, A]"),
        (B(1), tuple[B, C] | None, "tuple[B, C] | None", "B"),
    ],
)
def test_what_was_not_declared_is_refused_and_named_without_its_value(
    value: object, hint: object, declared: str, returned: str
) -> None:
    with pytest.raises(ContractViolationError) as caught:
        polaris.run(returns(value, hint), A(1))
    error = caught.value
    assert (error.step, error.declared, error.returned) == ("give", declared, returned)
    assert error.outcome is not None
    assert dict(error.outcome.data) == {A: A(1)}


@pytest.mark.parametrize(
    ("value", "hint", "made"),
    [
        (B(1), B, {B: B(1)}),
        (SpecialB(1), B, {B: SpecialB(1)}),
        (None, B | None, {}),
        (C(1), B | C, {C: C(1)}),
        (SpecialB(1), C | B, {B: SpecialB(1)}),
        ((B(1), C(2)), tuple[B, C], {B: B(1), C: C(2)}),
    ],
)
def test_what_was_declared_is_what_is_made(value: object, hint: object, made: dict[object, object]) -> None:
    assert dict(polaris.run(returns(value, hint), A(1)).produced) == made


@pytest.mark.parametrize(("value", "key"), [(SpecialB(1), "SpecialB"), (B(1), "B")])
def test_of_a_class_and_its_base_the_variant_is_that_of_exactly_the_class(value: B, key: str) -> None:
    workflow = returns(value, B | SpecialB)
    (step,) = bind(compiled(workflow), {}).steps
    assert products(step, value) == [(key, value)]


def keys_of(once: bool) -> list[str]:
    """The idempotency keys that a builder sees: on a failure, on the retry of it, and for another value."""
    seen: list[str] = []

    def charge(a: A, ctx: Context) -> B | None:
        seen.append(ctx.idempotency_key)
        if len(seen) == 1:
            raise OSError
        return None if once else B(a.n)

    flow = Workflow("flow", target=B, builders=[polaris.builder(once=once)(charge)])
    with polaris.open_engine("memory://", flow) as engine:
        with pytest.raises(polaris.BuilderFailedError):
            engine.run(flow, "r", A(1))
        engine.run(flow, "r")
        engine.run(flow, "r", A(2))
        engine.run(flow, "other", A(1))
    return seen


def test_an_idempotency_key_is_the_same_for_a_retry_and_another_for_a_legitimate_re_run() -> None:
    failed, retried, again, other_run = keys_of(once=False)
    assert failed == retried
    assert len({failed, again, other_run}) == 3


def test_a_once_builder_has_one_idempotency_key_in_a_run() -> None:
    failed, retried, again, other_run = keys_of(once=True)
    assert failed == retried == again != other_run


def charge(a: A, ctx: Context) -> B: ...


def bill(a: A, ctx: Context) -> B: ...


def key_for(function: object, *, asked: int = 0, uid: str = "u") -> str:
    flow = Workflow("flow", target=B, builders=[function])  # type: ignore[list-item]
    bound = bind(compiled(flow), {})
    walk = Walk.fresh(bound.index, lambda *_: False)
    for _ in range(asked):
        walk.ask([0])
    walk.deliver([(Key("A"), A(1))])
    setting = Setting(workflow="flow", run_id="r", uid=uid)
    call = prepare(bound.steps[0], walk.ledger, bound.index.steps[0], setting)
    return call.context.idempotency_key


def test_an_idempotency_key_survives_a_new_name_of_the_builder() -> None:
    renamed = polaris.builder(renamed_from=["charge", "invoice"])(bill)
    assert key_for(charge) == key_for(renamed)


def test_an_idempotency_key_is_another_for_another_builder_another_run_and_after_a_rerun() -> None:
    assert len({key_for(charge), key_for(send), key_for(charge, uid="v"), key_for(charge, asked=1)}) == 4


def send(a: A, ctx: Context) -> B: ...
