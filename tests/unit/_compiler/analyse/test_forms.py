"""Which types are data, and what is said about the others."""

from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from enum import Enum
from typing import (
    Annotated,
    Any,
    Generic,
    Literal,
    NamedTuple,
    NewType,
    ParamSpec,
    Protocol,
    TypedDict,
    TypeVar,
    Union,
)

import pytest
from typing_extensions import TypeAliasType

from polaris import Access, Context, Feedback, Resource, Take
from polaris._compiler.analyse.forms import fixed_tuple, marked, name_for, shown, wrong_with
from polaris._compiler.codes import BAD_FORM, BUILTIN
from polaris._model.keys import TypeForm
from polaris._model.markers import Mode

T = TypeVar("T")
P = ParamSpec("P")


class Item: ...


class Other: ...


class Page(Generic[T]): ...


class Call(Generic[P]): ...


class Color(Enum):
    RED = 1


class Pair(NamedTuple):
    one: int


class Movie(TypedDict):
    name: str


class Port(Protocol): ...


class GenericPort(Protocol[T]): ...


@dataclass
class Row:
    number: int


UserId = NewType("UserId", str)
Cart = TypeAliasType("Cart", list[Item])


@pytest.mark.parametrize(
    "form",
    [
        Item,
        Row,
        Color,
        Pair,
        Movie,
        UserId,
        list[Item],
        Page[Item],
        dict[str, int],
        tuple[Item, ...],
        list[Item | None],
        list[Literal["a"]],
        Call[[Item, Other]],
    ],
    ids=str,
)
def test_classes_newtypes_and_generics_are_data(form: TypeForm) -> None:
    assert wrong_with(form) is None


@pytest.mark.parametrize(
    "form", [str, int, bytes, dict, list, tuple, frozenset, object, Any, None, type(None)], ids=str
)
def test_a_bare_builtin_does_not_say_which_datum_it_is(form: TypeForm) -> None:
    wrong = wrong_with(form)
    assert wrong is not None
    assert wrong.rule is BUILTIN


def test_a_bare_typing_list_counts_as_the_builtin_it_is() -> None:
    from typing import List  # noqa: UP035 - it is about the old form

    wrong = wrong_with(List)  # noqa: UP006
    assert wrong is not None
    assert wrong.rule is BUILTIN


@pytest.mark.parametrize(
    ("form", "what"),
    [
        (Annotated[Item, []], "holds an annotation that cannot be hashed"),
        (Context, "stands for no datum"),
        (Item | Other, "has a union where one type must stand"),
        (tuple[Item, Other], "is a tuple of fixed length, which means several data"),
        (Literal["a"], "names values and not a type"),
        (T, "is a type variable, which no value has as its type"),
        (P, "is a type variable, which no value has as its type"),
        (list[T], "holds a type variable"),
        (dict[str, list[T]], "holds a type variable"),
        (list[Take[Item]], "has a marker inside another type"),
        (Call[[Take[Item]]], "has a marker inside another type"),
        (Awaitable[Item], "is not the datum but a promise of it"),
        (Coroutine[Any, Any, Item], "is not the datum but a promise of it"),
        (Callable[[Item], Other], "is not a type of data"),
        (type[Item], "is not a type of data"),
        (Port, "is a protocol, which no value has as its class"),
        (GenericPort[Item], "is a protocol, which no value has as its class"),
        ("Item", "is not a type of data"),
        (42, "is not a type of data"),
    ],
    ids=str,
)
def test_other_forms_are_refused_with_a_reason(form: TypeForm, what: str) -> None:
    wrong = wrong_with(form)
    assert wrong is not None
    assert (wrong.rule, wrong.what) == (BAD_FORM, what)
    assert wrong.do.endswith((".", "`"))


@pytest.mark.parametrize(
    ("form", "plain", "modes"),
    [
        (Item, Item, ()),
        (Take[Item], Item, (Mode.TAKE,)),
        (Access[Item], Union[Item, None], (Mode.ACCESS,)),  # noqa: UP007 - compared with what a marker makes
        (Annotated[Item, "text"], Item, ()),
        (Annotated[Feedback[Item], "text"], Item, (Mode.FEEDBACK,)),
        (Resource[Take[Item]], Item, (Mode.TAKE, Mode.RESOURCE)),
        (Cart, list[Item], ()),
        (Take[Cart], list[Item], (Mode.TAKE,)),
        (TypeAliasType("Taken", Take[Cart]), list[Item], (Mode.TAKE,)),
    ],
    ids=str,
)
def test_markers_and_aliases_are_taken_off_the_outside(
    form: TypeForm, plain: TypeForm, modes: tuple[Mode, ...]
) -> None:
    found, there = marked(form)
    assert found == plain
    assert sorted(there) == sorted(modes)


@pytest.mark.parametrize(
    ("form", "text"),
    [(None, "None"), ("Item", "'Item'"), (b"x", "b'x'"), (Item, "Item"), (list[Item], "list[Item]"), (42, "42")],
)
def test_a_type_is_shown_as_its_author_would_write_it(form: TypeForm, text: str) -> None:
    assert shown(form) == text


@pytest.mark.parametrize(
    ("word", "name"), [("user_id", "UserId"), ("a", "A"), ("_x", "X"), ("matchCabbie", "MatchCabbie")]
)
def test_a_name_is_suggested(word: str, name: str) -> None:
    assert name_for(word) == name


def test_only_a_tuple_of_fixed_length_has_parts() -> None:
    assert fixed_tuple(tuple[Item, Other]) == (Item, Other)
    assert fixed_tuple(tuple[Item]) == (Item,)
    assert fixed_tuple(tuple[Item, ...]) is None
    assert fixed_tuple(list[Item]) is None
    assert fixed_tuple(tuple) is None
    assert fixed_tuple(tuple[()]) == ()
