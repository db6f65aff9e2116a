"""What the stages hand to each other, beside the nouns of the model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import FunctionType
from typing import cast

from polaris._compiler.faults import Fault
from polaris._model.contract import Contract
from polaris._model.declaration import Declaration, Function
from polaris._model.keys import Key, TypeForm
from polaris._model.plan import Schema
from polaris._model.workflow import Workflow


@dataclass(frozen=True, slots=True)
class Marked:
    """A function that was collected, and what was said about it.

    Attributes:
        layers: the function and everything it wraps, the outermost first.
        declaration: its options.
    """

    layers: tuple[Function, ...]
    declaration: Declaration

    @property
    def function(self) -> Function:
        """What is called."""
        return self.layers[0]

    def plain(self) -> FunctionType:
        """Give the function at the end of the wrappers, whose signature counts."""
        return cast(FunctionType, self.layers[-1])


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """The arguments of a workflow, with types read into keys.

    Attributes:
        target: the keys that complete a run; `target_all` says whether all of them, or any.
        inputs: the complete list of outside data, or None.
        transients: keys whose values are never stored.
        prefer: the chosen maker of a key.
        renamed: old key names and the keys that replaced them.
        types: the live types of the keys, with the argument that names each.
    """

    target: tuple[Key, ...]
    target_all: bool
    inputs: frozenset[Key] | None
    transients: frozenset[Key]
    prefer: Mapping[Key, Function]
    renamed: Mapping[str, Key]
    types: tuple[tuple[Key, TypeForm, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysed:
    """A workflow with every hint read.

    Attributes:
        workflow: where it came from.
        settings: its arguments.
        contracts: what the builders declare, as far as it could be read, sorted by name.
        faults: what could not be read; if there are any, a contract may lack inputs or slots.
    """

    workflow: Workflow[object]
    settings: Settings
    contracts: tuple[Contract, ...]
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shapes:
    """How the data of a plan look.

    Attributes:
        texts: the shape of every key's values, sorted by key.
        schemas: the classes that are named in the texts, and in each other's, sorted by name.
        classes: those classes.
    """

    texts: Mapping[Key, str]
    schemas: tuple[Schema, ...]
    classes: tuple[type, ...]
