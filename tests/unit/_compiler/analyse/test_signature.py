"""One function: from its signature to its contract, and every fault of it."""

import functools
from collections.abc import AsyncIterator, Callable
from typing import Any, Never, NoReturn

import pytest

from polaris import Access, Context, Feedback, Resource, Take
from polaris._compiler.analyse.signature import read_signature
from polaris._compiler.nouns import Marked
from polaris._compiler.wrapping import layers
from polaris._model.contract import Contract, Input, ResourceInput
from polaris._model.declaration import PLAIN, Declaration
from polaris._model.keys import Key
from polaris._model.markers import Mode


class A: ...


class B: ...


class C: ...


class D: ...


def contract_of(function: Callable[..., Any], declaration: Declaration = PLAIN) -> Contract:
    contract, faults = read_signature(Marked(layers(function), declaration))
    assert faults == ()
    return contract


def faults_of(function: Callable[..., Any]) -> list[tuple[str, str, str]]:
    """Give the code, the part and the message of every fault."""
    _, faults = read_signature(Marked(layers(function), PLAIN))
    return [(fault.rule.code, fault.at.part, fault.message) for fault in faults]


def given(
    parameter: str, *keys: str, mode: Mode = Mode.CONSUMES, required: bool = True, positional: bool = False
) -> Input:
    return Input(parameter=parameter, keys=tuple(map(Key, keys)), mode=mode, required=required, positional=positional)


# --- what a signature means ------------------------------------------------------------------------------------------


def test_parameters_become_inputs_in_their_order() -> None:
    def make(a: A, /, b: B | C, d: D | None = None) -> list[A]: ...

    assert contract_of(make).inputs == (
        given("a", "A", positional=True),
        given("b", "B", "C"),
        given("d", "D", required=False),
    )


def test_markers_become_modes() -> None:
    def make(a: Access[A], b: Take[B], c: Feedback[C], d: Feedback[D] | None = None) -> list[A]: ...

    assert contract_of(make).inputs == (
        given("a", "A", mode=Mode.ACCESS, required=False),
        given("b", "B", mode=Mode.TAKE),
        given("c", "C", mode=Mode.FEEDBACK),
        given("d", "D", mode=Mode.FEEDBACK, required=False),
    )


def test_an_access_may_have_a_default() -> None:
    def make(a: Access[A] = None) -> B: ...

    assert contract_of(make).inputs == (given("a", "A", mode=Mode.ACCESS, required=False),)


def test_a_default_need_not_be_none() -> None:
    def make(a: A = A(), *, b: B) -> C: ...  # noqa: B008

    assert contract_of(make).inputs == (given("a", "A", required=False), given("b", "B"))


def test_resources_and_the_context_are_no_inputs() -> None:
    def make(a: A, ctx: Context, store: Resource[B], spare: Resource[C] | None = None) -> D: ...

    contract = contract_of(make)
    assert contract.inputs == (given("a", "A"),)
    assert contract.context == "ctx"
    assert contract.resources == (
        ResourceInput(parameter="store", key=Key("B"), required=True),
        ResourceInput(parameter="spare", key=Key("C"), required=False),
    )
    assert contract.types == (("A", A), ("B", B), ("C", C), ("D", D))


def test_a_return_type_becomes_slots() -> None:
    def one() -> A: ...
    def either() -> A | B | None: ...
    def both() -> tuple[A, B]: ...

    one_, either_, both_ = map(contract_of, (one, either, both))
    assert (one_.slots, one_.several, one_.may_decline) == ((("A",),), False, False)
    assert (either_.slots, either_.several, either_.may_decline) == ((("A", "B"),), False, True)
    assert (both_.slots, both_.several, both_.may_decline) == ((("A",), ("B",)), True, False)
    assert both_.produces == ("A", "B")


def test_a_builder_is_called_like_its_function_or_as_it_says() -> None:
    def make() -> A: ...

    assert contract_of(make).name == "make"
    assert contract_of(make, Declaration(name="other")).name == "other"
    assert contract_of(make).declaration is PLAIN


def test_a_coroutine_function_is_one_whoever_wraps_it() -> None:
    async def make() -> A: ...

    @functools.wraps(make)
    def wrapper() -> Any: ...  # noqa: ANN401

    def plain() -> A: ...

    assert contract_of(make).is_async
    assert contract_of(wrapper).is_async
    assert contract_of(wrapper).function is wrapper
    assert not contract_of(plain).is_async


def test_a_wrapper_may_be_any_object() -> None:
    def make(a: A) -> B: ...

    class Wrapper:
        def __init__(self, function: Callable[..., Any]) -> None:
            functools.update_wrapper(self, function)

        def __call__(self, *given: object) -> object: ...

    contract = contract_of(Wrapper(make))
    assert contract.inputs == (given("a", "A"),)
    assert contract.name == "make"


# --- faults ----------------------------------------------------------------------------------------------------------


def test_every_fault_of_a_signature_is_found_and_what_is_right_is_kept() -> None:
    def make(a: A, b, c: str, *rest: D):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN202
        yield

    contract, faults = read_signature(Marked((make,), PLAIN))
    assert [fault.rule.code for fault in faults] == ["POL113", "POL109", "POL101", "POL103", "POL102"]
    assert contract.inputs == (given("a", "A"),)
    assert contract.slots == ()


def test_an_asynchronous_generator_is_a_generator() -> None:
    async def make() -> AsyncIterator[A]:
        yield A()

    assert ("POL113", "", "`make` is a generator, but a builder returns what it made") in faults_of(make)


def test_several_stars_are_several_faults() -> None:
    def make(*rest: A, **more: B) -> C: ...

    assert [(part, message) for _, part, message in faults_of(make)] == [
        ("rest", "`make` takes `*rest`, which does not say what it consumes"),
        ("more", "`make` takes `**more`, which does not say what it consumes"),
    ]


def test_what_is_taken_must_be_there() -> None:
    def default(a: Take[A] = A()) -> B: ...  # noqa: B008
    def none(a: Take[A] | None) -> B: ...
    def both(a: Take[A] | None = None) -> B: ...

    for function in (default, none, both):
        ((code, part, message),) = faults_of(function)
        assert (code, part) == ("POL111", "a")
        assert message == f"`A` in `{function.__name__}` is taken, and what is taken must be there"


def test_none_without_a_default_is_a_fault_of_feedback_and_resource_too() -> None:
    def make(a: Feedback[A] | None, b: Resource[B] | None, c: Context | None) -> D: ...

    assert [(code, part) for code, part, _ in faults_of(make)] == [("POL108", "a"), ("POL108", "b"), ("POL108", "c")]


@pytest.mark.parametrize("nothing", [None, "None", Never, NoReturn])
def test_who_never_returns_a_datum_makes_nothing(nothing: object) -> None:
    def make(a: A) -> object: ...

    make.__annotations__["return"] = nothing
    assert faults_of(make) == [("POL110", "return", "`make` returns no datum, so nothing can depend on it")]


def test_a_type_may_stand_in_one_parameter_only() -> None:
    def make(a: A, b: B | A, c: Access[A]) -> C: ...

    assert [(code, part) for code, part, _ in faults_of(make)] == [("POL112", "b"), ("POL112", "c")]


def test_a_type_may_stand_in_one_slot_only() -> None:
    def make(a: A) -> tuple[B, B]: ...

    ((code, part, message),) = faults_of(make)
    assert (code, part, message) == ("POL112", "return", "B stands in two slots of `make`")


def test_a_service_may_be_asked_for_twice() -> None:
    def make(one: Resource[A], other: Resource[A], data: A) -> B: ...

    assert faults_of(make) == []


def test_a_builtin_as_return_type_is_named_after_the_builder() -> None:
    def find_user(a: A) -> str: ...

    _, (fault,) = read_signature(Marked((find_user,), PLAIN))
    assert fault.hint == 'Give it a name of its own: `FindUser = NewType("FindUser", str)`.'
