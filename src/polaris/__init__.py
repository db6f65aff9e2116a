"""Typed, data-driven workflows that survive anything: decorate functions, compile a plan, run, pause, resume, draw.

What a module of builders needs is loaded at once; what compiles and runs them is loaded when it is first asked for, so
that importing a module of builders costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from polaris._declare.builder import builder
from polaris._model.declaration import Retry
from polaris._model.markers import Access, Feedback, Resource, Take
from polaris._model.workflow import Workflow
from polaris.errors import BuilderFailedError, CompileError, PolarisError

if TYPE_CHECKING:
    from polaris._assembly import arun, compile_plan, open_async_engine, open_engine, run
    from polaris._model.context import Context
    from polaris._model.outcome import Outcome, RunState, Status
    from polaris._model.plan import Plan
    from polaris._runtime.async_engine import AsyncEngine
    from polaris._runtime.engine import Engine

__all__ = [
    "Access",
    "AsyncEngine",
    "BuilderFailedError",
    "CompileError",
    "Context",
    "Engine",
    "Feedback",
    "Outcome",
    "Plan",
    "PolarisError",
    "Resource",
    "Retry",
    "RunState",
    "Status",
    "Take",
    "Workflow",
    "__version__",
    "arun",
    "builder",
    "compile_plan",
    "open_async_engine",
    "open_engine",
    "run",
]

__version__: str

_LATE = {
    "AsyncEngine": "polaris._assembly",
    "Context": "polaris._model.context",
    "Engine": "polaris._assembly",
    "Outcome": "polaris._assembly",
    "Plan": "polaris._assembly",  # which gives it what it offers out of other rooms
    "RunState": "polaris._model.outcome",
    "Status": "polaris._model.outcome",
    "arun": "polaris._assembly",
    "compile_plan": "polaris._assembly",
    "open_async_engine": "polaris._assembly",
    "open_engine": "polaris._assembly",
    "run": "polaris._assembly",
}


if not TYPE_CHECKING:  # else every name would be right

    def __getattr__(name: str) -> object:
        """Load what is asked for the first time."""
        if name == "__version__":
            from importlib.metadata import version

            found: object = version("polaris-workflows")
        elif name in _LATE:
            found = getattr(import_module(_LATE[name]), name)
        else:
            msg = f"module 'polaris' has no attribute {name!r}"
            raise AttributeError(msg)
        globals()[name] = found
        return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
