from dataclasses import dataclass
from typing import NewType, TypedDict

import pytest

import polaris
from polaris import Workflow, builder
from polaris._assembly import compiled
from polaris._runtime.delivery import known_of, read_delivery
from polaris.errors import UnknownDataError

UserId = NewType("UserId", str)


class Customer(TypedDict):
    email: str


@dataclass(frozen=True)
class Payment:
    cents: int


@dataclass(frozen=True)
class CardPayment(Payment):
    card: str = ""


@dataclass(frozen=True)
class Seen:
    text: str


@builder
def see(
    user: UserId | None = None,
    customer: Customer | None = None,
    payment: Payment | None = None,
    items: list[Payment] | None = None,
) -> Seen:
    return Seen(f"{user} {customer} {payment} {items}")


flow = Workflow("flow", target=Seen, builders=[see])


def seen(*data: object) -> str:
    return polaris.run(flow, *data).result.text


def refusal(*data: object) -> str:
    with pytest.raises(UnknownDataError) as caught:
        polaris.run(flow, *data)
    return str(caught.value)


def test_an_object_is_a_datum_of_exactly_its_class() -> None:
    assert seen(Payment(5)) == "None None Payment(cents=5) None"


def test_a_plain_dict_maps_types_to_values() -> None:
    assert seen({UserId: "u1", Customer: {"email": "a"}, list[Payment]: []}) == "u1 {'email': 'a'} None []"


def test_the_last_of_two_values_for_one_key_wins() -> None:
    assert seen(Payment(1), Payment(2)) == "None None Payment(cents=2) None"


def test_a_subclass_is_not_its_base_unless_it_is_said() -> None:
    assert "CardPayment is a kind of Payment: write {Payment: ...}" in refusal(CardPayment(1))
    assert "CardPayment" in seen({Payment: CardPayment(1)})


def test_a_plain_value_is_told_which_keys_are_made_of_it() -> None:
    assert "UserId takes one: write {UserId: ...}" in refusal("u1")


def test_an_unknown_value_is_told_what_the_workflow_takes() -> None:
    assert "It takes Customer, Payment, Seen, UserId, list[Payment]." in refusal(3.5)


def test_text_keys_are_told_how_a_typed_dict_is_delivered() -> None:
    assert "write {Customer: {...}}" in refusal({"email": "a"})


def test_an_empty_dict_is_refused() -> None:
    assert "empty dict" in refusal({})


def test_none_is_never_a_value() -> None:
    assert "None is never a value" in refusal({UserId: None})


def test_an_unknown_type_is_refused() -> None:
    assert "int is no data of workflow 'flow'" in refusal({int: 1})


def test_a_value_of_the_wrong_class_is_refused() -> None:
    assert "UserId takes a str, but an int was delivered" in refusal({UserId: 1})


def test_a_class_of_the_same_name_is_told_apart() -> None:
    twin = type("Payment", (), {})
    assert "another class" in refusal(twin())


@dataclass(frozen=True)
class Refused:
    why: str


def decide(payment: Payment) -> Seen | Refused:
    return Seen("made")


def test_of_two_variants_of_one_slot_the_last_wins() -> None:
    choice = Workflow("choice", target=Seen | Refused, builders=[decide])
    assert dict(polaris.run(choice, Seen("1"), Refused("2")).data) == {Refused: Refused("2")}
    assert dict(polaris.run(choice, Refused("1"), Seen("2")).data) == {Seen: Seen("2")}
    known = known_of(compiled(choice).plan, compiled(choice).types)
    assert read_delivery(known, [Seen("1"), Refused("2")]) == {"Refused": Refused("2")}, "the other is never stored"


def test_a_delivery_keeps_its_order_and_a_value_the_place_of_its_last_mention() -> None:
    delta = read_delivery(known_of(compiled(flow).plan, compiled(flow).types), [Payment(1), {UserId: "u1"}, Payment(2)])
    assert list(delta.items()) == [("UserId", "u1"), ("Payment", Payment(2))]
