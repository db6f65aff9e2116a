"""The user's source as syntax: read when a fault must be shown, or a plan is kept. What cannot be read is not there."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Syntax:
    """What a compiler wants to find in one file.

    Attributes:
        functions: by name and first line, decorators included, as code objects count.
        fields: annotations in the bodies of classes, by the names of the class and of the field.
        calls: calls that begin with a text, by that text: ``Workflow("name", ...)``.
        typing_only: names that are bound under ``if TYPE_CHECKING:``.
        local: names that are bound in functions only, and in which.
        imports: all import statements.
        body: the statements at the top level.
        rebound: names of the module that functions bind.
    """

    functions: Mapping[tuple[str, int], FunctionNode]
    fields: Mapping[tuple[str, str], ast.AnnAssign]
    calls: Mapping[str, ast.Call]
    typing_only: frozenset[str]
    local: Mapping[str, str]
    imports: tuple[ast.Import | ast.ImportFrom, ...]
    body: tuple[ast.stmt, ...]
    rebound: frozenset[str]


def lines_of(file: str, names: Mapping[str, object] | None = None) -> list[str]:
    """Give the lines of a file, also those of notebook cells and zip archives; none if it is not there."""
    return linecache.getlines(file, dict(names) if names else None)


def syntax_of(lines: list[str]) -> Syntax:
    """Give what can be found in a file; nothing if it is not Python any more."""
    return _parsed("".join(lines))


@lru_cache(maxsize=16)
def _parsed(text: str) -> Syntax:
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError):
        tree = ast.Module([], [])
    nodes = list(ast.walk(tree))
    functions = [node for node in nodes if isinstance(node, FunctionNode)]
    typing = (
        statement for node in nodes if isinstance(node, ast.If) and is_for_typing(node) for statement in node.body
    )
    return Syntax(
        functions={(node.name, _first_line(node)): node for node in functions},
        fields=dict(pair for node in nodes if isinstance(node, ast.ClassDef) for pair in _fields(node)),
        calls={text: node for node in nodes if isinstance(node, ast.Call) for text in _first_text(node)},
        typing_only=frozenset(name for statement in typing for name in _bound(statement)),
        local={name: function.name for function in functions for node in function.body for name in _bound(node)},
        imports=tuple(node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)),
        body=tuple(tree.body),
        rebound=frozenset(name for node in nodes if isinstance(node, ast.Global) for name in node.names),
    )


def _first_line(node: FunctionNode) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _fields(node: ast.ClassDef) -> Iterator[tuple[tuple[str, str], ast.AnnAssign]]:
    for statement in node.body:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            yield (node.name, statement.target.id), statement


def _first_text(node: ast.Call) -> Iterator[str]:
    first = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "name")]
    if any(keyword.arg == "target" for keyword in node.keywords):
        yield from (value.value for value in first if isinstance(value, ast.Constant) and isinstance(value.value, str))


def is_for_typing(node: ast.If) -> bool:
    """Say whether what stands under a condition is for type checkers only."""
    return ast.unparse(node.test).rpartition(".")[2] == "TYPE_CHECKING"


def _bound(node: ast.stmt) -> Iterator[str]:
    """Give the names that a statement binds."""
    match node:
        case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
            yield from ((alias.asname or alias.name).partition(".")[0] for alias in aliases)
        case ast.ClassDef(name=name):
            yield name
        case ast.Assign(targets=targets):
            yield from (target.id for target in targets if isinstance(target, ast.Name))
        case ast.AnnAssign(target=ast.Name(id=name)):
            yield name
        case _:
            pass
