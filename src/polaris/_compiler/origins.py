"""Origins: the first-party files that a plan came from, if they alone decide it and it can be found there again."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePath
from types import FunctionType, ModuleType
from typing import Any, NewType

from polaris._compiler.steady import Trail, UnsteadyError, origin_of_import
from polaris._compiler.syntax import lines_of, syntax_of
from polaris._compiler.wrapping import innermost, layers
from polaris._model.declaration import Function
from polaris._model.keys import TypeForm, leaves
from polaris._model.plan import Plan, references_in
from polaris._model.references import LOST, module_of
from polaris._model.workflow import Workflow

_THIRD_PARTY = {"site-packages", "dist-packages"}


def origins_of(
    workflow: Workflow[Any],
    plan: Plan,
    *,
    functions: Iterable[Function],
    types: Iterable[TypeForm],
    classes: Iterable[type],
) -> tuple[str, ...]:
    """Give the files, sorted; none if the plan must not be kept for other processes.

    It must not if something in it has no name to import it by, or came from no file: a script, a notebook, `exec`;
    nor if more than files decides what its hints stand for: see `polaris._compiler.steady`.

    Args:
        workflow: the workflow.
        plan: its plan.
        functions: the functions of its steps.
        types: the types of its keys and resources.
        classes: the classes that the values are made of.
    """
    if not workflow.module or any(LOST in reference for reference in references_in(plan)):
        return ()
    wrapped = {id(layer): layer for function in functions for layer in layers(function)}.values()
    leafs = [leaf for form in types for leaf in ((form,) if isinstance(form, type) else leaves(form))]
    bases = {base for cls in classes for base in cls.__mro__}
    modules = {module_of(thing) for things in (wrapped, leafs, bases) for thing in things}
    files: set[Any] = {workflow.namespace.get("__file__")}
    files.update(_file_of(name) for name in modules if name != workflow.module and not _has_version(name))
    files.update(layer.__code__.co_filename for layer in wrapped if hasattr(layer, "__code__"))
    files.update(_behind({workflow.module: workflow.namespace, **_first_party(modules)}))
    try:
        files.update(_deciding(workflow, functions, bases))
    except (UnsteadyError, RecursionError):
        return ()
    readable = set(map(_readable, files))
    return () if None in readable else tuple(sorted(file for file in readable if file and not _is_third_party(file)))


def _deciding(workflow: Workflow[Any], functions: Iterable[Function], classes: Iterable[type]) -> Iterator[Any]:
    """Give the files that decide what the hints of functions and classes stand for."""

    def namespace_of(name: str) -> Mapping[str, Any] | None:
        if name == workflow.module:
            return workflow.namespace
        namespace = vars(sys.modules[name]) if name in sys.modules else {}
        return None if _has_version(name) or _is_third_party(namespace.get("__file__") or "") else namespace

    trail = Trail(namespace_of)
    trail.follow(filter(None, map(innermost, functions)), classes)
    names = filter(None, map(namespace_of, trail.modules))
    return (namespace["__file__"] for namespace in names if namespace.get("__file__"))


def _first_party(names: Iterable[str]) -> Mapping[str, Mapping[str, Any]]:
    """Give the globals of those modules that belong to the user and came from a file."""
    files = {name: _file_of(name) for name in names if not _has_version(name)}
    return {name: vars(sys.modules[name]) for name, file in files.items() if file and not _is_third_party(file)}


def _behind(namespaces: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Give the files behind names that do not say where they are from, however often they were passed on."""
    known = set(namespaces)
    waiting = list(namespaces.items())
    while waiting:
        found = _first_party(set(_imported(*waiting.pop())) - known)
        known.update(found)
        waiting.extend(found.items())
        yield from (names["__file__"] for names in found.values())


def _imported(module: str, namespace: Mapping[str, Any]) -> Iterator[str]:
    """Give the modules that a module imports, and those from which it imports what is no class and no function.

    Classes and functions know where they are from; an alias (``Payment = Card | Cash``) or a constant does not.
    """
    package = namespace.get("__package__") or module.rpartition(".")[0]
    for statement in syntax_of(lines_of(str(namespace.get("__file__")), namespace)).imports:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        else:
            origin = origin_of_import(statement, package)
            values = [namespace.get(alias.asname or alias.name) for alias in statement.names]
            yield from (value.__name__ for value in values if isinstance(value, ModuleType))
            if not all(isinstance(value, (type, FunctionType, NewType, ModuleType)) for value in values):
                yield origin


def _has_version(module: str) -> bool:
    """Say whether a module is Python's or ours, and changes only with a version that an entry of the cache names."""
    package = module.partition(".")[0]
    return package in sys.stdlib_module_names or package == __name__.partition(".")[0]


def _file_of(module: str) -> str | None:
    return getattr(sys.modules.get(module), "__file__", None)


def _readable(file: str | None) -> str | None:
    path = Path(file or "").absolute()
    return str(path) if path.is_file() else None


def _is_third_party(file: str) -> bool:
    return not _THIRD_PARTY.isdisjoint(PurePath(file).parts)
