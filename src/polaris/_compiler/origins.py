"""Origins: the first-party files that a plan came from, if every part of it can be found there again."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePath
from typing import Any

from polaris._compiler.wrapping import layers
from polaris._model.declaration import Function
from polaris._model.keys import TypeForm, leaves
from polaris._model.plan import Plan
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

    It must not if something in it has no name to import it by, or came from no file: a script, a notebook, `exec`.

    Args:
        workflow: the workflow.
        plan: its plan.
        functions: the functions of its steps.
        types: the types of its keys and resources.
        classes: the classes that the values are made of.
    """
    if not workflow.module or any(LOST in reference for reference in _references(plan)):
        return ()
    wrapped = {id(layer): layer for function in functions for layer in layers(function)}.values()
    leafs = [leaf for form in types for leaf in leaves(form)]
    bases = {base for cls in classes for base in cls.__mro__}
    modules = {module_of(thing) for things in (wrapped, leafs, bases) for thing in things}
    files: set[Any] = {workflow.namespace.get("__file__")}
    files.update(_file_of(name) for name in modules if name != workflow.module and not _is_standard(name))
    files.update(layer.__code__.co_filename for layer in wrapped if hasattr(layer, "__code__"))
    readable = set(map(_readable, files))
    return () if None in readable else tuple(sorted(file for file in readable if file and not _is_third_party(file)))


def _references(plan: Plan) -> Iterator[str]:
    yield from (info.reference for info in plan.keys)
    for step in plan.steps:
        yield step.function
        yield from (reference for _, reference in step.resources)
        yield from step.retry.on if step.retry else ()


def _is_standard(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


def _file_of(module: str) -> str | None:
    return getattr(sys.modules.get(module), "__file__", None)


def _readable(file: str | None) -> str | None:
    path = Path(file or "").absolute()
    return str(path) if path.is_file() else None


def _is_third_party(file: str) -> bool:
    return not _THIRD_PARTY.isdisjoint(PurePath(file).parts)
