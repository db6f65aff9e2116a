"""A small workflow under test."""

from collections import Counter
from dataclasses import dataclass

from polaris import Workflow
from polaris._assembly import compiled
from polaris.testing.subject import Subject


@dataclass(frozen=True)
class A:
    n: int


@dataclass(frozen=True)
class Out:
    n: int


CALLED: Counter[str] = Counter()


def make(a: A) -> Out:
    CALLED["make"] += 1
    return Out(a.n)


FLOW = Workflow("flow", target=Out, builders=[make])
SUBJECT = Subject(compiled(FLOW), (), FLOW, {}, {})
