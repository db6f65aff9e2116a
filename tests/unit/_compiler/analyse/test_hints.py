"""From what stands in a signature to a live type, one hint at a time."""

import sys
from collections.abc import Callable
from typing import Annotated, Any, ForwardRef, List, Literal, Optional, Union  # noqa: UP035 - hints of every age

import pytest
import typing_extensions
from typing_extensions import Format, TypeAliasType

from polaris import Access, Take
from polaris._compiler.analyse.hints import (
    HintError,
    Scope,
    hints_of,
    read_hint,
    resolved,
    scope_of_class,
    scope_of_function,
)
from polaris._compiler.codes import BROKEN_HINT
from polaris._compiler.compile import compile_workflow
from polaris._model.keys import TypeForm
from tests.unit._compiler.modules import FUTURE, HEADER, Write, faults_of, read, spot_of, workflow_of


class A: ...


class B: ...


class date: ...  # noqa: N801 - a type with the name of a field


class Dated:
    date: "date | None" = None


def plain() -> None: ...


SCOPE = Scope({}, globals())
Late = TypeAliasType("Late", "A | None")  # type: ignore[misc]
LateList = TypeAliasType("LateList", List["A"])  # noqa: UP006
Early = TypeAliasType("Early", list[A])
Told = "A"
Itself = "Itself"
Chicken = "Egg"
Egg = "Chicken"
Endless = TypeAliasType("Endless", "list[Endless]")  # type: ignore[misc]


@pytest.mark.parametrize(
    ("hint", "form"),
    [
        (A, A),
        ("A", A),
        ("'A'", A),
        ("Told", A),
        ("str", str),
        (ForwardRef("A"), A),
        ("A | None", A | None),
        ("A | B", A | B),
        (Optional["A"], Optional[A]),  # noqa: UP045
        (Union["A", B], Union[A, B]),  # noqa: UP007
        ("list[A]", list[A]),
        (List["A"], list[A]),  # noqa: UP006
        (dict[str, List["A"]], dict[str, list[A]]),  # noqa: UP006
        (list["A"], list[A]),
        (tuple["A", ...], tuple[A, ...]),
        (Take["A"], Take[A]),
        (Access["A"], Access[A]),
        ("Take[A]", Take[A]),
        ("Take['A']", Take[A]),
        (Annotated["A", "unit"], Annotated[A, "unit"]),
        (Literal["A"], Literal["A"]),
        ("Literal['A']", Literal["A"]),
        (list[Literal["A"]], list[Literal["A"]]),
        (Callable[["A"], "B"], Callable[["A"], B]),
        (LateList, list[A]),
        (None, None),
        (Any, Any),
        (..., ...),
    ],
    ids=str,
)
def test_a_hint_becomes_a_live_type_whatever_is_text_in_it(hint: object, form: TypeForm) -> None:
    assert read_hint(hint, SCOPE, plain) == form


@pytest.mark.parametrize("hint", [A, list[A], dict[str, list[A]], Take[A], A | None, Early, Annotated[A, 1]], ids=str)
def test_a_live_type_is_given_as_it_is(hint: object) -> None:
    assert read_hint(hint, SCOPE, plain) is hint


@pytest.mark.parametrize("hint", ["Itself", "Chicken", "list[Egg]", Endless], ids=str)
def test_a_hint_that_stands_for_itself_cannot_be_read(hint: object) -> None:
    with pytest.raises(HintError) as caught:
        read_hint(hint, SCOPE, plain)
    assert caught.value.rule is BROKEN_HINT
    assert caught.value.words["why"] == "RecursionError: it stands for itself, or is nested too deep"


def test_text_in_an_alias_is_read_in_the_module_of_the_alias() -> None:
    assert resolved(Late, Scope({}, {})) == A | None


def test_text_in_an_alias_of_no_module_can_name_builtins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, __name__)
    assert resolved(TypeAliasType("Numbers", "list[int]"), Scope({}, {})) == list[int]  # type: ignore[misc]


def test_hints_are_those_of_a_function_or_of_a_class_without_its_bases() -> None:
    class Later(Dated):
        day: "A"

    def takes(day: "A") -> B: ...

    assert hints_of(takes) == {"day": "A", "return": B}
    assert hints_of(Later) == {"day": "A"}
    assert hints_of(object) == {}


def test_hints_that_are_evaluated_when_asked_for_are_asked_for_as_forward_references(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def lazy(day: A) -> B: ...

    def asked(thing: object, *, format: Format) -> dict[str, object]:  # noqa: A002 - as it is called there
        assert thing is lazy
        assert format is Format.FORWARDREF
        return {"day": ForwardRef("Gone"), "return": list[ForwardRef("B")]}  # type: ignore[misc]

    monkeypatch.setattr(lazy, "__annotate__", plain, raising=False)
    assert hints_of(lazy) == {"day": A, "return": B}
    monkeypatch.setattr(typing_extensions, "get_annotations", asked)
    found = hints_of(lazy)
    assert read_hint(found["return"], SCOPE, lazy) == list[B]
    with pytest.raises(HintError) as caught:
        read_hint(found["day"], SCOPE, lazy)
    assert caught.value.rule.code == "POL104"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type aliases came with Python 3.12")
def test_an_alias_statement_is_what_it_stands_for(write: Write) -> None:
    text = """
type Either = A | B
type Late = "list[Item]"
type Pair[T] = dict[str, T]
class Item: ...
@builder
def make(either: Either, late: Late, pair: Pair[A]) -> C: ...
flow = Workflow("flow", target=C)
"""
    (step,) = compile_workflow(workflow_of(write(HEADER + text))).plan.steps
    assert [given.keys for given in step.inputs] == [("A", "B"), ("list[Item]",), ("dict[str, A]",)]


def test_a_function_can_name_its_globals() -> None:
    assert resolved("A", scope_of_function(plain)) is A


def test_a_class_names_the_type_and_not_its_field_of_that_name() -> None:
    assert resolved("date | None", scope_of_class(Dated)) == date | None


def test_a_class_of_no_module_can_name_what_is_in_its_body(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, __name__)
    assert resolved("date", scope_of_class(Dated)) is None
    assert resolved("int", scope_of_class(Dated)) is int


@pytest.mark.skipif(sys.version_info < (3, 12), reason="type parameters came with Python 3.12")
def test_type_parameters_can_be_named(write: Write) -> None:
    module = write("def f[T](x: 'T') -> 'list[T]': ...\n")
    (parameter,) = module.f.__type_params__
    assert resolved("T", scope_of_function(module.f)) is parameter


@pytest.mark.parametrize(
    ("hint", "words"),
    [
        ("1 / 0", {"text": "1 / 0", "why": "ZeroDivisionError: division by zero"}),
        (list["1 / 0"], {"text": "list['1 / 0']", "why": "ZeroDivisionError: division by zero"}),  # noqa: F722
        ("A.gone", {"text": "A.gone", "why": "AttributeError: type object 'A' has no attribute 'gone'"}),
    ],
)
def test_a_hint_that_cannot_be_evaluated_says_why(hint: object, words: dict[str, str]) -> None:
    with pytest.raises(HintError) as caught:
        read_hint(hint, SCOPE, plain)
    assert caught.value.rule.code == "POL107"
    assert caught.value.words == words


def test_a_hint_without_end_is_a_hint_that_cannot_be_evaluated() -> None:
    with pytest.raises(HintError) as caught:
        read_hint("+".join(["A"] * 100_000), SCOPE, plain)
    assert caught.value.rule.code == "POL107"


# --- names that are not there ----------------------------------------------------------------------------------------


def missing(write: Write, text: str) -> tuple[str, str, str]:
    """Compile a module with one fault, and give its code, its message and its hint."""
    source = read(text)
    (found,) = faults_of(workflow_of(write(source.plain)))
    assert spot_of(found) == source.spots[0]
    return found.code, found.message, found.hint


def test_a_name_like_no_other_should_be_imported(write: Write) -> None:
    text = FUTURE + HEADER + "@builder\ndef make(⟦x: Zzzzz⟧) -> B: ...\nflow = Workflow('flow', target=B)\n"
    assert missing(write, text) == (
        "POL104",
        "`Zzzzz` in a hint of `make` cannot be found",
        "Import or define `Zzzzz` at module level.",
    )


def test_a_private_name_is_not_suggested(write: Write) -> None:
    text = (
        FUTURE
        + HEADER
        + "class _Item: ...\n@builder\ndef make(⟦x: Item⟧) -> B: ...\nflow = Workflow('flow', target=B)\n"
    )
    assert missing(write, text)[2] == "Import or define `Item` at module level."


def test_a_name_bound_elsewhere_is_not_called_local(write: Write) -> None:
    text = """
def made():
    @builder
    def make(⟦x: Zzzzz⟧) -> B: ...
    return Workflow("flow", target=B, builders=[make])
flow = made()
"""
    assert missing(write, FUTURE + HEADER + text)[0] == "POL104"


def test_a_name_bound_in_another_function_is_told_with_that_function(write: Write) -> None:
    text = """
def types():
    Local: type = A
    return Local
def made():
    @builder
    def make(⟦x: Local⟧) -> B: ...
    return Workflow("flow", target=B, builders=[make])
flow = made()
"""
    assert missing(write, FUTURE + HEADER + text)[1] == (
        "`Local` in a hint of `make` is local to `types`, where a hint in text form cannot see it"
    )


def test_without_a_source_a_name_in_a_function_is_taken_for_a_local_one() -> None:
    names: dict[str, Any] = {}
    exec(compile(f"{FUTURE}def made():\n def make(x: Local) -> None: ...\n return make\n", "<no file>", "exec"), names)
    with pytest.raises(HintError) as caught:
        read_hint("Local", SCOPE, names["made"]())
    assert caught.value.rule.code == "POL106"
    assert caught.value.words == {"name": "Local", "function": "made"}


def test_the_name_of_a_typing_guard_may_be_written_in_full(write: Write) -> None:
    text = """
import typing
if typing.TYPE_CHECKING:
    import decimal
@builder
def make(⟦x: decimal.Decimal⟧) -> B: ...
flow = Workflow("flow", target=B)
"""
    assert missing(write, FUTURE + HEADER + text)[0] == "POL105"
