"""The plan: what the compiler gives and everything else reads. Data only - no functions, no types, no positions.

Two compilations of equal source give equal plans, whatever the hash seed, the import order, the order of the
builders in the file, or its comments. Types and functions are named by *references*: ``module:qualname``, where the
workflow's own module is left out (``:RideRequest``), and generics are written as in Python (``list[:Item]``).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from os import PathLike

from polaris._model.contract import Input, ResourceInput
from polaris._model.keys import Key
from polaris._model.late import Late


class KeyKind(StrEnum):
    """Where a datum comes from."""

    INPUT = "input"
    MADE = "made"


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyInfo:
    """One row of the key table.

    Attributes:
        name: the key.
        reference: how to find its type again.
        kind: delivered from outside, or made by a builder.
        schema: the shape of its values, as text: ``str``, ``list[Item]``; names are explained in `Plan.schemas`.
        transient: whether its values live in one call only and are never stored.
    """

    name: Key
    reference: str
    kind: KeyKind
    schema: str
    transient: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The shape of one class that values are made of, for comparing plans.

    Attributes:
        name: its name, unique in the plan.
        form: ``dataclass``, ``attrs``, ``struct``, ``namedtuple``, ``typeddict``, ``enum``, ``pydantic``, ``class``.
        fields: name, type and whether it must be given, in the order of the class; for an enum its members.
    """

    name: str
    form: str
    fields: tuple[tuple[str, str, bool], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryRule:
    """A `Retry` with its exception classes as references and its durations in seconds."""

    attempts: int
    on: tuple[str, ...]
    wait: float
    max_wait: float
    jitter: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One builder's place in a plan. The fields are those of a `Contract` and its declaration, without live things.

    Attributes:
        function: reference to the function.
        returns: the declared return type, for messages.
    """

    name: str
    function: str
    inputs: tuple[Input, ...] = ()
    resources: tuple[tuple[ResourceInput, str], ...] = ()
    context: str | None = None
    slots: tuple[tuple[Key, ...], ...]
    several: bool = False
    may_decline: bool = False
    is_async: bool = False
    once: bool = False
    local: bool = False
    rerun: bool = False
    renamed_from: tuple[str, ...] = ()
    retry: RetryRule | None = None
    timeout: float | None = None

    @property
    def produces(self) -> tuple[Key, ...]:
        """Every key it can make, in order."""
        return self.slots[0] if len(self.slots) == 1 else tuple(key for slot in self.slots for key in slot)

    @property
    def returns(self) -> str:
        """The declared return type as text: ``A | None``, ``tuple[A, B]``."""
        slots = [" | ".join(slot) for slot in self.slots]
        made = f"tuple[{', '.join(slots)}]" if self.several else slots[0]
        return f"{made} | None" if self.may_decline else made


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Late):
    """An immutable, ordered, function-free plan of one workflow.

    Attributes:
        workflow: the workflow's name.
        keys: the key table, sorted by name.
        schemas: the classes that values are made of, sorted by name.
        steps: the builders in plan order: topological, ties by name.
        levels: steps with no order between them, as numbers of steps, each level as early as possible.
        triggers: for each key, the numbers of the steps that a change of it wakes; sorted by key.
        predecessors: for each step, the numbers of the steps that settle before it.
        target: the keys that complete a run; `target_all` says whether all of them, or any.
        renamed: old key names and the keys that replaced them.
        timeout: the longest time one call may take, in seconds.
        max_passes: how often a feedback loop may go round in one call.
        fingerprint: hash of the meaning: keys, edges, modes, slots, `once`, target. Not of retry, timeout,
            source text, comments, order or positions.
    """

    workflow: str
    keys: tuple[KeyInfo, ...]
    schemas: tuple[Schema, ...]
    steps: tuple[Step, ...]
    levels: tuple[tuple[int, ...], ...]
    triggers: tuple[tuple[Key, tuple[int, ...]], ...]
    predecessors: tuple[tuple[int, ...], ...]
    target: tuple[Key, ...]
    target_all: bool
    renamed: tuple[tuple[str, Key], ...]
    timeout: float | None
    max_passes: int
    fingerprint: str

    def save(self, path: str | PathLike[str]) -> None:
        """Write the plan to a file, stable line by line, for review in version control."""
        sockets.save(self, path)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Plan:
        """Read a plan that `save` wrote.

        Raises:
            PlanFormatError: the file is missing, damaged, or of another format.
        """
        return sockets.load(path)

    def _repr_svg_(self) -> str | None:
        """Show the plan as a picture in a notebook, where something can draw it."""
        return sockets.draw(self)


def references_in(plan: Plan) -> list[str]:
    """Give everything by which a plan names functions, types and exceptions."""
    found = [info.reference for info in plan.keys]
    found += [step.function for step in plan.steps]
    found += [reference for step in plan.steps for _, reference in step.resources]
    found += [reference for step in plan.steps if step.retry for reference in step.retry.on]
    return found


class Sockets:
    """What a plan offers out of rooms that nouns may not import; `polaris._assembly` fills them."""

    save: Callable[[Plan, str | PathLike[str]], None]
    load: Callable[[str | PathLike[str]], Plan]
    draw: Callable[[Plan], str | None]


sockets = Sockets()
