"""What a compiler or a loader hands to the runtime: a plan, and the live things that its references stand for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from polaris._model.declaration import Function
from polaris._model.diagnostic import Diagnostic
from polaris._model.keys import Key, TypeForm
from polaris._model.late import Late
from polaris._model.plan import Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled(Late):
    """A plan with its functions and types.

    Attributes:
        plan: the plan.
        functions: the user's function of every step, by the step's name.
        types: the live type of every key, those of resources included.
        warnings: what is doubtful about the workflow, sorted by place.
        sources: the first-party files that the plan was made from, sorted; empty if it must not be cached, because
            something in it cannot be imported by name or has no source file.
    """

    plan: Plan
    functions: Mapping[str, Function]
    types: Mapping[Key, TypeForm]
    warnings: tuple[Diagnostic, ...] = ()
    sources: tuple[str, ...] = ()

    @property
    def cacheable(self) -> bool:
        """Whether the plan may be kept on disk for other processes."""
        return bool(self.sources)
