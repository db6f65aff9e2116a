import gc
import linecache
import sys
import threading
import traceback
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass, make_dataclass
from itertools import combinations, permutations
from typing import Any, NewType

import pytest

import polaris
from polaris import BuilderFailedError, Context, Outcome, Resource, Status, Workflow
from polaris._assembly import compiled
from polaris._runtime.bind import prepare_plan
from polaris._runtime.delivery import read_delivery
from polaris._runtime.specialise import FEW, MOST, Shortcuts
from polaris.errors import ContractViolationError, MissingResourceError, StepError


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    n: int


@dataclass(frozen=True)
class C:
    n: int


class Service:
    def __init__(self, name: str) -> None:
        self.name = name


Hint = NewType("Hint", str)


def double(a: A) -> B:
    return B(a.n * 2)


def finish(b: B, hint: Hint | None = None) -> C:
    return C(b.n + len(hint or ""))


flow = Workflow("flow", target=C, builders=[double, finish])


def shortcuts_of(workflow: Workflow[Any]) -> Shortcuts:
    return Shortcuts(prepare_plan(compiled(workflow)))


def call(shortcuts: Shortcuts, *data: object, resources: dict[Any, object] | None = None) -> Outcome[Any] | None:
    delta = read_delivery(shortcuts.bound.known, data)
    return shortcuts.call(delta, data, resources or {})


def warmed(workflow: Workflow[Any], *data: object, resources: dict[Any, object] | None = None) -> Shortcuts:
    shortcuts = shortcuts_of(workflow)
    for _ in range(FEW + 1):
        call(shortcuts, *data, resources=resources)
    return shortcuts


def there(outcome: Outcome[Any] | None) -> Outcome[Any]:
    assert outcome is not None
    return outcome


def outcome_of(error: StepError) -> Outcome[Any]:
    outcome: Any = error.outcome
    assert isinstance(outcome, Outcome)
    return outcome


# --- when a function is made -----------------------------------------------------------------------------------------


def test_a_set_is_walked_a_few_times_before_a_function_is_made_for_it() -> None:
    shortcuts = shortcuts_of(flow)
    assert [call(shortcuts, A(1)) for _ in range(FEW)] == [None] * FEW
    outcome = call(shortcuts, A(1))
    assert outcome is not None
    assert (outcome.status, outcome.result) == (Status.COMPLETED, C(2))


def test_another_set_is_counted_for_itself() -> None:
    shortcuts = warmed(flow, A(1))
    assert call(shortcuts, B(1)) is None
    assert call(shortcuts, A(1)) is not None


def test_what_looks_like_an_earlier_delivery_is_known_at_a_glance() -> None:
    shortcuts = warmed(flow, A(1))
    assert there(shortcuts.glance((A(5),), {})).result == C(10)
    assert shortcuts.glance((B(5),), {}) is None
    assert shortcuts.glance((), {}) is None
    assert shortcuts.glance((A(1), B(5)), {}) is None
    assert shortcuts.glance((A(1), B(5), C(1)), {}) is None


def test_a_plain_dict_is_never_known_at_a_glance_but_needs_no_walk() -> None:
    shortcuts = warmed(flow, {A: A(1), Hint: "abc"})
    assert shortcuts.glance(({A: A(1), Hint: "abc"},), {}) is None
    assert there(call(shortcuts, {Hint: "ab", A: A(2)})).data == {Hint: "ab", A: A(2), B: B(4), C: C(6)}


def test_two_values_for_one_key_are_read_and_not_guessed() -> None:
    shortcuts = warmed(flow, A(1), A(2))
    assert shortcuts.glance((A(1), A(2)), {}) is None
    assert there(call(shortcuts, A(1), A(2))).result == C(4)


def test_a_delivery_in_another_order_uses_the_same_function_and_is_told_in_its_own_order() -> None:
    shortcuts = warmed(flow, A(1), C(7))
    turned = call(shortcuts, C(7), A(1))
    assert turned is not None
    assert len(shortcuts._made) == 1
    assert list(turned.data) == [C, A, B]
    assert list(there(shortcuts.glance((C(7), A(1)), {})).data) == [C, A, B]
    assert list(there(shortcuts.glance((A(1), C(7)), {})).data) == [A, C, B]


def test_what_must_be_walked_is_walked_every_time() -> None:
    @polaris.builder(timeout=60)
    def slow(a: A) -> B:
        return B(a.n)

    shortcuts = warmed(Workflow("slow", target=B, builders=[slow]), A(1))
    assert call(shortcuts, A(1)) is None
    assert shortcuts.glance((A(1),), {}) is None


# --- run -------------------------------------------------------------------------------------------------------------


def test_run_comes_to_the_same_before_and_after() -> None:
    def say(a: A, ctx: Context) -> B:
        return B(a.n)

    local = Workflow("local", target=B, builders=[say])
    outcomes = [polaris.run(local, A(1)) for _ in range(FEW + 3)]
    assert all(one == outcomes[0] for one in outcomes)
    assert list(map(str, outcomes)) == [str(outcomes[0])] * len(outcomes)


def test_hooks_and_observers_are_told_of_every_call() -> None:
    told: list[str] = []
    for _ in range(FEW + 3):
        polaris.run(flow, A(1), after=lambda name, made: told.append(name))
    assert told == ["double", "finish"] * (FEW + 3)


def test_a_workflow_that_is_gone_leaves_nothing_behind() -> None:
    from polaris import _assembly

    gc.collect()  # what other tests have left
    before = len(_assembly._final)
    files = _generated()
    local = Workflow("local", target=C, builders=[double, finish])
    for _ in range(FEW + 2):
        polaris.run(local, A(1))
    assert len(_assembly._final) == before + 1
    assert len(_generated()) == len(files) + 1
    del local
    gc.collect()
    assert len(_assembly._final) == before
    assert _generated() == files


def _generated() -> set[str]:
    return {name for name in linecache.cache if name.startswith("<polaris ")}


# --- resources -------------------------------------------------------------------------------------------------------


def ask(a: A, service: Resource[Service], spare: Resource[Hint] = Hint("none")) -> C:
    return C(len(service.name) + len(spare))


served = Workflow("served", target=C, builders=[ask])


def test_resources_are_those_of_the_call() -> None:
    for name in ("a", "ab", "abc", "abcd", "abcde", "abcdef"):
        assert polaris.run(served, A(1), resources={Service: Service(name)}).result == C(len(name) + 4)


def test_a_resource_that_may_be_missing_makes_another_set() -> None:
    both: dict[Any, object] = {Hint: "12", Service: Service("a")}
    shortcuts = warmed(served, A(1), resources=both)
    assert there(call(shortcuts, A(1), resources=both)).result == C(3)
    assert there(shortcuts.glance((A(1),), both)).result == C(3)
    assert shortcuts.glance((A(1),), {Service: Service("a"), Hint: "12"}) is None
    assert shortcuts.glance((A(1),), {Service: Service("a")}) is None
    assert call(shortcuts, A(1), resources={Service: Service("a")}) is None


def test_what_nobody_asks_for_changes_nothing() -> None:
    shortcuts = warmed(flow, A(1))
    assert there(call(shortcuts, A(1), resources={Service: Service("a")})).result == C(2)
    assert there(shortcuts.glance((A(1),), {Service: Service("a")})).result == C(2)


def test_a_resource_that_is_not_given_is_an_error_every_time() -> None:
    for _ in range(FEW + 2):
        with pytest.raises(MissingResourceError):
            polaris.run(served, A(1))


# --- failures --------------------------------------------------------------------------------------------------------


def divide(b: B) -> C:
    return C(10 // b.n)


fragile = Workflow("fragile", target=C, builders=[double, divide])


def test_a_traceback_shows_the_line_that_was_made_and_the_builder_of_the_user() -> None:
    shortcuts = warmed(fragile, A(1))
    with pytest.raises(BuilderFailedError) as caught:
        call(shortcuts, A(0))
    error = caught.value
    assert isinstance(error.__cause__, ZeroDivisionError)
    shown = "".join(traceback.format_exception(error))
    assert "v2_C = f1_divide(v1_B)" in shown
    assert "return C(10 // b.n)" in shown
    assert (error.step, error.run_id, error.others) == ("divide", None, ())
    assert outcome_of(error).data == {A: A(0), B: B(0)}


def test_a_product_that_is_none_is_a_violation_every_time() -> None:
    def lie(a: A) -> B:
        wrong: Any = a
        return wrong  # type: ignore[no-any-return]

    local = Workflow("local", target=B, builders=[lie])
    for _ in range(FEW + 3):
        with pytest.raises(ContractViolationError) as caught:
            polaris.run(local, A(1))
        assert (caught.value.step, caught.value.declared, caught.value.returned) == ("lie", "B", "A")
        assert outcome_of(caught.value).data == {A: A(1)}


def test_an_interrupt_goes_through_untouched() -> None:
    def stop(a: A) -> B:
        raise KeyboardInterrupt

    local = Workflow("local", target=B, builders=[stop])
    for _ in range(FEW + 3):
        with pytest.raises(KeyboardInterrupt):
            polaris.run(local, A(1))


# --- bounds ----------------------------------------------------------------------------------------------------------

KINDS = [make_dataclass(f"K{number}", [("n", int)], frozen=True) for number in range(14)]


def taking(kinds: list[type]) -> Workflow[Any]:
    scope: dict[str, Any] = {f"K{number}": kind for number, kind in enumerate(kinds)} | {"C": C}
    parameters = ", ".join(f"k{number}: K{number} | None = None" for number in range(len(kinds)))
    exec(f"def take({parameters}) -> C: return C(1)", scope)
    return Workflow("taking", target=C, builders=[scope["take"]])


def test_ten_thousand_different_sets_keep_the_cache_bounded() -> None:
    shortcuts = shortcuts_of(taking(KINDS))
    sets = [some for size in range(1, 15) for some in combinations(KINDS, size)]
    for some in sets[:10_000]:
        call(shortcuts, *(kind(1) for kind in some))
    assert shortcuts._made == {}
    assert len(shortcuts._counts) <= 256


def test_of_many_sets_that_are_called_often_those_used_lately_are_kept() -> None:
    shortcuts = shortcuts_of(taking(KINDS))
    before = len(_generated())
    hot = KINDS[0](1)
    sets = [(one, other) for one, other in combinations(KINDS, 2)]
    assert len(sets) > MOST + 20
    for _ in range(FEW + 1):
        call(shortcuts, hot)
    for some in sets:
        for _ in range(FEW + 1):
            call(shortcuts, *(kind(1) for kind in some))
        assert shortcuts.glance((hot,), {}) is not None
    assert len(shortcuts._made) == MOST
    assert len(shortcuts._shapes) == MOST
    assert len(_generated()) - before == MOST
    assert shortcuts.glance(tuple(kind(1) for kind in sets[0]), {}) is None
    assert shortcuts.glance(tuple(kind(1) for kind in sets[-1]), {}) is not None


def test_a_function_that_was_just_made_is_not_the_one_that_is_given_up() -> None:
    shortcuts = shortcuts_of(taking(KINDS))
    sets = [[one(1), other(1)] for one, other in combinations(KINDS, 2)][: MOST + 1]
    for some in sets:
        for _ in range(FEW + 2):
            call(shortcuts, *some)  # all of them have been used when there are too many
    assert shortcuts.glance(tuple(sets[-1]), {}) is not None
    assert shortcuts.glance(tuple(sets[0]), {}) is None


def test_only_some_orders_of_a_set_are_known_at_a_glance() -> None:
    shortcuts = shortcuts_of(taking(KINDS))
    data = [kind(1) for kind in KINDS[:4]]
    for _ in range(FEW):
        call(shortcuts, *data)
    for some in permutations(data):
        assert call(shortcuts, *some) is not None
        assert call(shortcuts, *some) is not None
    assert len(shortcuts._shapes) == 16


def memory_after(calls: int, function: Callable[[], object]) -> int:
    for _ in range(50):
        function()
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(calls):
            function()
        gc.collect()
        return tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()


def ignore(_name: str, _made: object) -> None:
    """Be told."""


def failing() -> None:
    with pytest.raises(BuilderFailedError):
        polaris.run(fragile, A(0))


@pytest.mark.parametrize(
    ("calls", "function"),
    [
        pytest.param(20_000, lambda: polaris.run(flow, A(1)).result, id="straight"),
        pytest.param(300, lambda: polaris.run(flow, A(1), after=ignore).result, id="walked"),
        pytest.param(500, failing, id="failing"),
    ],
)
def test_calls_leave_nothing_in_memory(calls: int, function: Callable[[], object]) -> None:
    grown = (memory_after(calls, function) for _ in range(3))  # what other threads of these tests keep, they keep once
    assert any(each < 30_000 for each in grown)


def test_a_failure_makes_no_cycle_that_only_the_collector_frees() -> None:
    class Watched(Exception):
        pass

    def fail(a: A) -> B:
        raise Watched

    local = Workflow("local", target=B, builders=[fail])
    shortcuts = warmed_failing(local)
    gc.collect()
    gc.disable()
    try:
        with pytest.raises(BuilderFailedError):
            call(shortcuts, A(1))
        assert [one for one in gc.get_objects() if isinstance(one, Watched)] == []
    finally:
        gc.enable()


def warmed_failing(workflow: Workflow[Any]) -> Shortcuts:
    shortcuts = shortcuts_of(workflow)
    for _ in range(FEW):
        call(shortcuts, A(1))
    return shortcuts


# --- threads ---------------------------------------------------------------------------------------------------------


def test_many_threads_may_call_at_once() -> None:
    shortcuts = shortcuts_of(taking(KINDS))
    wrong: list[object] = []

    def work(seed: int) -> None:
        for round_ in range(300):
            data = [kind(1) for kind in KINDS[seed : seed + 1 + (round_ + seed) % 5]]
            outcome = shortcuts.glance(tuple(data), {}) or call(shortcuts, *data)
            if outcome is not None and len(outcome.data) != len(data) + 1:
                wrong.append(outcome)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        threads = [threading.Thread(target=work, args=(seed,)) for seed in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    assert wrong == []
    assert len(shortcuts._made) <= MOST
