"""First stage: which functions a workflow means."""

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from polaris import Workflow, builder
from polaris._compiler.collect import collect
from polaris._model.declaration import MARK, PLAIN, Declaration
from polaris.errors import DeclarationError
from tests.unit._compiler.modules import HEADER, Write, workflow_of


class A: ...


@builder
def first() -> A: ...  # type: ignore[empty-body]


@builder(once=True)
def second() -> A: ...  # type: ignore[empty-body]


def unmarked() -> A: ...  # type: ignore[empty-body]


def noisy(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def call(*args: Any, **named: Any) -> Any:  # noqa: ANN401
        return function(*args, **named)

    return call


def names(*builders: Any) -> set[str]:  # noqa: ANN401 - also what cannot be one
    workflow: Workflow[A] = Workflow("flow", target=A, builders=builders)
    return {marked.function.__name__ for marked in collect(workflow)}


def test_without_a_list_it_is_every_marked_function_of_the_module(write: Write) -> None:
    write(HEADER + "@builder\ndef imported(a: A) -> B: ...\n", "other")
    text = "from other import imported\nflow = Workflow('flow', target=B)\n@builder\ndef own(a: A) -> C: ...\n"
    text += "def helper(): ...\n"
    found = collect(workflow_of(write(HEADER + text)))
    assert {marked.function.__name__ for marked in found} == {"imported", "own"}


def test_a_name_more_does_not_make_a_builder_more(write: Write) -> None:
    text = "@builder\ndef own(a: A) -> B: ...\nagain = own\nflow = Workflow('flow', target=B)\n"
    assert len(collect(workflow_of(write(HEADER + text)))) == 1


def test_functions_that_are_listed_need_no_mark() -> None:
    found = collect(Workflow("flow", target=A, builders=[unmarked, second, unmarked]))
    assert {marked.function: marked.declaration for marked in found} == {
        unmarked: PLAIN,
        second: Declaration(once=True),
    }


def test_a_module_that_is_listed_gives_its_marked_functions() -> None:
    module = ModuleType("some")
    vars(module).update(first=first, second=second, unmarked=unmarked)
    assert names(module) == {"first", "second"}


def test_of_wrapped_functions_the_outermost_is_meant() -> None:
    module = ModuleType("some")
    outer = noisy(noisy(first))
    vars(module).update(first=first, outer=outer)
    (marked,) = collect(Workflow("flow", target=A, builders=[module, first]))
    assert marked.function is outer
    assert marked.plain() is first


@pytest.mark.parametrize(
    ("thing", "kind"),
    [
        (A, "type"),
        (A().__eq__, "method-wrapper"),
        (ModuleType.__repr__, "wrapper_descriptor"),
        (functools.partial(first), "partial"),
        (functools.wraps(first)(functools.partial(first)), "partial"),
        (print, "builtin_function_or_method"),
        ("first", "str"),
        (None, "NoneType"),
    ],
)
def test_what_is_no_plain_function_cannot_be_listed(thing: object, kind: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        names(thing)
    assert caught.value.what == f"Workflow 'flow' lists {thing!r}, which is a {kind} and not a plain function."
    assert caught.value.do == "Write a function that does it, and name that."


def test_a_bound_method_cannot_be_listed() -> None:
    class Shop:
        def make(self) -> A: ...  # type: ignore[empty-body]

    with pytest.raises(DeclarationError, match="which is a method and not a plain function"):
        names(Shop().make)


def test_a_mark_on_what_is_no_function_is_told() -> None:
    module = ModuleType("some")
    vars(module)["strange"] = functools.wraps(first)(functools.partial(first))
    with pytest.raises(DeclarationError, match="The mark of @builder is on functools.partial"):
        names(module)


def test_a_proxy_among_the_globals_is_not_woken() -> None:
    class Proxy:
        def __getattribute__(self, name: str) -> object:
            raise AssertionError(name)

    module = ModuleType("some")
    vars(module).update(first=first, proxy=Proxy())
    assert names(module) == {"first"}


def test_something_else_under_the_name_of_the_mark_is_no_mark() -> None:
    def strange() -> A: ...  # type: ignore[empty-body]

    setattr(strange, MARK, "yes")
    module = ModuleType("some")
    vars(module).update(strange=strange)
    assert names(module) == set()
