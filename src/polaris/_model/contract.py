"""Contracts: what one function consumes and produces, as its signature says.

A contract still holds the function and its live types; the plan made from it holds neither.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from polaris._model.declaration import Declaration, Function
from polaris._model.keys import Key, TypeForm
from polaris._model.markers import Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A parameter that reads data.

    Attributes:
        parameter: its name; `positional` if it can only be passed by position.
        keys: what it reads; several keys are alternatives, as written (``x: A | B``).
        mode: how it reads them; never `Mode.RESOURCE`.
        required: whether the builder waits for it; False for an access and for a parameter with a default.
    """

    parameter: str
    keys: tuple[Key, ...]
    mode: Mode = Mode.CONSUMES
    required: bool = True
    positional: bool = False

    @property
    def triggers(self) -> bool:
        """Whether a change of the data wakes the builder."""
        return self.mode is not Mode.ACCESS


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceInput:
    """A parameter that is handed a service at run time."""

    parameter: str
    key: Key
    required: bool
    positional: bool = False


class Contract(NamedTuple):
    """One builder as its signature declares it. A tuple, because that is made in half the time.

    Attributes:
        name: the builder's name, unique in a workflow.
        function: the user's function.
        declaration: its options.
        inputs: parameters that read data, in the order of the signature.
        resources: parameters that are handed services.
        context: name of the parameter that takes the `Context`, if there is one.
        slots: what it produces: one slot for ``-> A`` and ``-> A | B`` (two variants), two for ``-> tuple[A, B]``.
        several: whether it returns a tuple with a value for each slot.
        may_decline: whether it may return None.
        is_async: whether it is a coroutine function.
        types: the live type of every key it names, resources included.
    """

    name: str
    function: Function
    declaration: Declaration
    inputs: tuple[Input, ...]
    resources: tuple[ResourceInput, ...]
    context: str | None
    slots: tuple[tuple[Key, ...], ...]
    several: bool
    may_decline: bool
    is_async: bool
    types: tuple[tuple[Key, TypeForm], ...]

    @property
    def produces(self) -> tuple[Key, ...]:
        """Every key it can make, in order."""
        return self.slots[0] if len(self.slots) == 1 else tuple(key for slot in self.slots for key in slot)
