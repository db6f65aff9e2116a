"""The graph: contracts joined by who makes what. It may still be faulty; the checks look at it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from polaris._model.contract import Contract
from polaris._model.keys import Key


class EdgeKind(StrEnum):
    """Why one builder settles before another."""

    NEEDS = "needs"
    OPTIONAL = "optional"
    ACCESS = "access"
    TAKE = "take"
    FEEDBACK = "feedback"


class Edge(NamedTuple):
    """One builder settles before another. A tuple, because every parameter that reads data makes one.

    For a feedback edge `before` is the consumer and `after` the maker, the other way round than the data goes.
    """

    before: str
    after: str
    key: Key
    kind: EdgeKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """All contracts of a workflow, who makes what, and which of them are on the way to the target.

    Attributes:
        workflow: the workflow's name.
        contracts: every collected contract, by name.
        makers: for each key, the names of all contracts that produce it.
        chosen: for each made key, the one maker that the plan uses (the only one, or the preferred one).
        used: names of the builders on the way to the target, sorted.
        edges: order edges between used builders.
        target: the target's keys; `target_all` says whether all of them complete a run, or any.
    """

    workflow: str
    contracts: Mapping[str, Contract]
    makers: Mapping[Key, tuple[str, ...]]
    chosen: Mapping[Key, str]
    used: tuple[str, ...]
    edges: tuple[Edge, ...]
    target: tuple[Key, ...]
    target_all: bool
