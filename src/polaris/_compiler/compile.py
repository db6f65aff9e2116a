"""The five stages in order: collect, analyse, link, check, lower."""

from __future__ import annotations

import gc
from collections.abc import Generator, Iterable, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from polaris._compiler.analyse.schema import shapes_of
from polaris._compiler.analyse.stage import analyse
from polaris._compiler.check import check
from polaris._compiler.collect import collect
from polaris._compiler.doubts import doubts
from polaris._compiler.durable import as_warnings, flaws_of
from polaris._compiler.link import link
from polaris._compiler.lower import lower
from polaris._compiler.nouns import Settings
from polaris._compiler.origins import origins_of
from polaris._compiler.places import diagnostics_of
from polaris._model.compiled import Compiled
from polaris._model.contract import Contract
from polaris._model.diagnostic import Severity
from polaris._model.keys import Key, TypeForm
from polaris._model.late import late
from polaris._model.workflow import Workflow
from polaris.errors import CompileError


def compile_workflow(workflow: Workflow[Any], *, thorough: bool = False) -> Compiled:
    """Compile a workflow.

    Args:
        workflow: the workflow.
        thorough: also look for what is doubtful but works, which takes time of its own.

    Raises:
        CompileError: it has faults; all of them are in ``.diagnostics``, sorted by place.
        DeclarationError: something was listed as a builder that is no function and no module.
    """
    with _without_collections():
        return _compile(workflow, thorough=thorough)


@contextmanager
def _without_collections() -> Generator[None]:
    """Pause the garbage collector: nearly all that is made here stays, and it would be looked at again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            _let_rest()
            gc.enable()


def _let_rest() -> None:
    """Have the collector take what there is for old, or the next thing made would have it look at all of this."""
    if not gc.get_freeze_count():  # nobody else has put things aside
        gc.freeze()
        gc.unfreeze()


def _compile(workflow: Workflow[Any], *, thorough: bool) -> Compiled:
    analysed = analyse(workflow, collect(workflow))
    graph = link(analysed)
    faults = [*analysed.faults, *check(graph, analysed)]
    if any(fault.rule.severity is Severity.ERROR for fault in faults):
        errors = [found for found in diagnostics_of(faults) if found.severity is Severity.ERROR]
        raise CompileError(workflow.name, errors)
    if thorough:
        faults += doubts(graph, analysed)
    contracts = [graph.contracts[name] for name in graph.used]
    types = _types(contracts, analysed.settings)
    shapes = shapes_of({key: types[key] for key in _data(contracts, analysed.settings)})
    plan = lower(analysed, graph, types, shapes)
    functions = {contract.name: contract.function for contract in contracts}
    if thorough:
        faults += as_warnings(flaws_of(workflow, plan, functions, types))
    compiled = partial(Compiled, plan=plan, functions=functions, types=types, warnings=diagnostics_of(faults))

    def traced() -> Compiled:
        """Find the files that the plan was made from: only who keeps it asks for them."""
        named = {"functions": functions.values(), "types": types.values(), "classes": shapes.classes}
        return compiled(sources=origins_of(workflow, plan, **named))

    return late(Compiled, traced, **compiled.keywords)


def _types(contracts: Iterable[Contract], settings: Settings) -> Mapping[Key, TypeForm]:
    """Give the live type of every key of the plan, those of resources included."""
    types = {key: form for key, form, argument in settings.types if argument == "inputs"}
    for contract in contracts:
        types.update(contract.types)
    return types


def _data(contracts: Iterable[Contract], settings: Settings) -> frozenset[Key]:
    """Give every key that is data: read or made by a builder of the plan, or declared as an input."""
    read = [key for contract in contracts for given in contract.inputs for key in given.keys]
    made = [key for contract in contracts for key in contract.produces]
    return frozenset((*read, *made, *(settings.inputs or ())))
