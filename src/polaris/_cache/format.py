"""The plan as JSON: never pickle, nothing in it is ever executed, and a line for every fact, for a readable diff.

msgspec checks every field against the type that the plan declares for it; it is loaded with the first plan.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from itertools import chain
from os import PathLike
from pathlib import Path
from typing import Any, cast

from polaris._model.plan import Plan
from polaris.errors import PlanFormatError

FORMAT = 1
"""Raised by one whenever the meaning of the file changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file that holds a plan."""

    format: int
    plan: Plan


@dataclass(frozen=True, slots=True, kw_only=True)
class _Head:
    """As much of a file of any format as can be counted on."""

    format: int


def encode_plan(plan: Plan) -> bytes:
    """Write a plan: equal plans give equal bytes."""
    import msgspec

    content = msgspec.json.encode(_lean(Document(format=FORMAT, plan=plan)))
    return msgspec.json.format(content, indent=1) + b"\n"


def _lean(noun: Any) -> Any:  # noqa: ANN401 - whatever a document is made of
    """Leave out every field that has its default: half of most plans, to read and to review."""
    if is_dataclass(noun):
        named = ((field, getattr(noun, field.name)) for field in fields(noun))
        return {
            field.name: _lean(value) for field, value in named if value is not field.default and value != field.default
        }
    return [_lean(part) for part in cast("tuple[object, ...]", noun)] if isinstance(noun, tuple) else noun


def decode_plan(content: bytes, where: str = "This file") -> Plan:
    """Read a plan that `encode_plan` wrote.

    Raises:
        PlanFormatError: it is damaged, or of another format.
    """
    import msgspec

    try:
        found = msgspec.json.decode(content, type=_Head).format
        if found != FORMAT:
            raise PlanFormatError(where, why=f"it has format {found}, and this version reads format {FORMAT}")
        plan = msgspec.json.decode(content, type=Document).plan
    except (ValueError, RecursionError) as error:
        raise PlanFormatError(where, why="it is damaged") from error
    if not is_whole(plan):
        raise PlanFormatError(where, why="its parts do not fit each other")
    return plan


def is_whole(plan: Plan) -> bool:
    """Say whether every number and key in a plan points at something, so that nobody stumbles over it later."""
    steps, keys = plan.steps, {info.name for info in plan.keys}
    slots = [slot for step in steps for slot in step.slots]
    read = [given.keys for step in steps for given in step.inputs]
    named, woken = zip(*plan.triggers, strict=True) if plan.triggers else ((), ())
    pointed = set(_flat((*plan.levels, *plan.predecessors, *woken)))
    return (
        len(plan.predecessors) == len(steps)
        and pointed.issubset(range(len(steps)))
        and all(max(group) < number for number, group in enumerate(plan.predecessors) if group)
        and all(slots)
        and keys.issuperset(_flat((*slots, *read, plan.target, named)))
    )


_flat = chain.from_iterable


def save_plan(plan: Plan, path: str | PathLike[str]) -> None:
    """Write a plan into a file.

    Raises:
        OSError: the file cannot be written.
    """
    Path(path).write_bytes(encode_plan(plan))


def load_plan(path: str | PathLike[str]) -> Plan:
    """Read a plan out of a file.

    Raises:
        PlanFormatError: the file cannot be read, or holds no plan that this version knows.
    """
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise PlanFormatError(str(path), why=error.strerror or type(error).__name__) from error
    return decode_plan(content, str(path))
