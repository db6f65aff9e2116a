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
from polaris._compiler.wrapping import innermost, layers
from polaris._model.declaration import MARK, PLAIN, Declaration, Function
from polaris._model.workflow import Workflow
from polaris.errors import DeclarationError

_REFUSED = (type, MethodType, partial)


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
        declaration = _mark(thing)
        if declaration is not None:
            yield Marked(_function(thing), declaration)


def _mark(thing: object) -> Declaration | None:
    """Read a mark without waking a proxy that loads or looks up something when it is touched."""
    try:
        mark = object.__getattribute__(thing, "__dict__").get(MARK)
    except Exception:  # noqa: BLE001 - a strange object among the user's globals; builders are not strange
        return None
    return mark if isinstance(mark, Declaration) else None


def _listed(thing: object, workflow: str) -> Iterable[Marked]:
    if isinstance(thing, ModuleType):
        return _marked_in(vars(thing))
    return (Marked(_function(thing, f"Workflow {workflow!r} lists"), _mark(thing) or PLAIN),)


def _function(thing: object, found: str = "The mark of @builder is on") -> Function:
    if isinstance(thing, FunctionType):
        return thing
    if callable(thing) and not isinstance(thing, _REFUSED) and innermost(thing) is not None:
        return thing
    raise DeclarationError(
        f"{found} {thing!r}, which is a {type(thing).__name__} and not a plain function.",
        do="Write a function that does it, and name that.",
    )


def _outermost(found: Iterable[Marked]) -> tuple[Marked, ...]:
    builders = {id(marked.function): marked for marked in found}
    inner = {id(layer) for marked in builders.values() for layer in layers(marked.function)[1:]}
    return tuple(marked for key, marked in builders.items() if key not in inner)
