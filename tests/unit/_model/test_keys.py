import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from types import NoneType
from typing import Annotated, Any, Generic, Literal, NamedTuple, NewType, Optional, ParamSpec, TypedDict, TypeVar, Union

import pytest
import typing_extensions
from hypothesis import given
from hypothesis import strategies as st

from polaris._model.keys import (
    TypeForm,
    bare,
    is_list,
    is_union,
    key_of,
    leaves,
    local_name,
    members,
    opened,
    origin_of,
    runtime_class,
    same_type,
)

P = ParamSpec("P")
T = TypeVar("T")
K = TypeVar("K")


@dataclass
class Item:
    class Part: ...


class Other: ...


class Page(Generic[T]): ...


class Call(Generic[P]): ...


class Pair(NamedTuple):
    one: int


class Address(TypedDict):
    street: str


class OlderAddress(typing_extensions.TypedDict):
    street: str


class Rows(TypedDict, Generic[T]):
    rows: list[T]


UserId = NewType("UserId", str)
Email = NewType("Email", UserId)
Cart = NewType("Cart", list[Item])

# Both spellings of `type X = ...`; before Python 3.12 there is only one.
Alias: Any = typing_extensions.TypeAliasType
MAKERS: list[Any] = [Alias, getattr(typing, "TypeAliasType", Alias)]


def of(maker: Callable[..., TypeForm], value: TypeForm, *parameters: object) -> TypeForm:
    return maker("Named", value, type_params=parameters)


Items = of(Alias, list[Item])
Deep = of(Alias, Annotated[Items, "doc"])


def local() -> type:
    class Outer:
        class Inner: ...

    return Outer


@pytest.mark.parametrize(
    ("form", "key"),
    [
        (Item, "Item"),
        (Item.Part, "Item.Part"),
        (local(), "Outer"),
        (local().Inner, "Outer.Inner"),  # type: ignore[attr-defined]
        (list[local()], "list[Outer]"),  # type: ignore[misc]
        (str, "str"),
        (UserId, "UserId"),
        (Email, "Email"),
        (list[Item], "list[Item]"),
        (typing.List[Item], "list[Item]"),  # noqa: UP006
        (Page[UserId], "Page[UserId]"),
        (tuple[Item, ...], "tuple[Item, ...]"),
        (dict[str, list[UserId]], "dict[str, list[UserId]]"),
        (list[None], "list[None]"),
        (None, "None"),
        (NoneType, "None"),
        (Literal["a", 1], "Literal['a', 1]"),
        (Callable[[Item], None], "Callable[[Item], None]"),
        (Callable[..., Item], "Callable[..., Item]"),
        (Call[[Item, str]], "Call[[Item, str]]"),
        (Any, "Any"),
    ],
    ids=str,
)
def test_a_key_is_the_name_of_a_type_without_its_module(form: TypeForm, key: str) -> None:
    assert key_of(form) == key


@pytest.mark.parametrize(
    ("form", "key"),
    [
        (Items, "list[Item]"),
        (Deep, "list[Item]"),
        (Annotated[Item, "doc"], "Item"),
        (list[Items], "list[list[Item]]"),
        (list[Annotated[Item, "doc"]], "list[Item]"),
        (Item | Items, "Item | list[Item]"),
        (of(Alias, None), "None"),
        (Annotated[of(Alias, Annotated[Item, "inner"]), "outer"], "Item"),
    ],
    ids=str,
)
def test_aliases_and_annotations_are_transparent_as_for_a_type_checker(form: TypeForm, key: str) -> None:
    assert key_of(form) == key


@pytest.mark.parametrize("maker", MAKERS, ids=["typing_extensions", "typing"])
def test_a_generic_alias_stands_for_what_it_is_applied_to(maker: Callable[..., TypeForm]) -> None:
    swapped = of(maker, dict[K, list[T]], T, K)
    assert key_of(swapped[Item, str]) == "dict[str, list[Item]]"
    assert key_of(of(maker, Optional[T], T)[Item]) == "Item | None"  # noqa: UP045
    assert key_of(of(maker, list[str], T)[Item]) == "list[str]"
    assert key_of(of(maker, dict[K, T], T)[Item]) == "dict[K, Item]"
    assert opened(of(maker, of(maker, list[T], T)[K], K)[Item]) == list[Item]


def test_an_alias_is_opened_down_to_what_is_annotated() -> None:
    assert opened(Deep) == Annotated[Items, "doc"]
    assert bare(Deep) == list[Item]
    assert opened(Item) is Item


def test_a_newtype_is_a_name_of_its_own_and_not_an_alias() -> None:
    assert opened(UserId) is UserId
    assert not same_type(UserId, str)


@pytest.mark.parametrize(
    ("form", "found"),
    [
        (Item | None, (Item, NoneType)),
        (Optional[Item], (Item, NoneType)),  # noqa: UP045
        (Union[Other, Item], (Other, Item)),  # noqa: UP007
        (Other | Items | None, (Other, list[Item], NoneType)),
        (Union[Other, of(Alias, Item | None)], (Other, Item, NoneType)),  # noqa: UP007
        (Union[Item, Annotated[Other | Item, "doc"]], (Item, Other)),  # noqa: UP007
        (Item, (Item,)),
        (Items, (list[Item],)),
        (None, (NoneType,)),
    ],
    ids=str,
)
def test_the_members_of_a_union_come_flat_once_and_as_they_are_written(
    form: TypeForm, found: tuple[TypeForm, ...]
) -> None:
    assert members(form) == found


def test_parts_of_a_type_are_told_apart() -> None:
    assert (is_union(Item | None), is_union(Optional[Item]), is_union(Item)) == (True, True, False)  # noqa: UP045
    assert (is_list([Item]), is_list((Item,)), is_list(list[Item])) == (True, True, False)
    assert (origin_of(Page[Item]), origin_of(Item)) == (Page, None)


@pytest.mark.parametrize(
    ("form", "parts"),
    [
        (Item, [Item]),
        (Items, [list, Item]),
        (dict[UserId, Page[Item]], [dict, UserId, Page, Item]),
        (Other | Item, [Item, Other]),
        (Callable[[Item], Other], [Callable, Item, Other]),
        (Literal[1], [Literal[1]]),
    ],
    ids=str,
)
def test_the_leaves_of_a_type_are_what_it_is_made_of(form: TypeForm, parts: list[TypeForm]) -> None:
    assert leaves(form) == parts


def test_two_classes_of_one_name_are_not_one_type() -> None:
    one, other = local(), local()
    assert key_of(list[one]) == key_of(list[other])  # type: ignore[valid-type]
    assert not same_type(list[one], list[other])  # type: ignore[valid-type]
    assert same_type(list[one], list[one])  # type: ignore[valid-type]


@pytest.mark.parametrize(
    ("form", "cls"),
    [
        (Item, Item),
        (UserId, str),
        (Email, str),
        (Cart, list),
        (NewType("Basket", Items), list),
        (Items, list),
        (Page[Item], Page),
        (tuple[Item, ...], tuple),
        (Pair, Pair),
        (Address, dict),
        (OlderAddress, dict),
        (Rows[Item], dict),
        (NewType("Home", Address), dict),
        (Callable[[Item], None], Callable),
        (Annotated[Item, "doc"], Item),
    ],
    ids=str,
)
def test_values_of_a_type_have_one_class_when_the_program_runs(form: TypeForm, cls: type) -> None:
    assert runtime_class(form) is cls


@pytest.mark.parametrize("form", [Literal["a"], Union[Item, Other], "Item", T, None, Ellipsis], ids=str)  # noqa: UP007
def test_what_is_no_type_of_values_is_refused(form: TypeForm) -> None:
    with pytest.raises(TypeError, match="is not a type of values"):
        runtime_class(form)


def test_what_has_no_name_is_named_as_it_shows_itself() -> None:
    assert local_name(3) == "3"
    assert local_name(UserId) == "UserId"
    assert local_name(local()) == "Outer"


LEAVES: list[TypeForm] = [Item, Item.Part, Other, UserId, str, NoneType]


def disguised(form: TypeForm) -> st.SearchStrategy[tuple[TypeForm, TypeForm]]:
    """Give a type with the same type written otherwise."""
    return st.sampled_from([form, of(Alias, form), Annotated[form, "doc"], of(Alias, Annotated[form, 1])]).map(
        lambda other: (form, other)
    )


def union(forms: Iterable[TypeForm]) -> TypeForm:
    return Union[tuple(forms)]  # noqa: UP007 - made at run time


def larger(inner: st.SearchStrategy[tuple[TypeForm, TypeForm]]) -> st.SearchStrategy[tuple[TypeForm, TypeForm]]:
    many = st.lists(inner, min_size=2, max_size=4, unique_by=lambda pair: key_of(pair[0]))
    return st.one_of(
        inner.map(lambda pair: (list[pair[0]], list[pair[1]])),  # type: ignore[name-defined]
        inner.map(lambda pair: (tuple[pair[0], ...], tuple[pair[1], ...])),  # type: ignore[name-defined]
        inner.map(lambda pair: (Callable[[pair[0]], str], Callable[[pair[1]], str])),
        many.map(lambda pairs: (union(one for one, _ in pairs), union(two for _, two in reversed(pairs)))),
    ).flatmap(lambda pair: disguised(pair[1]).map(lambda found: (pair[0], found[1])))


FORMS = st.recursive(st.sampled_from(LEAVES).flatmap(disguised), larger, max_leaves=6)


@given(FORMS)
def test_a_type_written_otherwise_is_the_same_type_of_the_same_key(pair: tuple[TypeForm, TypeForm]) -> None:
    one, other = pair
    assert key_of(one) == key_of(other)
    assert same_type(one, other)


@given(FORMS, FORMS)
def test_types_of_different_keys_are_different_types(
    one: tuple[TypeForm, TypeForm], other: tuple[TypeForm, TypeForm]
) -> None:
    assert same_type(one[0], other[1]) == (key_of(one[0]) == key_of(other[1]))
