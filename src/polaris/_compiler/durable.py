"""What cannot be stored, of the data of a plan: the codec says what is wrong with a type, this says where it is named.

It needs a plan and its live things only, so that a plan out of the cache is checked, too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from polaris._compiler.codes import RULES
from polaris._compiler.faults import RETURN, Anchor, Fault
from polaris._compiler.places import diagnostics_of
from polaris._model.compiled import Compiled
from polaris._model.declaration import Function
from polaris._model.diagnostic import Diagnostic, Severity
from polaris._model.keys import Key, TypeForm
from polaris._model.plan import Plan
from polaris._model.workflow import Workflow
from polaris.protocols import Flaw, sockets

_BY_CODE = {rule.code: rule for rule in RULES}


def unstorable(workflow: Workflow[object], found: Compiled) -> tuple[Diagnostic, ...]:
    """Give everything because of which values of a workflow cannot be stored, sorted by place."""
    return diagnostics_of(flaws_of(workflow, found.plan, found.functions, found.types))


def as_warnings(faults: Iterable[Fault]) -> Iterator[Fault]:
    """Let what stops an engine with a store be told to those who may need none."""
    return (replace(fault, rule=replace(fault.rule, severity=Severity.WARNING)) for fault in faults)


def flaws_of(
    workflow: Workflow[object], plan: Plan, functions: Mapping[str, Function], types: Mapping[Key, TypeForm]
) -> Iterator[Fault]:
    """Find what is wrong with the types that are stored: not transients, not resources. Each flaw is told once."""
    told: set[tuple[str, str]] = set()
    for info in plan.keys:
        if info.transient:
            continue
        for flaw in sockets.flaws(types[info.name]):
            fault = _fault(flaw, _first(info.name, workflow, plan, functions))
            if (flaw.code, fault.message) not in told:
                told.add((flaw.code, fault.message))
                yield fault


def _fault(flaw: Flaw, at: Anchor) -> Fault:
    related = () if flaw.owner is None else (("the field", Anchor(thing=flaw.owner, part=flaw.field)),)
    return Fault(rule=_BY_CODE[flaw.code], at=at, words=flaw.words, related=related)


def _first(key: Key, workflow: Workflow[object], plan: Plan, functions: Mapping[str, Function]) -> Anchor:
    """Find the first place at which a key is named: a parameter, a return type, or the inputs of the workflow."""
    for step in plan.steps:
        for given in step.inputs:
            if key in given.keys:
                return Anchor(thing=functions[step.name], part=given.parameter)
        if key in step.produces:
            return Anchor(thing=functions[step.name], part=RETURN)
    return Anchor(thing=workflow, part="inputs")
