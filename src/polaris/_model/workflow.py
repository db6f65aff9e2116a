"""The workflow: a named choice of builders and a target. Dumb: it is read when a plan is compiled."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from datetime import timedelta
from types import FrameType, MappingProxyType, ModuleType
from typing import TYPE_CHECKING, Any, Generic, TypeVar, final

from polaris._model.declaration import LONGEST, Function, seconds
from polaris.errors import DeclarationError

if TYPE_CHECKING:
    from typing_extensions import TypeForm

R = TypeVar("R")

_DEFAULT_PASSES = 100


@final
class Workflow(Generic[R]):
    """A workflow: which builders belong together, and what they are there to make.

    Args:
        name: its name; stored runs remember it.
        target: the type that completes a run; a union (any of them), or ``tuple[A, B]`` (all of them).
        builders: functions and modules; None for every marked function in the module that makes the workflow.
        inputs: the complete list of the data that comes from outside; None for whatever no builder makes.
        transients: types whose values live in one call only and are never stored.
        prefer: which builder makes a type that several could make.
        renamed: old key names and the types that replaced them, for stored runs.
        timeout: the longest time one call may take, in seconds or as a timedelta.
        max_passes: how often a `Feedback` loop may go round in one call.

    Raises:
        DeclarationError: the name is empty, `max_passes` or `timeout` is not positive,
            or `builders` is left out anywhere but at the top level of a module.
    """

    __slots__ = (
        "__weakref__",
        "builders",
        "inputs",
        "max_passes",
        "module",
        "name",
        "namespace",
        "prefer",
        "renamed",
        "target",
        "timeout",
        "transients",
    )

    name: str
    target: object
    builders: tuple[Function | ModuleType, ...] | None
    inputs: tuple[object, ...] | None
    transients: tuple[object, ...]
    prefer: Mapping[object, Function]
    renamed: Mapping[str, object]
    timeout: float | None
    max_passes: int
    module: str
    namespace: Mapping[str, object]

    def __init__(
        self,
        name: str,
        *,
        target: TypeForm[R],
        builders: Sequence[Function | ModuleType] | None = None,
        inputs: Sequence[TypeForm[Any]] | None = None,
        transients: Sequence[TypeForm[Any]] = (),
        prefer: Mapping[TypeForm[Any], Function] = MappingProxyType({}),
        renamed: Mapping[str, TypeForm[Any]] = MappingProxyType({}),
        timeout: float | timedelta | None = None,
        max_passes: int = _DEFAULT_PASSES,
    ) -> None:
        frame = _caller()
        if builders is None and frame.f_locals is not frame.f_globals:
            raise DeclarationError(
                f"Workflow {name!r} is created inside `{frame.f_code.co_name}`, where its builders cannot be seen.",
                do="Pass builders=[...], or move it to the top level of the module.",
            )
        if not name or not isinstance(name, str):
            raise DeclarationError(f"A workflow's name must be a text, not {name!r}.", do="Give it a name.")
        limit = None if timeout is None else seconds(timeout)
        if max_passes < 1 or (limit is not None and not 0 < limit <= LONGEST):
            raise DeclarationError(
                f"Workflow {name!r} has max_passes={max_passes} and timeout={timeout}; both must be positive.",
                do="Leave them out for the defaults; a timeout is a year at most.",
            )
        values = {
            "name": name,
            "target": target,
            "builders": None if builders is None else tuple(builders),
            "inputs": None if inputs is None else tuple(inputs),
            "transients": tuple(transients),
            "prefer": MappingProxyType(dict(prefer)),
            "renamed": MappingProxyType(dict(renamed)),
            "timeout": limit,
            "max_passes": max_passes,
            "module": _module_name(frame.f_globals),
            "namespace": frame.f_globals,
        }
        for field, value in values.items():
            object.__setattr__(self, field, value)

    def __setattr__(self, field: str, value: object) -> None:
        msg = f"a Workflow is immutable: {field} cannot be set"
        raise AttributeError(msg)

    def __delattr__(self, field: str) -> None:
        msg = f"a Workflow is immutable: {field} cannot be deleted"
        raise AttributeError(msg)

    def __repr__(self) -> str:
        return f"<Workflow {self.name!r}>"

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle by reference, as functions do."""
        for attribute, value in self.namespace.items():
            if value is self and self.module:
                return _by_reference, (self.module, attribute)
        msg = f"cannot pickle workflow {self.name!r}: it is no top-level name of an importable module"
        raise TypeError(msg)


def _caller() -> FrameType:
    """Give the frame that made the workflow; ``Workflow[Ended](...)`` is called by way of typing."""
    frame = sys._getframe(2)  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] - as NewType does
    while frame.f_globals.get("__name__") == "typing" and frame.f_back is not None:
        frame = frame.f_back
    return frame


def _by_reference(module: str, attribute: str) -> object:
    return getattr(importlib.import_module(module), attribute)


def _module_name(namespace: Mapping[str, Any]) -> str:
    """Give the name a module can be imported by; empty if there is none (a script, a notebook)."""
    name = namespace.get("__name__", "")
    if name == "__main__":
        spec = namespace.get("__spec__")
        name = spec.name if spec is not None else ""
    return str(name)
