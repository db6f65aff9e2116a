"""First stage: which functions a workflow means.

Without a list these are all marked functions of the module that made the workflow, its own and imported ones.
A decorator above ``@builder`` that uses `functools.wraps` carries the mark on; the outermost function that can be
seen is the one that is meant.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from types import FunctionType, MethodType, ModuleType

from polaris._compiler.nouns import Marked
from polaris._compiler.wrapping import layers
from polaris._model.declaration import PLAIN, Declaration, declaration_of
from polaris._model.workflow import Workflow
from polaris.errors import DeclarationError

_REFUSED: tuple[type, ...] = (type, MethodType, partial)


def collect(workflow: Workflow[object]) -> tuple[Marked, ...]:
    """Give the builders of a workflow, each once, in no particular order.

    Raises:
        DeclarationError: something was listed that is no function and no module.
    """
    if workflow.builders is None:
        found = _marked_in(workflow.namespace)
    else:
        found = (marked for thing in workflow.builders for marked in _listed(thing, workflow.name))
    return _outermost(found)


def _marked_in(namespace: Mapping[str, object]) -> Iterator[Marked]:
    for thing in list(namespace.values()):
        declaration = declaration_of(thing)
        if declaration is not None:
            yield _marked(thing, declaration, "The mark of @builder is on")


def _listed(thing: object, workflow: str) -> Iterable[Marked]:
    if isinstance(thing, ModuleType):
        return _marked_in(vars(thing))
    return (_marked(thing, declaration_of(thing) or PLAIN, f"Workflow {workflow!r} lists"),)


def _marked(thing: object, declaration: Declaration, found: str) -> Marked:
    if callable(thing) and not isinstance(thing, _REFUSED):
        wrapped = layers(thing)
        if type(wrapped[-1]) is FunctionType:
            return Marked(wrapped, declaration)
    raise DeclarationError(
        f"{found} {thing!r}, which is a {type(thing).__name__} and not a plain function.",
        do="Write a function that does it, and name that.",
    )


def _outermost(found: Iterable[Marked]) -> tuple[Marked, ...]:
    builders = {id(marked.function): marked for marked in found}
    inner = {id(layer) for marked in builders.values() for layer in marked.layers[1:]}
    return tuple(marked for key, marked in builders.items() if key not in inner)
