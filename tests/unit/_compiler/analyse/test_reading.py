"""What a type means as a parameter and as a return type."""

from types import NoneType
from typing import Annotated, Any, Never, NoReturn, Optional, Protocol, Union

import pytest
from typing_extensions import TypeAliasType

from polaris import Access, Context, Feedback, Resource, Take
from polaris._compiler.analyse.reading import (
    ParameterHint,
    ReturnHint,
    WrongFormError,
    read_parameter,
    read_return,
)
from polaris._model.keys import TypeForm
from polaris._model.markers import Mode


class A: ...


class B: ...


class C: ...


class Port(Protocol): ...


Either = TypeAliasType("Either", A | B)
Maybe = TypeAliasType("Maybe", A | None)  # type: ignore[misc] # pyright: ignore[reportUnknownVariableType]
Nested = TypeAliasType("Nested", Either | C)  # type: ignore[misc]


def hint(mode: Mode | None, *forms: TypeForm, none: bool = False) -> ParameterHint:
    return ParameterHint(mode, forms, allows_none=none)


@pytest.mark.parametrize(
    ("form", "meaning"),
    [
        (A, hint(Mode.CONSUMES, A)),
        (list[A], hint(Mode.CONSUMES, list[A])),
        (A | None, hint(Mode.CONSUMES, A, none=True)),
        (Optional[A], hint(Mode.CONSUMES, A, none=True)),  # noqa: UP045 - the old form
        (A | B, hint(Mode.CONSUMES, A, B)),
        (Union[B, A, None], hint(Mode.CONSUMES, B, A, none=True)),  # noqa: UP007 - the old form
        (Either, hint(Mode.CONSUMES, A, B)),
        (Nested, hint(Mode.CONSUMES, A, B, C)),
        (Maybe, hint(Mode.CONSUMES, A, none=True)),
        (Annotated[A, "unit: m"], hint(Mode.CONSUMES, A)),
        (Access[A], hint(Mode.ACCESS, A, none=True)),
        (Access[A] | None, hint(Mode.ACCESS, A, none=True)),
        (Take[A], hint(Mode.TAKE, A)),
        (Take[A] | None, hint(Mode.TAKE, A, none=True)),
        (Feedback[A], hint(Mode.FEEDBACK, A)),
        (Feedback[A] | None, hint(Mode.FEEDBACK, A, none=True)),
        (Feedback[A | None], hint(Mode.FEEDBACK, A, none=True)),
        (Resource[A], hint(Mode.RESOURCE, A)),
        (Resource[Port], hint(Mode.RESOURCE, Port)),
        (Resource[str], hint(Mode.RESOURCE, str)),
        (Resource[A] | None, hint(Mode.RESOURCE, A, none=True)),
        (Context, hint(None, Context)),
        (Context | None, hint(None, Context, none=True)),
    ],
    ids=str,
)
def test_a_parameter(form: TypeForm, meaning: ParameterHint) -> None:
    assert read_parameter(form) == meaning


@pytest.mark.parametrize(
    ("form", "about", "what"),
    [
        (Take[Feedback[A]], Take[Feedback[A]], "has several markers"),
        (Take[A] | Feedback[B], Take[A] | Feedback[B], "has several markers"),
        (Take[Access[A]], Take[Access[A]], "has several markers"),
        (Take[Take[A]], Take[Take[A]], "has several markers"),
        (Take[A | B], Take[A | B], "joins a marker and a union of types"),
        (Access[A | B], Access[A | B], "joins a marker and a union of types"),
        (Take[A] | B, Take[A] | B, "joins a marker and a union of types"),
        (Resource[A | B], Resource[A | B], "joins a marker and a union of types"),
        (Access[str], str, ""),
        (str | None, str, ""),
        (A | str, str, ""),
        (None, NoneType, ""),
        (NoneType, NoneType, ""),
        (Resource[None], NoneType, ""),
        (Any, Any, ""),
        (Port, Port, "is a protocol, which no value has as its class"),
        (tuple[A, B], tuple[A, B], "is a tuple of fixed length, which means several data"),
        (Take[Context], Context, "stands for no datum"),
        (Context | A, Context, "stands for no datum"),
        (list[Take[A]], list[Take[A]], "has a marker inside another type"),
    ],
    ids=str,
)
def test_a_parameter_that_means_nothing(form: TypeForm, about: TypeForm, what: str) -> None:
    with pytest.raises(WrongFormError) as caught:
        read_parameter(form)
    assert caught.value.form == about
    assert caught.value.wrong.what == what
    assert str(caught.value) == what


def made(*slots: tuple[TypeForm, ...], several: bool = False, declines: bool = False) -> ReturnHint:
    return ReturnHint(slots, several=several, may_decline=declines)


@pytest.mark.parametrize(
    ("form", "meaning"),
    [
        (A, made((A,))),
        (A | None, made((A,), declines=True)),
        (A | B, made((A, B))),
        (Either, made((A, B))),
        (Maybe, made((A,), declines=True)),
        (A | B | None, made((A, B), declines=True)),
        (tuple[A, B], made((A,), (B,), several=True)),
        (tuple[A], made((A,), several=True)),
        (tuple[A, B] | None, made((A,), (B,), several=True, declines=True)),
        (tuple[Annotated[A, "unit: m"], B], made((A,), (B,), several=True)),
        (tuple[A, ...], made((tuple[A, ...],))),
        (None, made(declines=True)),
        (NoneType, made(declines=True)),
        (Never, made()),
        (NoReturn, made()),
    ],
    ids=str,
)
def test_a_return_type(form: TypeForm, meaning: ReturnHint) -> None:
    assert read_return(form) == meaning


@pytest.mark.parametrize(
    ("form", "about", "what"),
    [
        (tuple[A, B] | C, tuple[A, B] | C, "joins a tuple of several data and another type"),
        (tuple[A, B] | tuple[A, C], tuple[A, B] | tuple[A, C], "joins a tuple of several data and another type"),
        (Take[A], Take[A], "is returned with a marker"),
        (Access[A], Access[A], "is returned with a marker"),
        (tuple[Take[A], B], tuple[Take[A], B], "is returned with a marker"),
        (tuple[A | B, C], A | B, "has a union where one type must stand"),
        (tuple[A, None], None, ""),
        (str, str, ""),
        (dict, dict, ""),
        (Context, Context, "stands for no datum"),
        (tuple[A, tuple[B, C]], tuple[B, C], "is a tuple of fixed length, which means several data"),
    ],
    ids=str,
)
def test_a_return_type_that_means_nothing(form: TypeForm, about: TypeForm, what: str) -> None:
    with pytest.raises(WrongFormError) as caught:
        read_return(form)
    assert caught.value.form == about
    assert caught.value.wrong.what == what
