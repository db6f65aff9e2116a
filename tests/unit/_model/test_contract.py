from collections.abc import Callable

import pytest

from polaris._model.contract import Contract, Input, ResourceInput
from polaris._model.declaration import PLAIN
from polaris._model.keys import Key
from polaris._model.markers import Mode
from tests.unit._model.nouns import assert_noun

A, B, C = Key("A"), Key("B"), Key("C")


def reads(mode: Mode) -> Input:
    return Input(parameter="x", keys=(A,), mode=mode, required=True)


def contract(*slots: tuple[Key, ...]) -> Contract:
    def function() -> None: ...

    return Contract(
        name="function",
        function=function,
        declaration=PLAIN,
        inputs=(reads(Mode.CONSUMES),),
        resources=(ResourceInput(parameter="fleet", key=Key("Fleet"), required=True),),
        context=None,
        slots=slots,
        several=len(slots) > 1,
        may_decline=False,
        is_async=False,
        types=(),
    )


@pytest.mark.parametrize("noun", [contract((A,)), *contract((A,)).inputs, *contract((A,)).resources], ids=type)
def test_what_a_signature_says_is_kept_in_nouns(noun: object) -> None:
    assert_noun(noun)


@pytest.mark.parametrize("mode", [Mode.CONSUMES, Mode.TAKE, Mode.FEEDBACK])
def test_a_change_of_what_a_builder_reads_wakes_it(mode: Mode) -> None:
    assert reads(mode).triggers


def test_a_change_of_what_a_builder_only_accesses_lets_it_sleep() -> None:
    assert not reads(Mode.ACCESS).triggers


def test_a_parameter_is_passed_by_name_unless_it_cannot_be() -> None:
    assert not reads(Mode.CONSUMES).positional
    assert not ResourceInput(parameter="fleet", key=A, required=True).positional


@pytest.mark.parametrize(
    ("slots", "made"),
    [
        pytest.param((), (), id="nothing"),
        pytest.param(((A,),), (A,), id="A"),
        pytest.param(((B, A),), (B, A), id="B | A"),
        pytest.param(((C,), (B, A)), (C, B, A), id="tuple[C, B | A]"),
    ],
)
def test_a_contract_produces_every_variant_of_every_slot_in_the_order_they_are_written(
    slots: tuple[tuple[Key, ...], ...], made: tuple[Key, ...]
) -> None:
    assert contract(*slots).produces == made


def test_a_contract_holds_the_users_own_function() -> None:
    found: Callable[[], None] = contract((A,)).function
    assert found.__qualname__.endswith("function")
