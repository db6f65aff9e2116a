"""Parameters as a code object has them; `inspect.signature` is the judge."""

import inspect
from types import FunctionType

import pytest

from polaris._compiler.analyse.parameters import Parameter, parameters_of, variadics_of


def nothing() -> None: ...


def several(a, /, b, c=1, *, d, e=2):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    local = a
    return local


def only_positional(a, b=1, /):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    ...


def only_keywords(*, a, b=1):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN201
    ...


def everything(a, *rest, b, **more):  # type: ignore[no-untyped-def] # noqa: ANN001, ANN002, ANN003, ANN201
    ...


def stars(*rest):  # type: ignore[no-untyped-def] # noqa: ANN002, ANN201
    ...


def two_stars(**more):  # type: ignore[no-untyped-def] # noqa: ANN003, ANN201
    ...


FUNCTIONS = (nothing, several, only_positional, only_keywords, everything, stars, two_stars)
VARIADIC = {inspect.Parameter.VAR_POSITIONAL: "*", inspect.Parameter.VAR_KEYWORD: "**"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_parameters_are_those_that_inspect_finds(function: FunctionType) -> None:
    judge = inspect.signature(function).parameters.values()
    assert list(parameters_of(function)) == [
        Parameter(each.name, each.default is not each.empty, positional=each.kind is each.POSITIONAL_ONLY)
        for each in judge
        if each.kind not in VARIADIC
    ]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_variadics_are_those_that_inspect_finds(function: FunctionType) -> None:
    judge = inspect.signature(function).parameters.values()
    found = [(VARIADIC[each.kind], each.name) for each in judge if each.kind in VARIADIC]
    assert list(variadics_of(function)) == found
