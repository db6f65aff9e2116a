"""Typed, data-driven workflows that survive anything: decorate functions, compile a plan, run, pause, resume, draw."""

from __future__ import annotations

from polaris._assembly import compile_plan, open_engine, run
from polaris._declare.builder import builder
from polaris._model.context import Context
from polaris._model.declaration import Retry
from polaris._model.markers import Access, Feedback, Resource, Take
from polaris._model.outcome import Outcome, RunState, Status
from polaris._model.plan import Plan
from polaris._model.workflow import Workflow
from polaris._runtime.engine import Engine
from polaris.errors import BuilderFailedError, CompileError, PolarisError

__all__ = [
    "Access",
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
    "builder",
    "compile_plan",
    "open_engine",
    "run",
]

__version__: str


def __getattr__(name: str) -> str:
    """Look the version up only when it is asked for."""
    if name == "__version__":
        from importlib.metadata import version

        return version("polaris-workflows")
    msg = f"module 'polaris' has no attribute {name!r}"
    raise AttributeError(msg)
