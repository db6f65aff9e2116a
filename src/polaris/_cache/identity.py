"""Which workflow an entry of the cache is of, and what was said about it that its source files do not fix."""

from __future__ import annotations

from collections.abc import Iterable
from inspect import unwrap
from typing import Any

from polaris._model.declaration import PLAIN, Declaration, declaration_of
from polaris._model.keys import TypeForm
from polaris._model.references import Home, reference_by_name, reference_to
from polaris._model.workflow import Workflow


def identity_of(workflow: Workflow[Any]) -> str:
    """Say which workflow this is, and everything that was said about it: what its source files do not fix."""
    home = Home(module=workflow.module, namespace=workflow.namespace)

    def types(forms: Iterable[TypeForm]) -> list[str]:
        return [reference_to(form, home) for form in forms]

    if workflow.builders is None:
        marked = ((thing, declaration_of(thing)) for thing in workflow.namespace.values())
        builders = sorted(_said(thing, mark) for thing, mark in marked if mark is not None)
    else:
        builders = [_said(thing, declaration_of(thing)) for thing in workflow.builders]
    return repr(
        (
            workflow.module,
            str(workflow.namespace.get("__file__")),
            workflow.name,
            types([workflow.target]),
            builders,
            workflow.inputs if workflow.inputs is None else types(workflow.inputs),
            types(workflow.transients),
            [(*types([form]), reference_by_name(function, home)) for form, function in workflow.prefer.items()],
            [(old, *types([form])) for old, form in workflow.renamed.items()],
            workflow.timeout,
            workflow.max_passes,
        )
    )


def _said(thing: Any, mark: Declaration | None) -> str:  # noqa: ANN401 - a function, a module, or what pretends
    """Name a builder, its first line and what is said about it.

    The line tells functions of one name in one file apart: which of them is there may depend on the environment.
    """
    inner = unwrap(thing) if hasattr(thing, "__wrapped__") else thing
    code = getattr(inner, "__code__", None)
    line = 0 if code is None else code.co_firstlineno
    name = getattr(thing, "__qualname__", None) or thing.__name__
    return f"{getattr(thing, '__module__', '')}:{name}:{line} {'' if mark is PLAIN else mark}"
