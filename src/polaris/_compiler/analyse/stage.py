"""Second stage: from functions to contracts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from polaris._compiler.analyse.arguments import read_arguments
from polaris._compiler.analyse.signature import Known, read_signature
from polaris._compiler.nouns import Analysed, Marked
from polaris._model.workflow import Workflow


def analyse(workflow: Workflow[Any], builders: Iterable[Marked]) -> Analysed:
    """Read every hint of a workflow and of its builders."""
    settings, faults = read_arguments(workflow)
    known: Known = {}
    read = sorted((read_signature(marked, known) for marked in builders), key=lambda found: found[0].name)
    return Analysed(
        workflow=workflow,
        settings=settings,
        contracts=tuple(contract for contract, _ in read),
        faults=(*faults, *(fault for _, found in read for fault in found)),
    )
