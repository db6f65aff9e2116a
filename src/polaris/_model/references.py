"""References: how a plan names functions and types so that another process finds them again.

``module:qualname``; the workflow's own module is left out (``:RideRequest``), builtins are bare (``list``), and types
are written as in Python: ``list[:Item | None]``. What cannot be found by its name has ``<locals>`` in its reference.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import NoneType
from typing import Literal, get_args

from polaris._model.keys import TypeForm, bare, is_list, is_union, members, origin_of

LOST = "<locals>"


@dataclass(frozen=True, kw_only=True)  # no slots: what is cached needs a place
class Home:
    """The module that references are relative to.

    Attributes:
        module: its name; empty for a script or a notebook.
        namespace: its globals.
    """

    module: str
    namespace: Mapping[str, object]

    @cached_property
    def names(self) -> Mapping[int, str]:
        """The names in the module by the identity of what they name; of several the first in the alphabet."""
        return {id(self.namespace[name]): name for name in sorted(self.namespace, reverse=True)}


def reference_to(form: TypeForm, home: Home) -> str:
    """Write the reference of a type."""
    if isinstance(form, type) and form is not NoneType:
        return reference_by_name(form, home)
    form = bare(form)
    if form is None or form is NoneType:
        return "None"
    if form is Ellipsis:
        return "..."
    if is_list(form):
        return f"[{', '.join(reference_to(part, home) for part in form)}]"
    if is_union(form):
        return " | ".join(sorted(reference_to(part, home) for part in members(form)))
    origin = origin_of(form)
    if origin is None:
        return reference_by_name(form, home)
    args = map(repr, get_args(form)) if origin is Literal else (reference_to(part, home) for part in get_args(form))
    return f"{reference_by_name(origin, home)}[{', '.join(args)}]"


def reference_by_name(thing: object, home: Home) -> str:
    """Write the reference of a class, a `NewType` or a function: of whatever has a module and a name."""
    module = module_of(thing)
    path: str = getattr(thing, "__qualname__", None) or getattr(thing, "__name__", None) or repr(thing)
    if module == home.module and home.namespace.get(path, home) is thing:  # most are
        return f":{path}"
    if module == "builtins":
        return path
    if _found(module, path, home) is thing:
        return f":{path}" if module == home.module else f"{module}:{path}"
    if id(thing) in home.names:
        return f":{home.names[id(thing)]}"
    return f":{path if LOST in path else f'{LOST}.{path}'}"


def module_of(thing: object) -> str:
    """Give the module that a thing can be imported from; empty if it is a script, a notebook or unknown."""
    module: str = getattr(thing, "__module__", None) or ""
    if module == "__main__":
        spec = getattr(sys.modules["__main__"], "__spec__", None)
        return spec.name if spec is not None else ""
    return module


def _found(module: str, path: str, home: Home) -> object:
    first, _, rest = path.partition(".")
    if module == home.module:
        found = home.namespace.get(first)
    else:
        found = getattr(sys.modules.get(module), first, None)
    for name in rest.split(".") if rest else ():
        found = getattr(found, name, None)
    return found
