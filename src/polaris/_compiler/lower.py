"""Fifth stage: from a graph without faults to a plan - ordered, numbered, and free of live things."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from heapq import heapify, heappop, heappush

from polaris._compiler.fingerprint import fingerprint
from polaris._compiler.nouns import Analysed, Shapes
from polaris._model.contract import Contract
from polaris._model.declaration import Retry, seconds
from polaris._model.graph import Graph
from polaris._model.keys import Key, TypeForm
from polaris._model.markers import Mode
from polaris._model.plan import KeyInfo, KeyKind, Plan, RetryRule, Step
from polaris._model.references import Home, reference_by_name, reference_to


def lower(analysed: Analysed, graph: Graph, types: Mapping[Key, TypeForm], shapes: Shapes) -> Plan:
    """Make the plan.

    Args:
        analysed: what was read.
        graph: the graph made from it; it has no faults.
        types: the live type of every key, those of resources included.
        shapes: the shapes of the values of all data.
    """
    workflow, settings = analysed.workflow, analysed.settings
    home = Home(module=workflow.module, namespace=workflow.namespace)
    contracts = [graph.contracts[name] for name in graph.used]
    before = _before(graph)
    order = _in_order(before)
    numbers = {name: number for number, name in enumerate(order)}
    predecessors = tuple([tuple(sorted([numbers[name] for name in before[step]])) for step in order])
    made = {key for contract in contracts for key in contract.produces}
    plan = Plan(
        workflow=workflow.name,
        keys=tuple(
            KeyInfo(
                name=key,
                reference=reference_to(types[key], home),
                kind=KeyKind.MADE if key in made else KeyKind.INPUT,
                transient=key in settings.transients,
                schema=shape,
            )
            for key, shape in shapes.texts.items()
        ),
        schemas=shapes.schemas,
        steps=tuple(_step(graph.contracts[name], types, home) for name in order),
        levels=_levels(predecessors),
        triggers=_triggers([graph.contracts[name] for name in order]),
        predecessors=predecessors,
        target=graph.target,
        target_all=graph.target_all,
        renamed=tuple(sorted(settings.renamed.items())),
        timeout=workflow.timeout,
        max_passes=workflow.max_passes,
        fingerprint="",
    )
    return replace(plan, fingerprint=fingerprint(plan))


def _before(graph: Graph) -> Mapping[str, set[str]]:
    before: dict[str, set[str]] = {name: set() for name in graph.used}
    for edge in graph.edges:
        before[edge.after].add(edge.before)
    return before


def _in_order(before: Mapping[str, set[str]]) -> tuple[str, ...]:
    """Sort topologically, ties by name (Kahn, 1962, with a heap)."""
    after: dict[str, list[str]] = {name: [] for name in before}
    for name, others in before.items():
        for other in others:
            after[other].append(name)
    waits = {name: len(others) for name, others in before.items()}
    free = [name for name, count in waits.items() if not count]
    heapify(free)
    order: list[str] = []
    while free:
        name = heappop(free)
        order.append(name)
        for other in after[name]:
            waits[other] -= 1
            if not waits[other]:
                heappush(free, other)
    return tuple(order)


def _levels(predecessors: Sequence[Sequence[int]]) -> tuple[tuple[int, ...], ...]:
    """Put every step into the earliest level after all that settle before it."""
    level: list[int] = []
    for before in predecessors:
        level.append(max([level[number] for number in before], default=-1) + 1)
    levels: list[list[int]] = [[] for _ in range(max(level, default=-1) + 1)]
    for number, place in enumerate(level):
        levels[place].append(number)
    return tuple(map(tuple, levels))


def _triggers(contracts: Iterable[Contract]) -> tuple[tuple[Key, tuple[int, ...]], ...]:
    found: dict[Key, list[int]] = {}
    for number, contract in enumerate(contracts):
        for given in contract.inputs:
            if given.mode is not Mode.ACCESS:
                for key in given.keys:
                    found.setdefault(key, []).append(number)
    return tuple((key, tuple(numbers)) for key, numbers in sorted(found.items()))


def _step(contract: Contract, types: Mapping[Key, TypeForm], home: Home) -> Step:
    said = contract.declaration
    return Step(
        name=contract.name,
        function=reference_by_name(contract.function, home),
        inputs=contract.inputs,
        resources=tuple((given, reference_to(types[given.key], home)) for given in contract.resources),
        context=contract.context,
        slots=contract.slots,
        several=contract.several,
        may_decline=contract.may_decline,
        is_async=contract.is_async,
        once=said.once,
        local=said.local,
        rerun=said.rerun,
        renamed_from=said.renamed_from,
        retry=None if said.retry is None else _rule(said.retry, home),
        timeout=said.timeout,
    )


def _rule(retry: Retry, home: Home) -> RetryRule:
    classes = retry.on if isinstance(retry.on, tuple) else (retry.on,)
    return RetryRule(
        attempts=retry.attempts,
        on=tuple(reference_by_name(one, home) for one in classes),
        wait=seconds(retry.wait),
        max_wait=seconds(retry.max_wait),
        jitter=seconds(retry.jitter),
    )
