"""Fourth stage: a table of small questions about a graph, each answered with the faults it finds.

A question about what is missing waits until every signature could be read: what seems to be missing before that may
only be unreadable.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from polaris._compiler import codes
from polaris._compiler.cycles import cycles
from polaris._compiler.faults import RETURN, Anchor, Fault, fault
from polaris._compiler.nouns import Analysed
from polaris._model.contract import Contract, Input
from polaris._model.graph import Edge, EdgeKind, Graph
from polaris._model.keys import Key, TypeForm, same_type
from polaris._model.markers import Mode


class Subject(NamedTuple):
    """What is questioned.

    Attributes:
        graph: the graph.
        analysed: what it was made from.
        used: the contracts on the way to the target, by name.
        clashing: the keys of two types each. What follows from that they are one key is no fault of its own.
    """

    graph: Graph
    analysed: Analysed
    used: Mapping[str, Contract]
    clashing: frozenset[Key]


Question = Callable[[Subject], Iterator[Fault]]


def check(graph: Graph, analysed: Analysed) -> Iterator[Fault]:
    """Find every fault of a graph, and what is doubtful about it."""
    used = {name: graph.contracts[name] for name in graph.used}
    subject = Subject(graph, analysed, used, _clashing(used, analysed))
    for question in ALWAYS if analysed.faults else (*ALWAYS, *WHEN_ALL_IS_READ):
        yield from question(subject)


# --- names and types ---------------------------------------------------------------------------------------------


def two_builders_with_one_name(subject: Subject) -> Iterator[Fault]:
    """Names, old ones too, tell the builders of stored runs apart."""
    owners: dict[str, Contract] = {}
    for contract in subject.analysed.contracts:
        first = owners.setdefault(contract.name, contract)
        if first is not contract:
            yield _same_name(contract, first, f"two builders have the name `{contract.name}`")
    for contract in subject.analysed.contracts:
        for old in contract.declaration.renamed_from:
            first = owners.setdefault(old, contract)
            if first is not contract:
                what = f"`{contract.name}` says it was called `{old}`, which `{first.name}` is or was called"
                yield _same_name(contract, first, what)


def _same_name(contract: Contract, first: Contract, what: str) -> Fault:
    return fault(codes.TWO_BUILDERS, _at(contract), ("the other builder", _at(first)), what=what)


def two_types_with_one_key(subject: Subject) -> Iterator[Fault]:
    """A key names one type."""
    known: dict[Key, tuple[TypeForm, Anchor]] = {}
    told: set[Key] = set()
    for key, form, at in _named_types(subject) if subject.clashing else ():
        first, there = known.setdefault(key, (form, at))
        if key in subject.clashing - told and not same_type(first, form):
            told.add(key)
            words = _two_types(key, first, form)
            yield fault(codes.TWO_TYPES, at, (f"here {key} is {_origin(first)}", there), **words)


def _clashing(used: Mapping[str, Contract], analysed: Analysed) -> frozenset[Key]:
    """Give the keys that do not always name the same type."""
    named = [pair for contract in used.values() for pair in contract.types]
    named += [(key, form) for key, form, _ in analysed.settings.types]
    once = dict(named)
    others = ((key, form) for key, form in named if once[key] is not form)  # there are next to none
    return frozenset(key for key, form in others if not same_type(once[key], form))


def _named_types(subject: Subject) -> Iterator[tuple[Key, TypeForm, Anchor]]:
    for contract in subject.used.values():
        parts: dict[Key, str] = {given.key: given.parameter for given in contract.resources}
        parts.update((key, wanted.parameter) for wanted in contract.inputs for key in wanted.keys)
        for key, form in contract.types:
            yield key, form, _at(contract, parts.get(key, RETURN))
    for key, form, argument in subject.analysed.settings.types:
        yield key, form, _at_workflow(subject, argument)


def _two_types(key: Key, first: TypeForm, second: TypeForm) -> dict[str, str]:
    one, other = _origin(first), _origin(second)
    if one == other:
        do = f"{key} was defined again after it had been used: run what uses it again."
    else:
        do = "Rename one of them, or import the same one in both places."
    return {"key": key, "first": one, "second": other, "do": do}


def _origin(form: TypeForm) -> str:
    return f"{getattr(form, '__module__', '?')}.{getattr(form, '__qualname__', form)}"


# --- the target --------------------------------------------------------------------------------------------------


def target_without_producer(subject: Subject) -> Iterator[Fault]:
    """Somebody must make the target."""
    graph = subject.graph
    for key in graph.target:
        if key not in graph.makers:
            at = _at_workflow(subject, "target")
            yield fault(codes.NO_PRODUCER, at, key=key, workflow=repr(graph.workflow))


def transient_target(subject: Subject) -> Iterator[Fault]:
    """What completes a run must be there after the call."""
    for key in subject.graph.target:
        if key in subject.analysed.settings.transients:
            yield fault(codes.TRANSIENT_TARGET, _at_workflow(subject, "target"), key=key)


# --- who makes what ----------------------------------------------------------------------------------------------


def several_producers(subject: Subject) -> Iterator[Fault]:
    """Where a key has several makers, one is chosen; a preference that chooses none is a fault of its own."""
    graph, prefer = subject.graph, subject.analysed.settings.prefer
    for key in sorted(key for key in graph.makers if key not in graph.chosen):
        used = [name for name in graph.makers[key] if name in subject.used]
        if key not in prefer and key not in subject.clashing and len(used) > 1:
            first, *others = (graph.contracts[name] for name in used)
            related = [(f"`{other.name}` makes it too", _at(other, RETURN)) for other in others]
            words = {"key": key, "makers": _listed(used), "first": used[0]}
            yield fault(codes.SEVERAL_PRODUCERS, _at(first, RETURN), *related, **words)


def producer_beside_the_preferred_one(subject: Subject) -> Iterator[Fault]:
    """A builder cannot be in the plan for one product and left out for another."""
    graph = subject.graph
    for key in sorted(subject.analysed.settings.prefer):
        preferred = graph.chosen.get(key, "")
        for name in graph.makers.get(key, ()) if preferred else ():
            if name != preferred and name in subject.used:
                contract = subject.used[name]
                why = _listed([other for other in contract.produces if graph.chosen.get(other) == name])
                words = {"builder": name, "key": key, "preferred": preferred, "why": why}
                yield fault(codes.NOT_PREFERRED, _at(contract, RETURN), **words)


def preference_for_another(subject: Subject) -> Iterator[Fault]:
    """Only a maker of a key can be preferred for it."""
    graph, prefer = subject.graph, subject.analysed.settings.prefer
    named = subject.analysed.contracts if prefer else ()
    names = {id(contract.function): contract.name for contract in named}
    for key, function in sorted(prefer.items()):
        name, makers = names.get(id(function)), graph.makers.get(key, ())
        if callable(function) and name not in makers:
            builder = f"`{name or getattr(function, '__name__', function)}`"
            why = f"it makes {_listed(graph.contracts[name].produces)}" if name else "it is no builder of the workflow"
            words = {"builder": builder, "key": key, "why": why, "makers": _listed(makers) or "there is none"}
            yield fault(codes.WRONG_PREFERENCE, _at_workflow(subject, "prefer"), **words)


def required_data_that_is_no_input(subject: Subject) -> Iterator[Fault]:
    """With a complete list of inputs, what is required is in it or made."""
    inputs = subject.analysed.settings.inputs
    if inputs is None:
        return
    for contract in subject.used.values():
        for wanted in contract.inputs:
            if wanted.required and not any(key in inputs or key in subject.graph.makers for key in wanted.keys):
                words = {"builder": contract.name, "key": " | ".join(wanted.keys)}
                yield fault(codes.NOT_AN_INPUT, _at(contract, wanted.parameter), **words)


# --- order -------------------------------------------------------------------------------------------------------


def own_product(subject: Subject) -> Iterator[Fault]:
    """A builder cannot wait for itself."""
    for contract in subject.used.values():
        made = contract.produces
        for wanted in contract.inputs:
            for key in wanted.keys:
                if key in made and key not in subject.clashing and wanted.mode in _WAITING:
                    words = {"builder": contract.name, "key": key, "parameter": wanted.parameter}
                    yield fault(codes.OWN_PRODUCT, _at(contract, wanted.parameter), **words)


_WAITING = (Mode.CONSUMES, Mode.TAKE)


def builders_that_wait_for_each_other(subject: Subject) -> Iterator[Fault]:
    """All order edges together are acyclic."""
    after: defaultdict[str, list[str]] = defaultdict(list)
    meant = [edge for edge in subject.graph.edges if edge.key not in subject.clashing]
    for edge in meant:
        after[edge.before].append(edge.after)
    edges: dict[tuple[str, str], Edge] = {}
    for path in cycles(subject.used, after):
        edges = edges or {(edge.before, edge.after): edge for edge in meant}
        yield _cycle(subject, [edges[pair] for pair in zip(path, (*path[1:], path[0]), strict=True)])


def _cycle(subject: Subject, around: list[Edge]) -> Fault:
    """Show a way round, and the parameter whose change would break it."""
    related = [(_why(edge), _at_reader(subject, edge)) for edge in around]
    path = " -> ".join(f"`{name}`" for name in (*(edge.before for edge in around), around[0].before))
    loose = next((edge for edge in reversed(around) if edge.kind is not EdgeKind.FEEDBACK), None)
    if loose is None:
        do = "Not all of them can read the pass before: let one consume what another makes without Feedback."
        return fault(codes.CYCLE, _at_reader(subject, around[-1]), *related, path=path, do=do)
    parameter = _at_reader(subject, loose).part
    do = (
        "Let one of them read the value of the pass before, which is not waited for: "
        f"`{parameter}: Feedback[{loose.key}]` in `{loose.after}`."
    )
    return fault(codes.CYCLE, _at_reader(subject, loose), *related, path=path, do=do)


def _why(edge: Edge) -> str:
    if edge.kind is EdgeKind.FEEDBACK:
        return f"`{edge.before}` reads {edge.key} as it was before `{edge.after}` makes it"
    return f"`{edge.after}` waits for {edge.key}, which `{edge.before}` makes"


def _at_reader(subject: Subject, edge: Edge) -> Anchor:
    contract = subject.used[edge.before if edge.kind is EdgeKind.FEEDBACK else edge.after]
    return _at(contract, next(wanted.parameter for wanted in contract.inputs if edge.key in wanted.keys))


# --- what does not last ------------------------------------------------------------------------------------------


def taken_key_that_another_needs(subject: Subject) -> Iterator[Fault]:
    """What is taken away cannot be needed elsewhere."""
    used, takers = subject.used.values(), dict[Key, tuple[Contract, Input]]()
    for contract in used:
        for take in contract.inputs:
            for key in take.keys if take.mode is Mode.TAKE else ():
                takers.setdefault(key, (contract, take))
    read = ((contract, wanted) for contract in used for wanted in contract.inputs if wanted.required)
    for contract, wanted in read if takers else ():
        for key in wanted.keys:
            taker, take = takers.get(key, (contract, wanted))
            if taker is not contract and key not in subject.clashing:
                verb = "takes" if wanted.mode is Mode.TAKE else "requires"
                related = (f"`{taker.name}` takes it here", _at(taker, take.parameter))
                words = {"taker": taker.name, "key": key, "other": contract.name, "verb": verb}
                yield fault(codes.TAKEN_TWICE, _at(contract, wanted.parameter), related, **words)


def transient_that_would_have_to_be_kept(subject: Subject) -> Iterator[Fault]:
    """Feedback, Take and once need what a call leaves behind, and of a transient nothing is left."""
    transients = subject.analysed.settings.transients
    for contract in subject.used.values() if transients else ():
        made = [key for key in contract.produces if key in transients]
        for wanted in contract.inputs:
            for key in wanted.keys if wanted.mode is Mode.FEEDBACK else ():
                if key in transients:
                    what = f"`{contract.name}` reads it as it was in the pass before"
                    do = f"Take {key} out of `transients`, or read it without Feedback."
                    yield _not_kept(contract, wanted.parameter, key, what, do)
            if made and wanted.mode in _MAKES_ONCE:
                what = f"its maker `{contract.name}` reads with {_MAKES_ONCE[wanted.mode]}, so it cannot be made again"
                yield _not_kept(contract, wanted.parameter, made[0], what, _SPLIT.format(key=made[0]))
        if made and contract.declaration.once:
            what = f"its maker `{contract.name}` runs once, so it cannot be made again when it is lost"
            yield _not_kept(contract, "", made[0], what, _SPLIT.format(key=made[0]))


_MAKES_ONCE = {Mode.FEEDBACK: "Feedback", Mode.TAKE: "Take"}
_SPLIT = "Make {key} in a builder of its own that can run at any time, or take it out of `transients`."


def _not_kept(contract: Contract, part: str, key: Key, what: str, do: str) -> Fault:
    return fault(codes.TRANSIENT_KEPT, _at(contract, part), key=key, what=what, do=do)


# --- doubtful ----------------------------------------------------------------------------------------------------


def unused_builder(subject: Subject) -> Iterator[Fault]:
    """A builder that is not on the way to the target never runs, unless another was preferred to it on purpose."""
    graph, prefer = subject.graph, subject.analysed.settings.prefer
    target = (" and " if graph.target_all else " or ").join(graph.target)
    for name in sorted(graph.contracts.keys() - subject.used.keys()):
        contract = graph.contracts[name]
        if not any(key in prefer for key in contract.produces):
            product = ", ".join(contract.produces)
            yield fault(codes.UNUSED, _at(contract), builder=name, target=target, product=product)


# --- words -------------------------------------------------------------------------------------------------------


def _at(contract: Contract, part: str = "") -> Anchor:
    return Anchor(thing=contract.function, part=part)


def _at_workflow(subject: Subject, argument: str) -> Anchor:
    return Anchor(thing=subject.analysed.workflow, part=argument)


def _listed(names: Sequence[str]) -> str:
    """Give names as a sentence has them: ``a``, ``b`` and ``c``."""
    quoted = [f"`{name}`" for name in names]
    return " and ".join(filter(None, [", ".join(quoted[:-1]), *quoted[-1:]]))


ALWAYS: tuple[Question, ...] = (
    two_builders_with_one_name,
    two_types_with_one_key,
    transient_target,
    several_producers,
    producer_beside_the_preferred_one,
    own_product,
    builders_that_wait_for_each_other,
    taken_key_that_another_needs,
    transient_that_would_have_to_be_kept,
)
"""What can be asked of any graph."""

WHEN_ALL_IS_READ: tuple[Question, ...] = (
    target_without_producer,
    preference_for_another,
    required_data_that_is_no_input,
    unused_builder,
)
"""What can be asked when no signature was faulty."""
