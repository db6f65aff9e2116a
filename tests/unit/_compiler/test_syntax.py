"""The user's source as syntax."""

import ast

import pytest

from polaris._compiler.syntax import lines_of, syntax_of

TEXT = """
import typing
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import os.path
    from decimal import Decimal as Price
    class Port: ...
    Alias = int
    Cart: type = list
    for other in (): ...
elif typing.TYPE_CHECKING:
    import json as j

@some
@decorator(
    1
)
def make(): ...

async def later():
    class Local: ...
    x.y = z = 1
    w: int = 1
    x.w: int = 1
    import csv

flow = Workflow("one", target=A)
other = Workflow(name="two", target=B)
third = Workflow(name, target=B)
fourth = Workflow(4, target=B)
fifth = Workflow("five")
"""


def test_functions_are_found_by_name_and_first_line() -> None:
    found = syntax_of(TEXT.splitlines(keepends=True)).functions
    assert {name: node.lineno for (name, _), node in found.items()} == {"make": 19, "later": 21}
    assert ("make", 15) in found


def test_workflows_are_found_by_name() -> None:
    assert set(syntax_of([TEXT]).calls) == {"one", "two"}


def test_names_for_type_checkers_are_known() -> None:
    assert syntax_of([TEXT]).typing_only == {"os", "Price", "Port", "Alias", "Cart", "j"}


def test_names_in_functions_are_known_with_the_function() -> None:
    assert syntax_of([TEXT]).local == dict.fromkeys(["Local", "z", "w", "csv"], "later")


@pytest.mark.parametrize("text", ["def", "x = '\0'", "(" * 10_000 + "1" + ")" * 10_000])
def test_a_text_that_is_not_python_holds_nothing(text: str) -> None:
    found = syntax_of([text])
    assert not found.functions
    assert not found.calls
    assert not found.typing_only
    assert not found.local


def test_a_text_that_is_nested_too_deeply_holds_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_deep(text: str) -> ast.Module:
        raise RecursionError

    monkeypatch.setattr(ast, "parse", too_deep)
    assert not syntax_of(["def never_seen_before(): ..."]).functions


def test_lines_are_those_of_the_file() -> None:
    assert lines_of(__file__)[0] == '"""The user\'s source as syntax."""\n'


def test_a_file_that_is_not_there_has_no_lines() -> None:
    assert lines_of("gone.py", {"__name__": "gone"}) == []


def test_a_loader_can_give_the_lines_of_what_is_in_no_file() -> None:
    class Loader:
        def get_source(self, name: str) -> str:
            return f"# {name}\n"

    assert lines_of("archive.zip/inside.py", {"__name__": "inside", "__loader__": Loader()}) == ["# inside\n"]


def test_fields_are_found_by_their_class() -> None:
    text = "class A:\n    x: int\n    y = 5\n    self.z: int = 5\nclass B(A):\n    x: str\n"
    fields = syntax_of([text]).fields
    assert {names: node.lineno for names, node in fields.items()} == {("A", "x"): 2, ("B", "x"): 6}


def test_statements_are_found_wherever_they_stand() -> None:
    text = """
try:
    import a
except OSError:
    import b
else:
    import c
finally:
    import d
match x:
    case 1:
        import e
while x:
    with y:
        import f
"""
    assert [node.names[0].name for node in syntax_of([text]).imports] == ["a", "c", "d", "b", "e", "f"]
