"""Steadiness: whether source files alone decide what the names in hints stand for.

A plan may only be kept for other processes if they do: an alias that depends on an environment variable is another one
elsewhere, and no file says so. A name is steady if its module binds it at its top level and under no condition, by a
class, an import or a plain alias, and if all names in those are steady too. Whatever else there is works just as well,
but is compiled in each process: names under ``if`` or ``try``, what a call gives, what is made in a function.

What is installed and Python itself are taken to stay as they are. What is done to a module or a class behind its
source is not seen: `setattr` and the like.
"""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from enum import Enum
from importlib.util import resolve_name
from types import FunctionType
from typing import Any, NamedTuple, cast

from polaris._compiler.analyse.hints import hints_of
from polaris._compiler.syntax import FunctionNode, Syntax, is_for_typing, lines_of, syntax_of
from polaris._model.references import LOST, module_of

Binding = str | ast.stmt | None
"""What binds a name: ``module:name`` for an import, a statement, or None if that depends on something."""

Bindings = dict[str, list[Binding]]
Names = frozenset[str]
_NO_NAMES: Names = frozenset()


class UnsteadyError(Exception):
    """Something beside the sources decides what a name stands for."""


class _Module(NamedTuple):
    """A module: what binds its names, and the modules from which it imports all names."""

    names: Bindings
    stars: tuple[str, ...]


class _Scope(NamedTuple):
    """Where a hint stands: its module, the class and the names of that, and names of type parameters."""

    module: str
    cls: str = ""
    own: Names = _NO_NAMES
    parameters: Names = _NO_NAMES


class Trail:
    """Follows the names in hints through the modules of the user, and reads each of those once.

    Args:
        namespace_of: gives the globals of a module by its name; None for one that changes with a version only.

    Attributes:
        modules: the modules that decide what the names stand for, as far as they were followed.
    """

    def __init__(self, namespace_of: Callable[[str], Mapping[str, Any] | None]) -> None:
        self.modules: set[str] = set()
        self._namespace_of = namespace_of
        self._read: dict[str, _Module | None] = {}
        self._parsed: dict[str, Syntax] = {}
        self._texts: dict[str, set[str]] = {}
        self._asked: set[tuple[str, str]] = set()
        self._waiting: list[tuple[str, str]] = []
        self._enums: set[tuple[str, str]] = set()

    def follow(self, functions: Iterable[FunctionType], classes: Iterable[type]) -> None:
        """Follow the hints of functions, the bases and fields of classes, and all that they lead to.

        Raises:
            UnsteadyError: more than sources decides what they stand for.
        """
        for function in functions:
            self._function(function)
        for module, texts in self._texts.items():
            for name in {name for text in texts for name in _names(text)}:
                self._text(name, module)
        for cls in classes:
            place = module_of(cls), cls.__qualname__
            if issubclass(cls, Enum):
                self._enums.add(place)
            self._ask(*place)
        while self._waiting:
            self._settle(*self._waiting.pop())

    # --- names ---------------------------------------------------------------------------------------------------

    def _ask(self, module: str, path: str) -> None:
        if (module, path) not in self._asked:
            self._asked.add((module, path))
            self._waiting.append((module, path))

    def _settle(self, module: str, path: str) -> None:
        """Look at what binds the first name of a path, and at the rest of the path in there."""
        found = self._module(module)
        if found is None:
            return
        name, _, rest = path.partition(".")
        if name in found.names:
            self._bound(found.names[name], _Scope(module, name), rest)
            return
        stars = [star for star in found.stars if hasattr(sys.modules.get(star), name)]
        if len(stars) == 1:
            self._ask(stars[0], path)
        elif f"{module}.{name}" in sys.modules:
            self._ask(f"{module}.{name}", rest)
        elif stars or not hasattr(builtins, name):
            raise UnsteadyError(path)

    def _bound(self, bindings: Iterable[Binding], scope: _Scope, rest: str) -> None:
        for binding in bindings:
            if isinstance(binding, str):
                origin, _, name = binding.partition(":")
                self._ask(origin, ".".join(filter(None, (name, rest))))
            elif isinstance(binding, ast.ClassDef):
                self._class(binding, scope, rest)
            elif isinstance(binding, FunctionNode) and not rest:
                self._decorators(binding, scope)
            elif not rest and isinstance(value := getattr(binding, "value", None), ast.expr):
                self._hint(value, _Scope(scope.module, parameters=_parameters(binding)))
            else:
                raise UnsteadyError(scope.cls)

    def _module(self, name: str) -> _Module | None:
        if name not in self._read:
            self._read[name] = self._opened(name)
        return self._read[name]

    def _opened(self, name: str) -> _Module | None:
        namespace = self._namespace_of(name)
        if namespace is None:
            return None
        self.modules.add(name)
        syntax = self._syntax(str(namespace.get("__file__")), namespace)
        names = _bindings(_in_line(syntax.body), str(namespace.get("__package__") or name.rpartition(".")[0]))
        names.update((name, [None]) for name in syntax.rebound)
        return _Module(names, tuple(bound.removesuffix(":*") for bound in names if bound.endswith(":*")))

    def _syntax(self, file: str, namespace: Mapping[str, Any]) -> Syntax:
        if file not in self._parsed:
            self._parsed[file] = syntax_of(lines_of(file, namespace))
        return self._parsed[file]

    # --- what has hints ------------------------------------------------------------------------------------------

    def _function(self, function: FunctionType) -> None:
        if LOST in function.__qualname__:
            raise UnsteadyError(function.__qualname__)
        found = hints_of(function).values()
        if {*map(type, found)} == _TEXT and not getattr(function, "__type_params__", ()):
            self._texts.setdefault(module_of(function), set()).update(cast("Iterable[str]", found))
        else:
            self._evaluated(function)

    def _evaluated(self, function: FunctionType) -> None:
        """Look at hints that were evaluated when the function was made: only its source tells their names."""
        code = function.__code__
        node = self._syntax(code.co_filename, function.__globals__).functions.get((code.co_name, code.co_firstlineno))
        if node is None:
            raise UnsteadyError(function.__qualname__)
        scope = _Scope(module_of(function), parameters=_parameters(node))
        arguments = node.args
        every = (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
        for hint in (*[argument.annotation for argument in every], node.returns):
            if hint is not None:
                self._hint(hint, scope)

    def _text(self, text: str, module: str) -> None:
        if text.isidentifier():
            self._ask(module, text)
        else:
            self._hint(_parsed(text), _Scope(module))

    def _class(self, node: ast.ClassDef, scope: _Scope, rest: str) -> None:
        """Look at the bases of a class and at what stands in it; then go on with the rest of a path."""
        self._decorators(node, scope)
        body = list(_in_line(node.body))
        module, parameters, inside = scope.module, _parameters(node), _bindings(body, "")
        scope = _Scope(module, scope.cls, parameters=parameters) if parameters else scope
        for part in (*node.bases, *[keyword.value for keyword in node.keywords]):
            self._hint(part, scope)
        if inside:
            scope = _Scope(module, scope.cls, frozenset(inside), parameters)
        for statement in body:
            self._field(statement, scope)
        if rest:
            name, _, rest = rest.partition(".")
            self._bound(inside.get(name, [None]), _Scope(module, f"{scope.cls}.{name}"), rest)

    def _field(self, statement: ast.stmt, scope: _Scope) -> None:
        if isinstance(statement, ast.AnnAssign):
            self._hint(statement.annotation, scope)
        elif isinstance(statement, ast.Assign):
            if (scope.module, scope.cls) in self._enums and not _is_fixed(statement.value, scope.own):
                raise UnsteadyError(scope.cls)
        elif isinstance(statement, ast.ClassDef):
            self._class(statement, _Scope(scope.module, f"{scope.cls}.{statement.name}"), "")
        elif not isinstance(statement, _HARMLESS) and not _is_text(statement):
            raise UnsteadyError(scope.cls)

    def _decorators(self, node: FunctionNode | ast.ClassDef, scope: _Scope) -> None:
        for decorator in node.decorator_list:
            self._ask(scope.module, _dotted(decorator.func if isinstance(decorator, ast.Call) else decorator))

    # --- hints ---------------------------------------------------------------------------------------------------

    def _hint(self, node: ast.expr, scope: _Scope) -> None:
        if isinstance(node, ast.Name):  # most are
            self._name(node.id, scope)
            return
        match node:
            case ast.Attribute():
                self._name(_dotted(node), scope)
            case ast.Constant(value=str(text)):
                self._hint(_parsed(text), scope)
            case ast.Constant():
                pass
            case ast.BinOp(left=left, op=ast.BitOr(), right=right):
                self._hint(left, scope)
                self._hint(right, scope)
            case ast.Subscript(value=value):
                self._hint(value, scope)
                for argument in _arguments(node):
                    self._hint(argument, scope)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self._hint(part, scope)
            case ast.Call(func=maker) if _dotted(maker).rpartition(".")[2] in _MAKERS:
                self._hint(maker, scope)
                for argument in node.args[1:]:
                    self._hint(argument, scope)
            case _:
                raise UnsteadyError(ast.unparse(node))

    def _name(self, path: str, scope: _Scope) -> None:
        if not scope.own and not scope.parameters:
            self._ask(scope.module, path)
            return
        name = path.partition(".")[0]
        if name in scope.own:
            self._ask(scope.module, f"{scope.cls}.{path}")
        if name not in scope.parameters and (name not in scope.own or self._is_bound(scope.module, name)):
            self._ask(scope.module, path)

    def _is_bound(self, module: str, name: str) -> bool:
        found = self._module(module)
        return found is not None and name in found.names


_TEXT = {str}
_MAKERS = {"NewType", "TypeVar", "ParamSpec", "TypeVarTuple", "TypeAliasType"}
_DEFINITIONS = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
_HARMLESS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Pass, ast.Import, ast.ImportFrom)


def _dotted(node: ast.expr) -> str:
    """Write ``A`` and ``a.b.A``; anything else is no name."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    raise UnsteadyError(ast.unparse(node))


def _names(text: str) -> Sequence[str]:
    """Give the names in ``A | None``; anything else as it is."""
    names = text.split(" | ")
    return names if all(map(str.isidentifier, names)) else (text,)


def _parsed(text: str) -> ast.expr:
    try:
        return ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError):
        raise UnsteadyError(text) from None


def _arguments(node: ast.Subscript) -> Sequence[ast.expr]:
    """Give those arguments of a generic that are hints."""
    name = _dotted(node.value).rpartition(".")[2]
    if name == "Literal":
        return ()
    if name == "Annotated" and isinstance(node.slice, ast.Tuple):
        return node.slice.elts[:1]
    return (node.slice,)


def _parameters(node: ast.stmt | None) -> Names:
    found = getattr(node, "type_params", None)
    return frozenset(parameter.name for parameter in found) if found else _NO_NAMES


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _is_fixed(value: ast.expr, members: Names) -> bool:
    """Say whether the value of an enum's member stands there: a number, a text, ``auto()``, other members."""
    if isinstance(value, ast.Call) and not value.args:
        return ast.unparse(value.func).rpartition(".")[2] == "auto"
    names = {node.id for node in ast.walk(value) if isinstance(node, ast.Name)}
    return names <= members and all(isinstance(node, _FIXED) for node in ast.walk(value))


_FIXED = (
    *(ast.Constant, ast.Name, ast.Tuple, ast.UnaryOp, ast.BinOp),
    *(ast.unaryop, ast.operator, ast.expr_context),
)


# --- what binds names ------------------------------------------------------------------------------------------------


def _bindings(body: Iterable[ast.stmt], package: str) -> Bindings:
    """Give what binds each name of a module or a class."""
    found: Bindings = {}
    for statement in body:
        if isinstance(statement, _DEFINITIONS):
            found.setdefault(statement.name, []).append(statement)
            continue
        if isinstance(statement, ast.AnnAssign) and statement.value is None:  # it says something of a name only
            continue
        for name, binding in _binds(statement, package):
            found.setdefault(name, []).append(binding)
    return found


def _in_line(body: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Give the statements that always run: those for type checkers never do."""
    for statement in body:
        if isinstance(statement, ast.If) and is_for_typing(statement):
            yield from _in_line(statement.orelse)
        else:
            yield statement


def _binds(statement: ast.stmt, package: str) -> Iterator[tuple[str, Binding]]:
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            first = alias.name.partition(".")[0]
            yield (alias.asname, f"{alias.name}:") if alias.asname else (first, f"{first}:")
    elif isinstance(statement, ast.ImportFrom):
        origin = origin_of_import(statement, package)
        for alias in statement.names:
            name = f"{origin}:*" if alias.name == "*" else alias.asname or alias.name
            yield name, f"{origin}:{alias.name}" if origin else None
    elif not isinstance(statement, ast.Delete) and getattr(statement, "value", statement) is not None:
        is_alias = _is_alias(statement)
        yield from ((name, statement if is_alias else None) for name in set(_stored(statement)))


def origin_of_import(statement: ast.ImportFrom, package: str) -> str:
    """Give the module that is imported from; empty where Python itself would not find it."""
    try:
        return resolve_name("." * statement.level + (statement.module or ""), package)
    except ImportError:
        return ""


def _is_alias(statement: ast.stmt) -> bool:
    """Say whether a statement gives its value to names and does nothing else."""
    if isinstance(statement, ast.Assign):
        return all(isinstance(target, ast.Name) for target in statement.targets)
    return isinstance(statement, ast.AnnAssign) or type(statement).__name__ == "TypeAlias"


def _stored(statement: ast.stmt) -> Iterator[str]:
    """Give every name that a statement may bind or delete, wherever in it."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.alias):
            yield (node.asname or node.name).partition(".")[0]
        elif isinstance(name := getattr(node, "name", None), str):  # functions, classes, `except` and `case`
            yield name
