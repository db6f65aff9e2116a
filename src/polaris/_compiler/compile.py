"""The five stages in order: collect, analyse, link, check, lower."""

from __future__ import annotations

import inspect
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from types import ModuleType
from typing import Any

from polaris._compiler.analyse.schema import shapes_of
from polaris._compiler.analyse.stage import analyse
from polaris._compiler.check import check
from polaris._compiler.collect import collect
from polaris._compiler.link import link
from polaris._compiler.lower import lower
from polaris._compiler.places import diagnostics_of
from polaris._compiler.wrapping import layers
from polaris._model.compiled import Compiled
from polaris._model.contract import Contract
from polaris._model.diagnostic import Severity
from polaris._model.keys import Key, TypeForm
from polaris._model.plan import Plan
from polaris._model.references import LOST, module_of
from polaris._model.workflow import Workflow
from polaris.errors import CompileError


def compile_workflow(workflow: Workflow[Any]) -> Compiled:
    """Compile a workflow.

    Raises:
        CompileError: it has faults; all of them are in ``.diagnostics``, sorted by place.
        DeclarationError: something was listed as a builder that is no function and no module.
    """
    analysed = analyse(workflow, collect(workflow))
    graph = link(analysed)
    found = diagnostics_of([*analysed.faults, *check(graph, analysed)])
    errors = [diagnostic for diagnostic in found if diagnostic.severity is Severity.ERROR]
    if errors:
        raise CompileError(workflow.name, errors)
    contracts = [graph.contracts[name] for name in graph.used]
    types = {key: form for contract in contracts for key, form in contract.types}
    data = _data(contracts)
    shapes = shapes_of({key: types[key] for key in data})
    plan = lower(workflow, analysed.settings, graph, types, shapes.texts, shapes.schemas)
    functions = {contract.name: contract.function for contract in contracts}
    return Compiled(
        plan=plan,
        functions=functions,
        types=types,
        warnings=tuple(found),
        sources=_sources(workflow, plan, functions, (*types.values(), *shapes.classes)),
    )


def _data(contracts: Iterable[Contract]) -> Sequence[Key]:
    """Give every key that is data: read or made by a builder of the plan."""
    read = [key for contract in contracts for given in contract.inputs for key in given.keys]
    made = [key for contract in contracts for key in contract.produces]
    return sorted({*read, *made})


def _sources(
    workflow: Workflow[Any], plan: Plan, functions: Mapping[str, object], forms: Iterable[TypeForm]
) -> tuple[str, ...]:
    """Give the first-party files a plan was made from; none if it cannot be found again by name."""
    if not workflow.module or any(LOST in reference for reference in _references(plan)):
        return ()
    names = {workflow.module, *(module_of(one) for function in functions.values() for one in layers(function))}  # type: ignore[arg-type]
    names.update(filter(None, map(module_of, forms)))
    files: set[str] = set()
    for name in names:
        module = sys.modules.get(name)
        file = None if module is None else _source_of(module)
        if file is None and not _is_foreign(module):
            return ()
        if file is not None and not _is_foreign(module):
            files.add(file)
    return tuple(sorted(files))


def _references(plan: Plan) -> Iterator[str]:
    yield from (info.reference for info in plan.keys)
    for step in plan.steps:
        yield step.function
        yield from (reference for _, reference in step.resources)
        if step.retry is not None:
            yield from step.retry.on


def _source_of(module: ModuleType) -> str | None:
    try:
        return inspect.getsourcefile(module)
    except TypeError:
        return None


def _is_foreign(module: ModuleType | None) -> bool:
    """Say whether a module is Python's own or was installed: such code changes only with its version."""
    file = getattr(module, "__file__", None)
    if module is None or file is None:
        return getattr(module, "__name__", "") in sys.builtin_module_names
    return any(file.startswith(folder) for folder in _installed())


@cache
def _installed() -> tuple[str, ...]:
    paths = sysconfig.get_paths()
    return tuple(paths[name] for name in ("stdlib", "platstdlib", "purelib", "platlib"))
