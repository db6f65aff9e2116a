"""What is doubtful about a workflow that compiles: questions about its graph that are only asked when somebody looks.

Theory. A call without data changes nothing, so whatever happens begins with outside data. The *roots* of a key are the
outside keys whose delivery can change it: its own, if it is one, and those of every trigger of its maker. Two keys can
change in different calls if one has a root that the other has not. That is enough to tell where a result depends on
the order in which data arrive, and nothing of the user's is run for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from polaris._compiler import codes
from polaris._compiler.faults import RETURN, Anchor, Fault, fault
from polaris._compiler.mutable import is_mutable
from polaris._compiler.nouns import Analysed
from polaris._compiler.ways import NO_ROOTS, Roots, Ways, in_order, waking
from polaris._model.contract import Contract, Input
from polaris._model.graph import Graph
from polaris._model.keys import Key, TypeForm
from polaris._model.markers import Mode
from polaris._model.references import LOST, Home, reference_by_name

MOST_STEPS = 1_500_000
"""How many looks at builders and at what they require the search for dead states may take: well under a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """What is questioned, with what all questions need.

    Attributes:
        used: the contracts of the plan, sorted by name.
        maker: the contract that makes a key.
        readers: the contracts that read a key, and the parameters they read it with.
        roots: of every key.
        ways: to the target.
    """

    analysed: Analysed
    graph: Graph
    used: tuple[Contract, ...]
    maker: Mapping[Key, Contract]
    readers: Mapping[Key, Sequence[tuple[Contract, Input]]]
    roots: Mapping[Key, Roots]
    ways: Ways

    def behind(self, *inputs: Input) -> Roots:
        """Give the outside keys whose delivery can change what these parameters read."""
        return NO_ROOTS.union(*(self.roots.get(key, NO_ROOTS) for given in inputs for key in given.keys))


Question = Callable[[_Subject], Iterator[Fault]]


def doubts(graph: Graph, analysed: Analysed) -> Iterator[Fault]:
    """Find what is doubtful in a graph without errors."""
    used = tuple(graph.contracts[name] for name in graph.used)
    maker = {key: contract for contract in used for key in contract.produces}
    readers: defaultdict[Key, list[tuple[Contract, Input]]] = defaultdict(list)
    for contract in used:
        for given in contract.inputs:
            for key in given.keys:
                readers[key].append((contract, given))
    ordered = in_order(used, maker)
    roots = _roots(ordered, maker, readers)
    lost = {key for one in used for given in one.inputs if given.mode is Mode.TAKE for key in given.keys}
    ways = Ways(graph, ordered, roots, lost | analysed.settings.transients)
    subject = _Subject(analysed=analysed, graph=graph, used=used, maker=maker, readers=readers, roots=roots, ways=ways)
    for question in QUESTIONS:
        yield from question(subject)


def _roots(
    ordered: Sequence[Contract], maker: Mapping[Key, Contract], readers: Mapping[Key, object]
) -> Mapping[Key, Roots]:
    found: dict[Key, Roots] = {key: frozenset((key,)) for key in readers if key not in maker}
    for contract in ordered:
        made = NO_ROOTS.union(*(found[key] for given in waking(contract) for key in given.keys))
        found.update(dict.fromkeys(contract.produces, made))
    return found


# --- ways that lead nowhere --------------------------------------------------------------------------------------


def dead_end_variant(subject: _Subject) -> Iterator[Fault]:
    """A variant that nobody reads and that is no target ends the run where it stands."""
    for contract, key in _variants(subject):
        if key not in subject.readers and key not in subject.graph.target:
            yield fault(codes.DEAD_END, _at(contract, RETURN), key=key, builder=contract.name)


def state_without_a_way_to_the_target(subject: _Subject) -> Iterator[Fault]:
    """Once a variant is made, everything that is not ruled out by it must still lead to the target."""
    steps = 0
    for contract, key in _variants(subject):
        if key not in subject.readers or key in subject.graph.target or subject.ways.may_decide_again(contract):
            continue
        steps += subject.ways.steps
        if steps > MOST_STEPS:
            yield fault(codes.NOT_DECIDED, _at_workflow(subject, "target"), builder=contract.name, key=key)
            return
        if not subject.ways.reaches(set(contract.produces) - _kept_with(contract, key)):
            target = (" and " if subject.graph.target_all else " or ").join(subject.graph.target)
            yield fault(codes.NO_WAY, _at(contract, RETURN), key=key, builder=contract.name, target=target)


def _variants(subject: _Subject) -> Iterator[tuple[Contract, Key]]:
    return ((contract, key) for contract in subject.used for slot in contract.slots if len(slot) > 1 for key in slot)


def _kept_with(contract: Contract, key: Key) -> set[Key]:
    """Give what a builder may have made when it made a variant: that, and all of its other slots."""
    return {key}.union(*(slot for slot in contract.slots if key not in slot))


# --- results that depend on when things arrive -------------------------------------------------------------------


def order_of_alternatives(subject: _Subject) -> Iterator[Fault]:
    """Of alternatives in several slots the one that changed last is passed."""
    for contract in subject.used:
        for given in contract.inputs:
            for one, other in _apart(subject, given.keys):
                orders = f"{one}, then {other}: it sees {other}; {other}, then {one}: it sees {one}"
                yield _depends(
                    contract, given, orders, f"Read them with two parameters, and decide in `{contract.name}`."
                )


def order_of_what_is_only_looked_at(subject: _Subject) -> Iterator[Fault]:
    """What is read through Access does not wake its reader, so it is seen only if it was there before."""
    for contract in subject.used:
        woken = subject.behind(*waking(contract))
        for given in contract.inputs:
            late, key = subject.behind(given) - woken, given.keys[0]
            if late and given.mode is Mode.ACCESS and key not in contract.produces:
                root, trigger = min(late), min(woken, default="another call")
                sees, misses = f"{root}, then {trigger}: it sees {key}", f"{trigger}, then {root}: it does not"
                do = f"Make it an optional parameter, `{given.parameter}: {key} | None = None`, if it should."
                yield _depends(contract, given, f"{sees}; {misses}", do)


def order_before_a_builder_that_runs_once(subject: _Subject) -> Iterator[Fault]:
    """What comes after a ``once`` builder has run changes nothing any more."""
    for contract in subject.used:
        needed = subject.behind(*(given for given in contract.inputs if given.required))
        for given in contract.inputs if contract.declaration.once else ():
            late = subject.behind(given) - needed
            if late and given.mode is Mode.CONSUMES and not given.required:
                root, last = min(late), min(needed, default="another call")
                orders = f"{root}, then {last}: it sees {given.keys[0]}; {last}, then {root}: it has run without it"
                yield _depends(contract, given, orders, "Require it, if the builder must not run before it is there.")


def _depends(contract: Contract, given: Input, orders: str, do: str) -> Fault:
    return fault(codes.ORDER, _at(contract, given.parameter), builder=contract.name, orders=orders, do=do)


def _apart(subject: _Subject, keys: Sequence[Key]) -> Iterator[tuple[Key, Key]]:
    """Give the first two alternatives that are not in one slot and can change in different calls."""
    for number, one in enumerate(keys):
        for other in keys[number + 1 :]:
            maker = subject.maker.get(one)
            same = maker is not None and any(one in slot and other in slot for slot in maker.slots)
            if not same and subject.roots.get(one) != subject.roots.get(other):
                yield one, other
                return


def verdict_on_data_of_different_calls(subject: _Subject) -> Iterator[Fault]:
    """A builder that decides on two outside data judges the new one of one together with the old one of the other."""
    for contract in subject.used:
        if not contract.may_decline and all(len(slot) == 1 for slot in contract.slots):
            continue
        outside = [
            given
            for given in contract.inputs
            if given.mode is Mode.CONSUMES and given.required and not any(key in subject.maker for key in given.keys)
        ]
        if len(outside) > 1:
            first, last = outside[0], outside[-1]
            words = {"builder": contract.name, "first": first.keys[0], "second": last.keys[0], "name": last.parameter}
            related = ("the other one", _at(contract, first.parameter))
            yield fault(codes.JUDGED_TOGETHER, _at(contract, last.parameter), related, **words)


def product_that_goes_with_a_transient(subject: _Subject) -> Iterator[Fault]:
    """A transient is there in its own call only: woken in a later one, its reader cannot run and loses its product."""
    transients = subject.analysed.settings.transients
    for contract in subject.used:
        for given in contract.inputs:
            if not (given.required and transients.issuperset(given.keys)):
                continue
            with_it = subject.behind(given)
            late = [other for other in waking(contract) if not subject.behind(other) <= with_it]
            if late and any(key not in transients for key in contract.produces):
                words = {"builder": contract.name, "transient": given.keys[0], "other": late[0].keys[0]}
                yield fault(codes.LOST_WITH_TRANSIENT, _at(contract, given.parameter), **words)


# --- what values and functions are -------------------------------------------------------------------------------


def mutable_input(subject: _Subject) -> Iterator[Fault]:
    """A value that one builder changes is another one for the next, in the same call."""
    types: dict[Key, TypeForm] = {key: form for contract in subject.used for key, form in contract.types}
    for key in sorted(subject.readers.keys() - subject.maker.keys()):
        contract, given = subject.readers[key][0]
        if is_mutable(types.get(key)):
            yield fault(codes.MUTABLE, _at(contract, given.parameter), key=key)


def function_without_a_name(subject: _Subject) -> Iterator[Fault]:
    """What cannot be imported by name cannot be sent to another process, nor its plan be kept."""
    workflow = subject.analysed.workflow
    home = Home(module=workflow.module, namespace=workflow.namespace)
    for contract in subject.used:
        if LOST in reference_by_name(contract.function, home):
            yield fault(codes.NO_NAME, _at(contract), builder=contract.name)


def _at(contract: Contract, part: str = "") -> Anchor:
    return Anchor(thing=contract.function, part=part)


def _at_workflow(subject: _Subject, argument: str) -> Anchor:
    return Anchor(thing=subject.analysed.workflow, part=argument)


QUESTIONS: tuple[Question, ...] = (
    dead_end_variant,
    state_without_a_way_to_the_target,
    order_of_alternatives,
    order_of_what_is_only_looked_at,
    order_before_a_builder_that_runs_once,
    verdict_on_data_of_different_calls,
    product_that_goes_with_a_transient,
    mutable_input,
    function_without_a_name,
)
"""What is asked, in the order of codes."""
