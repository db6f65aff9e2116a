"""The user's source as syntax: read when a fault must be shown, or a plan is kept. What cannot be read is not there."""

from __future__ import annotations

import ast
import linecache
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, kw_only=True)  # no slots: what is cached needs a place
class Syntax:
    """What a compiler wants to find in one file; each is looked for when somebody asks.

    Attributes:
        tree: the file.
    """

    tree: ast.Module

    @property
    def body(self) -> Sequence[ast.stmt]:
        """The statements at the top level."""
        return self.tree.body

    @cached_property
    def statements(self) -> Sequence[ast.AST]:
        """All statements, wherever they stand, the outer ones first."""
        nodes: list[ast.AST] = [self.tree]
        for node in nodes:
            for part in _PARTS if hasattr(node, "body") or hasattr(node, "cases") else ():
                nodes.extend(getattr(node, part, ()))
        return nodes

    @cached_property
    def functions(self) -> Mapping[tuple[str, int], FunctionNode]:
        """Functions by name and first line, decorators included, as code objects count."""
        return {(node.name, _first_line(node)): node for node in self.statements if isinstance(node, FunctionNode)}

    @cached_property
    def fields(self) -> Mapping[tuple[str, str], ast.AnnAssign]:
        """Annotations in the bodies of classes, by the names of the class and of the field."""
        return dict(pair for node in self.statements if isinstance(node, ast.ClassDef) for pair in _fields(node))

    @cached_property
    def calls(self) -> Mapping[str, ast.Call]:
        """Calls that begin with a text, by that text: ``Workflow("name", ...)``."""
        calls = (node for node in ast.walk(self.tree) if isinstance(node, ast.Call))
        return {text: node for node in calls for text in _first_text(node)}

    @cached_property
    def typing_only(self) -> frozenset[str]:
        """Names that are bound under ``if TYPE_CHECKING:``."""
        guards = (node for node in self.statements if isinstance(node, ast.If) and is_for_typing(node))
        return frozenset(name for node in guards for statement in node.body for name in _bound(statement))

    @cached_property
    def local(self) -> Mapping[str, str]:
        """Names that are bound in functions only, and in which."""
        functions = self.functions.values()
        return {name: function.name for function in functions for node in function.body for name in _bound(node)}

    @cached_property
    def imports(self) -> Sequence[ast.Import | ast.ImportFrom]:
        """All import statements."""
        return [node for node in self.statements if isinstance(node, ast.Import | ast.ImportFrom)]

    @cached_property
    def rebound(self) -> frozenset[str]:
        """Names of the module that functions bind."""
        return frozenset(name for node in self.statements if isinstance(node, ast.Global) for name in node.names)


_PARTS = ("body", "handlers", "orelse", "finalbody", "cases")
"""Where a statement holds others, in the order in which they stand."""


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
    return Syntax(tree=tree)


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
