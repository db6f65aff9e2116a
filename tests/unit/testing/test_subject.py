"""`check_workflow` with stand-ins for builders, with resources, with strategies, and with what it cannot check."""

from asyncio import sleep
from collections import Counter
from dataclasses import dataclass
from itertools import count

import pytest
from hypothesis import strategies as st

from polaris import Access, Context, Resource, Retry, Workflow, builder
from polaris._model.declaration import Function
from polaris.errors import (
    BuilderFailedError,
    CodecError,
    ContractViolationError,
    DeclarationError,
    MissingResourceError,
)
from polaris.testing import assert_same_everywhere, check_workflow

pytestmark = pytest.mark.usefixtures("same_each_time")


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class B:
    n: int


@dataclass(frozen=True)
class Note:
    text: str


@dataclass(frozen=True)
class Price:
    amount: float


@dataclass(frozen=True)
class Out:
    text: str


@dataclass(frozen=True)
class Positive:
    n: int

    def __post_init__(self) -> None:
        if self.n < 1:
            raise ValueError(self.n)


@dataclass(frozen=True, repr=False)
class Secret:
    text: str


@dataclass
class Unstorable:
    handle: object


class Opaque:
    def __init__(self, handle) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001 - nothing says what it is made of
        self.handle = handle


class Fleet:
    def __init__(self) -> None:
        self.asked = 0

    def ask(self) -> str:
        self.asked += 1
        return "a cab"


class Refused(Exception):
    """What a builder raises."""


def flow(*builders: Function, target: object = Out) -> Workflow[object]:
    return Workflow("flow", target=target, builders=builders)


# --- stand-ins -------------------------------------------------------------------------------------------------------


def of_the_world(a: A, fleet: Resource[Fleet], ctx: Context) -> Note | None:
    raise AssertionError("nobody stood in for it")


def finish(note: Note) -> Out:
    return Out(note.text)


def test_a_builder_that_is_stood_in_for_is_never_called() -> None:
    check_workflow(flow(of_the_world, finish), stub=[of_the_world])


def test_a_coroutine_function_can_be_stood_in_for() -> None:
    async def awaited(a: A) -> Out: ...

    check_workflow(flow(awaited), stub=[awaited])


def seen_of(stubbed: Function, reader: Function, seen: Counter[object]) -> Counter[object]:
    check_workflow(flow(stubbed, reader), stub=[stubbed])
    return seen


def test_a_stand_in_makes_values_of_the_return_type_and_declines() -> None:
    seen: Counter[object] = Counter()

    def make(a: A) -> Note | None: ...

    def read(a: A, note: Note | None = None) -> Out:
        seen[type(note)] += 1
        return Out("")

    check_workflow(flow(make, read), stub=[make])
    assert seen.keys() == {Note, type(None)}


def test_a_stand_in_makes_every_variant() -> None:
    seen: Counter[object] = Counter()

    def make(a: A) -> Note | Price: ...

    def read(found: Note | Price) -> Out:
        seen[type(found)] += 1
        return Out("")

    check_workflow(flow(make, read), stub=[make])
    assert seen.keys() == {Note, Price}


def test_a_stand_in_makes_all_slots_or_none() -> None:
    seen: Counter[object] = Counter()

    def make(a: A) -> tuple[Note, Price] | None: ...

    def read(a: A, note: Note | None = None, price: Price | None = None) -> Out:
        seen[type(note), type(price)] += 1
        return Out("")

    check_workflow(flow(make, read), stub=[make])
    assert seen.keys() == {(Note, Price), (type(None), type(None))}


def test_a_stand_in_gives_the_same_for_the_same_arguments_within_one_example() -> None:
    values: dict[A, set[str]] = {}

    def make(a: A) -> Note: ...

    def read(a: A, note: Note, b: B | None = None) -> Out:
        values.setdefault(a, set()).add(note.text)
        return Out(note.text)

    check_workflow(flow(make, read), stub=[make])  # makes the note in memory and in the store: they are the same
    assert max(map(len, values.values())) > 1, "in another example it may give another"


def test_what_a_stand_in_gave_is_told_with_a_failure() -> None:
    numbers = count()

    def make(a: A) -> Price: ...

    def read(price: Price) -> Out:
        return Out(str(next(numbers)) if price.amount > 1 else "")

    with pytest.raises(AssertionError) as caught:
        assert_same_everywhere(flow(make, read), stub=[make])
    assert "Price=Price(amount=2.0)" in str(caught.value)
    assert "Draw 1 (make returns): Price(amount=2.0)" in caught.value.__notes__


def test_a_builder_that_looks_at_data_can_be_stood_in_for() -> None:
    def make(a: A, b: Access[B]) -> Out: ...

    check_workflow(flow(make), stub=[make])


def test_arguments_are_the_same_if_they_are_equal() -> None:
    def make(a: A) -> Secret:
        return Secret("x")

    def read(secret: Secret) -> Out: ...

    check_workflow(flow(make, read), stub=[read])


def test_arguments_are_the_same_if_one_came_back_as_the_equal_float() -> None:
    def make(a: A) -> Price:
        return Price(1)

    def read(price: Price) -> Out: ...

    check_workflow(flow(make, read), stub=[read])


def test_only_builders_of_the_workflow_can_be_stood_in_for() -> None:
    def stranger(a: A) -> Note: ...

    with pytest.raises(DeclarationError) as caught:
        check_workflow(flow(of_the_world, finish), stub=[of_the_world, stranger])
    assert caught.value.what == "'stranger' is no builder of 'flow'."
    assert caught.value.do == "It has finish, of_the_world."


def test_a_name_is_no_builder() -> None:
    with pytest.raises(DeclarationError, match="'finish' is no builder of 'flow'"):
        check_workflow(flow(of_the_world, finish), stub=["finish"])  # type: ignore[list-item]


# --- resources -------------------------------------------------------------------------------------------------------


def ask(a: A, fleet: Resource[Fleet]) -> Note:
    return Note(fleet.ask())


def test_the_resources_that_are_given_are_used() -> None:
    fleet = Fleet()
    check_workflow(flow(ask, finish), resources={Fleet: fleet})
    assert fleet.asked > 0


def test_a_resource_that_is_not_given_is_named() -> None:
    with pytest.raises(MissingResourceError) as caught:
        check_workflow(flow(ask, finish))
    assert (caught.value.step, caught.value.resource) == ("ask", "Fleet")


def test_a_resource_that_only_stand_ins_would_read_need_not_be_given() -> None:
    check_workflow(flow(ask, finish), stub=[ask])


def test_a_resource_that_others_read_as_well_is_named() -> None:
    def other(note: Note, fleet: Resource[Fleet]) -> Out:
        return Out(fleet.ask())

    with pytest.raises(MissingResourceError):
        check_workflow(flow(ask, other), stub=[ask])


# --- strategies ------------------------------------------------------------------------------------------------------


def test_strategies_are_used_for_deliveries_for_stand_ins_and_for_both_orders() -> None:
    seen: Counter[object] = Counter()

    def make(a: A) -> Note: ...

    def read(a: A, b: B, note: Note) -> Out:
        seen[a, b, note] += 1
        return Out("")

    strategies = {A: st.just(A(7)), int: st.just(8), Note: st.just(Note("mine"))}
    check_workflow(flow(make, read), stub=[make], strategies=strategies)
    assert seen.keys() == {(A(7), B(8), Note("mine"))}


def test_a_class_that_takes_only_some_values_needs_a_strategy() -> None:
    def make(positive: Positive) -> Out:
        return Out(str(positive))

    with pytest.raises(ValueError) as caught:
        check_workflow(flow(make))
    assert caught.value.args == (0,)
    check_workflow(flow(make), strategies={Positive: st.builds(Positive, st.integers(min_value=1))})


def test_data_that_cannot_be_drawn_are_named() -> None:
    def make(opaque: Opaque) -> Out: ...

    with pytest.raises(DeclarationError) as caught:
        check_workflow(flow(make))
    assert caught.value.what == "No values of Opaque can be drawn."
    assert caught.value.do.startswith("Pass strategies={Opaque: ...}")


def test_a_product_that_cannot_be_drawn_is_named() -> None:
    def make(a: A) -> Opaque: ...

    def read(opaque: Opaque) -> Out: ...

    with pytest.raises(DeclarationError, match="No values of Opaque can be drawn"):
        check_workflow(flow(make, read), stub=[make])


# --- what fails ------------------------------------------------------------------------------------------------------


def test_a_builder_that_fails_is_raised_as_it_is_with_the_smallest_deliveries() -> None:
    def make(a: A, b: B) -> Out:
        if a.n > 5:
            raise Refused
        return Out("")

    with pytest.raises(BuilderFailedError) as caught:
        check_workflow(flow(make))
    assert (caught.value.step, caught.value.reason) == ("make", "Refused")
    assert isinstance(caught.value.__cause__, Refused)
    assert caught.value.outcome is not None
    assert (caught.value.outcome.data[A], caught.value.outcome.data[B]) == (A(6), B(0))
    assert "Failing test case" in caught.value.__notes__[0]


def test_a_builder_that_breaks_its_contract_is_raised_as_it_is() -> None:
    def make(a: A) -> Out:
        return a  # type: ignore[return-value]

    with pytest.raises(ContractViolationError) as caught:
        check_workflow(flow(make))
    assert (caught.value.declared, caught.value.returned) == ("Out", "A")


def test_a_product_that_no_store_takes_is_raised_as_it_is() -> None:
    def make(a: A) -> Unstorable:
        return Unstorable(Opaque(1))

    with pytest.raises(CodecError) as caught:
        assert_same_everywhere(flow(make, target=Unstorable))
    assert (caught.value.step, caught.value.key, caught.value.path) == ("make", "Unstorable", ".handle")


def test_of_two_failures_the_first_found_is_raised() -> None:
    numbers = count()

    def make(a: A) -> Out:
        if a.n > 5:
            raise Refused
        return Out(str(next(numbers)))

    with pytest.raises((AssertionError, BuilderFailedError)):
        check_workflow(flow(make))


def test_coroutine_functions_are_awaited() -> None:
    seen: Counter[str] = Counter()

    async def make(a: A, ctx: Context) -> Note:
        await sleep(0)
        seen[ctx.run_id] += 1
        return Note(f"{a} {ctx.idempotency_key}")

    @builder(timeout=60)
    async def read(note: Note) -> Out:
        return Out(note.text)

    check_workflow(flow(make, read))
    assert seen.keys() == {"checked"}


def test_a_coroutine_function_that_is_not_pure_is_found() -> None:
    numbers = count()

    async def make(a: A) -> Out:
        return Out(str(next(numbers)))

    with pytest.raises(AssertionError, match="make makes something else of the same"):
        check_workflow(flow(make))


@builder(retry=Retry(attempts=2, on=Refused))
def retried(a: A) -> Out:
    return Out("")


retrying = Workflow("retrying", target=Out, builders=[retried])


def test_a_retry_may_name_an_exception_of_the_module() -> None:
    check_workflow(retrying)
