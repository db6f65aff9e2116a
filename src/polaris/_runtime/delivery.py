"""Reads what a caller delivers: one object is one datum of exactly its class, a plain dict maps types to values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from polaris._model.keys import Key, TypeForm, key_of, runtime_class
from polaris._model.plan import Plan
from polaris.errors import UnknownDataError

Delta = dict[Key, object]
"""What one delivery holds, in order; the last of two values for one key, and of two variants of a slot, wins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What can be delivered to a workflow.

    Attributes:
        workflow: its name.
        forms: the type of every key.
        by_class: the key of every type that is a class.
        slot: the variants that share a slot with a key, itself included; only of slots with several.
    """

    workflow: str
    forms: Mapping[Key, TypeForm]
    by_class: Mapping[type, Key]
    slot: Mapping[Key, tuple[Key, ...]]


def known_of(plan: Plan, types: Mapping[Key, TypeForm]) -> Known:
    """Work out, once per plan, what can be delivered to it."""
    forms = {info.name: types[info.name] for info in plan.keys}
    return Known(
        workflow=plan.workflow,
        forms=forms,
        by_class={form: key for key, form in forms.items() if isinstance(form, type)},
        slot={key: slot for step in plan.steps for slot in step.slots if len(slot) > 1 for key in slot},
    )


def read_delivery(known: Known, data: Iterable[object]) -> Delta:
    """Give the keys and values of a delivery.

    Raises:
        UnknownDataError: something in it is no datum of the workflow; the message shows the line to write.
    """
    delta: Delta = {}
    for datum in data:
        if type(datum) is dict:
            pairs = _read_mapping(known, cast("dict[TypeForm, object]", datum))
        else:
            pairs = [_read_one(known, datum)]
        for key, value in pairs:
            for other in known.slot.get(key, (key,)):
                delta.pop(other, None)
            delta[key] = value
    return delta


def _read_one(known: Known, datum: object) -> tuple[Key, object]:
    kind = type(datum)
    key = known.by_class.get(kind)
    if key is None:
        message = f"{_shown(kind)} is no data of workflow {known.workflow!r}."
        raise UnknownDataError(message, do=_advice(known.forms, kind))
    return key, datum


def _read_mapping(known: Known, datum: dict[TypeForm, object]) -> list[tuple[Key, object]]:
    if not datum:
        raise UnknownDataError("An empty dict was delivered.", do="Leave it out, or write {Type: value}.")
    return [_read_item(known.workflow, known.forms, form, value) for form, value in datum.items()]


def _read_item(workflow: str, known: Mapping[Key, TypeForm], form: TypeForm, value: object) -> tuple[Key, object]:
    if isinstance(form, str):
        dicts = [(key, kind) for key, kind in known.items() if runtime_class(kind) is dict]
        fitting = [key for key, kind in dicts if form in getattr(kind, "__annotations__", {})]
        example = fitting[0] if fitting else "Customer"
        raise UnknownDataError(
            f"A plain dict maps types to values, but {form!r} is a text.",
            do=f"If it is a TypedDict, write {{{example}: {{...}}}}.",
        )
    key = key_of(form)
    if key not in known or known[key] != form:
        raise UnknownDataError(f"{key} is no data of workflow {workflow!r}.", do=_names(known))
    if value is None:
        raise UnknownDataError(f"{{{key}: None}} was delivered, but None is never a value.", do="Leave it out.")
    expected = runtime_class(form)
    if not isinstance(value, expected):
        raise UnknownDataError(
            f"{key} takes {_shown(expected)}, but {_shown(type(value))} was delivered for it.",
            do=f"Write {{{key}: {expected.__name__}(...)}}.",
        )
    return key, value


def _advice(known: Mapping[Key, TypeForm], kind: type) -> str:
    """Show the line to write instead."""
    names = [key for key, form in known.items() if runtime_class(form) is kind]
    if names:
        return f"{', '.join(names)} {'takes' if len(names) == 1 else 'take'} one: write {{{names[0]}: ...}}."
    bases = [key for key, form in known.items() if issubclass(kind, runtime_class(form))]
    if bases:
        return f"{kind.__name__} is a kind of {bases[0]}: write {{{bases[0]}: ...}}."
    twins = [key for key, form in known.items() if key == key_of(kind) and isinstance(form, type)]
    if twins:
        return f"It has the name of {twins[0]}, but is another class: it was defined again, or imported twice."
    return _names(known)


def _names(known: Mapping[Key, TypeForm]) -> str:
    return f"It takes {', '.join(known) or 'nothing'}."


def _shown(kind: type) -> str:
    article = "an" if kind.__name__[:1].lower() in "aeiou" else "a"
    return f"{article} {kind.__name__}"


def names_of(types: Mapping[Key, TypeForm], keys: Sequence[Key]) -> tuple[TypeForm, ...]:
    """Give the live types of keys."""
    return tuple(types[key] for key in keys)
