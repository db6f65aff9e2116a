"""Carries one call to its end, with a keeper that notes what it is asked to do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import Executor

from polaris import Workflow
from polaris._assembly import compiled
from polaris._model.keys import key_of
from polaris._runtime.bind import bind
from polaris._runtime.call import Products
from polaris._runtime.carry import Job, Keeper, carry
from polaris._runtime.drive import Driver
from polaris._runtime.hooks import NO_HOOKS, Hooks
from polaris._runtime.script import Script, ask
from polaris._runtime.walk import Walk
from polaris.errors import StepError
from tests.unit._runtime.walks import equal


class Noting(Keeper):
    """Keeps nothing, and notes what it was asked to do.

    Args:
        kept: values that are read again as others.
        is_here: whether all is done in the calling thread, where there is no executor.
    """

    def __init__(self, kept: Mapping[object, object], *, is_here: bool = False) -> None:
        self.keeps = True
        self.is_here = is_here
        self.last = ""
        self.saved: list[list[object]] = []
        self.kept = kept
        self.said: list[str] = []
        self.is_held = True
        self.saves = True

    def guard(self) -> None:
        if not self.is_held:
            raise TimeoutError("the lease is old")
        self.said.append("guard")

    def keep(self, step: str, made: Products) -> Products:
        self.said.append(f"keep {step}")
        self.last = step
        return [(key, self.kept.get(value, value)) for key, value in made]

    def save(self, walk: Walk) -> bool:
        self.said.append(f"save {self.last}")
        self.saved.append([*walk.ledger.values().values()])
        return self.saves

    def checkpoint(self, walk: Walk) -> Script[bool]:
        running = [walk._index.steps[number].step.name for number in walk.running]
        self.saved.append([*walk.ledger.values().values()])
        yield from ask(lambda: self.said.append(f"save {' '.join(running)}"))
        return self.saves


Carried = tuple[tuple[StepError, ...], Walk]


def carried(
    functions: Iterable[object],
    keeper: Noting,
    *,
    target: object,
    delivered: object,
    hooks: Hooks = NO_HOOKS,
    executor: Executor | None = None,
    **options: object,
) -> Carried:
    """Deliver to a run of these builders, and give the failures of the call and the walk as it stands then."""
    key = key_of(type(delivered))
    bound = bind(compiled(Workflow("flow", target=target, builders=functions, **options)), {})
    walk = Walk.fresh(bound.index, equal)
    walk.deliver([(key, delivered)])
    at_once = None if executor else 1
    job = Job(
        bound=bound,
        walk=walk,
        run_id="r",
        uid="u",
        delta={type(delivered): delivered},
        delivered=(key,),
        hooks=hooks,
        keeper=keeper,
        clock=None,
        at_once=at_once,
        is_here=keeper.is_here and executor is None,
    )
    return Driver(executor, lambda _: None).drive(carry(job)), walk
