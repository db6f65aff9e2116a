"""Watched builders: see also `assert_pure` in the tests of properties."""

import time
from dataclasses import dataclass
from itertools import count

import pytest

from polaris import Context, Resource, Workflow
from polaris.testing import assert_pure

pytestmark = pytest.mark.usefixtures("same_each_time")


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class Out:
    text: str


class Bank:
    def __init__(self) -> None:
        self.known: dict[str, str] = {}
        self.numbers = count()

    def charge(self, key: str | None) -> str:
        number = f"charge {next(self.numbers)}"
        return number if key is None else self.known.setdefault(key, number)


def test_an_effect_that_is_guarded_by_the_idempotency_key_is_pure() -> None:
    def charge(a: A, bank: Resource[Bank], ctx: Context) -> Out:
        return Out(bank.charge(ctx.idempotency_key))

    assert_pure(Workflow("flow", target=Out, builders=[charge]), resources={Bank: Bank()})


def test_an_effect_that_is_not_guarded_is_named() -> None:
    def charge(a: A, bank: Resource[Bank], ctx: Context) -> Out:
        return Out(bank.charge(None))

    with pytest.raises(AssertionError, match="charge makes something else of the same"):
        assert_pure(Workflow("flow", target=Out, builders=[charge]), resources={Bank: Bank()})


def test_a_builder_that_looks_at_the_day_only_is_named_and_the_clock_is_right_again() -> None:
    def date(a: A) -> Out:
        return Out(f"day {int(time.time()) // 86_400}, {time.time_ns() // 10**9 // 86_400}")

    before = time.time()
    with pytest.raises(AssertionError, match="date makes something else of the same"):
        assert_pure(Workflow("flow", target=Out, builders=[date]))
    assert before <= time.time() < before + 86_400


def test_a_builder_that_is_stood_in_for_is_not_watched() -> None:
    def charge(a: A, bank: Resource[Bank]) -> Out: ...

    assert_pure(Workflow("flow", target=Out, builders=[charge]), stub=[charge])
