"""Places: where in the user's source a fault is. Only here, and only when there are faults, is a source file read."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from polaris._compiler.faults import RETURN, Anchor, Fault
from polaris._compiler.syntax import FunctionNode, lines_of, syntax_of
from polaris._compiler.wrapping import innermost
from polaris._model.declaration import Function
from polaris._model.diagnostic import Diagnostic, Place, Related
from polaris._model.workflow import Workflow

_DEFINITION = re.compile(r"(?:async\s+)?def\s+(\w+)")


def diagnostics_of(faults: Iterable[Fault]) -> tuple[Diagnostic, ...]:
    """Turn faults into diagnostics, sorted by place; those without a place come last."""
    return tuple(sorted(map(_diagnostic, faults), key=_order))


def _diagnostic(fault: Fault) -> Diagnostic:
    related = ((message, place_of(anchor)) for message, anchor in fault.related)
    return Diagnostic(
        code=fault.rule.code,
        severity=fault.rule.severity,
        message=fault.message,
        hint=fault.hint,
        place=place_of(fault.at),
        related=tuple(Related(message=message, place=place) for message, place in related if place is not None),
    )


def _order(diagnostic: Diagnostic) -> tuple[object, ...]:
    place = diagnostic.place
    where = (place.file, place.line, place.column) if place else ("", 0, 0)
    return (place is None, *where, diagnostic.code, diagnostic.message)


def place_of(anchor: Anchor) -> Place | None:
    """Find what an anchor stands for; as much of it as the source still tells, None if there is no file at all."""
    if isinstance(anchor.thing, Workflow):
        return _in_workflow(anchor.thing, anchor.part)
    if isinstance(anchor.thing, type):
        return _in_class(anchor.thing, anchor.part)
    return _in_function(anchor.thing, anchor.part)


def _in_function(function: Function, part: str) -> Place | None:
    plain = innermost(function)
    if plain is None:
        return None
    code = plain.__code__
    lines = lines_of(code.co_filename, plain.__globals__)
    node = syntax_of(lines).functions.get((code.co_name, code.co_firstlineno))
    if node is None:
        line = lines[code.co_firstlineno - 1].rstrip("\n") if code.co_firstlineno <= len(lines) else ""
        return Place(file=code.co_filename, line=code.co_firstlineno, source=line)
    return _part_of_function(code.co_filename, lines, node, part)


def _part_of_function(file: str, lines: Sequence[str], node: FunctionNode, part: str) -> Place:
    arguments = node.args
    every = [*arguments.posonlyargs, *arguments.args, arguments.vararg, *arguments.kwonlyargs, arguments.kwarg]
    found: ast.expr | ast.arg | None = next((each for each in every if each and each.arg == part), None)
    if part == RETURN:
        found = node.returns
    if found is not None:
        return _around(file, lines, found)
    text = lines[node.lineno - 1].rstrip("\n")
    first = _column(text, node.col_offset) - 1
    name = _DEFINITION.match(text, first)
    start, end = name.span(1) if name else (first, len(text))
    return Place(file=file, line=node.lineno, column=start + 1, end_column=end + 1, source=text)


def _in_workflow(workflow: Workflow[Any], argument: str) -> Place | None:
    file = workflow.namespace.get("__file__")
    if not isinstance(file, str):
        return None
    lines = lines_of(file, workflow.namespace)
    call = syntax_of(lines).calls.get(workflow.name)
    if call is None:
        return Place(file=file, line=0)
    found = next((keyword for keyword in call.keywords if keyword.arg == argument), call.func)
    return _around(file, lines, found)


def _in_class(cls: type, field: str) -> Place | None:
    module = sys.modules.get(cls.__module__)
    names = vars(module) if module else {}
    file = names.get("__file__")
    if not isinstance(file, str):
        return None
    lines = lines_of(file, names)
    found = syntax_of(lines).fields.get((cls.__name__, field))
    return None if found is None else _around(file, lines, found)


def _around(file: str, lines: Sequence[str], node: ast.expr | ast.arg | ast.keyword | ast.AnnAssign) -> Place:
    """Give the first line of a node; a node of several lines reaches to the end of its first."""
    text = lines[node.lineno - 1].rstrip("\n")
    column = _column(text, node.col_offset)
    last = node.end_lineno == node.lineno and node.end_col_offset
    end = _column(text, last) if last else len(text) + 1
    return Place(file=file, line=node.lineno, column=column, end_column=end, source=text)


def _column(text: str, offset: int) -> int:
    """Turn an offset in UTF-8 bytes, as `ast` counts, into a column."""
    return len(text.encode()[:offset].decode()) + 1
