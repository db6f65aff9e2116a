"""Third stage: who makes what, what is on the way to the target, and who settles before whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from polaris._compiler.nouns import Analysed
from polaris._model.contract import Contract, Input
from polaris._model.declaration import Function
from polaris._model.graph import Edge, EdgeKind, Graph
from polaris._model.keys import Key
from polaris._model.markers import Mode

_KINDS = {Mode.ACCESS: EdgeKind.ACCESS, Mode.TAKE: EdgeKind.TAKE, Mode.FEEDBACK: EdgeKind.FEEDBACK}


def link(analysed: Analysed) -> Graph:
    """Join contracts to a graph. Where they contradict each other, the graph has both sides; the checks find them."""
    settings = analysed.settings
    contracts = {contract.name: contract for contract in reversed(analysed.contracts)}
    makers = _makers(analysed.contracts)
    chosen = _chosen(makers, analysed.contracts, settings.prefer)
    used = dict.fromkeys(sorted(_on_the_way(settings.target, contracts, makers, chosen)))
    edges = list(_edges(contracts, used, chosen))
    edges += _readers_before_takers(contracts, used, edges)
    return Graph(
        workflow=analysed.workflow.name,
        contracts=contracts,
        makers=makers,
        chosen=chosen,
        used=tuple(used),
        edges=tuple(sorted(edges)),
        target=settings.target,
        target_all=settings.target_all,
    )


def _makers(contracts: Sequence[Contract]) -> Mapping[Key, tuple[str, ...]]:
    makers: dict[Key, dict[str, None]] = {}
    for contract in contracts:
        for key in contract.produces:
            makers.setdefault(key, {})[contract.name] = None
    return {key: tuple(names) for key, names in makers.items()}


def _chosen(
    makers: Mapping[Key, tuple[str, ...]], contracts: Sequence[Contract], prefer: Mapping[Key, Function]
) -> Mapping[Key, str]:
    """Choose the maker of every key that has one, or whose preferred one makes it."""
    chosen = {key: names[0] for key, names in makers.items() if len(names) == 1}
    if prefer:
        names = {id(contract.function): contract.name for contract in contracts}
        preferred = {key: names.get(id(function), "") for key, function in prefer.items()}
        chosen.update({key: name for key, name in preferred.items() if name in makers.get(key, ())})
    return chosen


def _on_the_way(
    target: Sequence[Key],
    contracts: Mapping[str, Contract],
    makers: Mapping[Key, tuple[str, ...]],
    chosen: Mapping[Key, str],
) -> frozenset[str]:
    """Go from the target to its makers, and on; where several make a key and none is chosen, to all of them."""
    found: set[str] = set()
    waiting = list(target)
    while waiting:
        key = waiting.pop()
        for name in (chosen[key],) if key in chosen else makers.get(key, ()):
            if name not in found:
                found.add(name)
                for wanted in contracts[name].inputs:
                    if wanted.mode is not Mode.ACCESS:
                        waiting += wanted.keys
    return frozenset(found)


def _edges(contracts: Mapping[str, Contract], used: Collection[str], chosen: Mapping[Key, str]) -> Iterator[Edge]:
    for name in used:
        for wanted in contracts[name].inputs:
            for key in wanted.keys:
                maker = chosen.get(key)
                if maker in used and maker is not None and maker != name:
                    before, after = (name, maker) if wanted.mode is Mode.FEEDBACK else (maker, name)
                    yield Edge(before, after, key, _kind(wanted))


def _readers_before_takers(
    contracts: Mapping[str, Contract], used: Collection[str], edges: Iterable[Edge]
) -> Iterator[Edge]:
    """Have whoever reads a taken key settle before its taker, unless it comes after the taker anyway.

    Else it would depend on which of two parallel steps starts first whether the reader still sees the value.
    """
    reads = ((name, wanted) for name in used for wanted in contracts[name].inputs)
    takers = {key: name for name, wanted in reads if wanted.mode is Mode.TAKE for key in wanted.keys}
    if not takers:
        return
    after: defaultdict[str, set[str]] = defaultdict(set)
    for edge in edges:
        after[edge.before].add(edge.after)
    readers = [(key, name) for name in used for wanted in contracts[name].inputs for key in wanted.keys]
    for key, reader in readers:
        taker = takers.get(key, reader)
        if taker != reader and not _leads_to(taker, reader, after):
            after[reader].add(taker)
            yield Edge(before=reader, after=taker, key=key, kind=EdgeKind.TAKE)


def _leads_to(start: str, end: str, after: Mapping[str, Iterable[str]]) -> bool:
    seen = {start}
    waiting = [start]
    while waiting and end not in seen:
        fresh = set(after.get(waiting.pop(), ())) - seen
        seen |= fresh
        waiting.extend(fresh)
    return end in seen


def _kind(wanted: Input) -> EdgeKind:
    if wanted.mode is Mode.CONSUMES:
        return EdgeKind.NEEDS if wanted.required else EdgeKind.OPTIONAL
    return _KINDS[wanted.mode]
