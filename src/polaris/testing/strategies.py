"""Strategies: values of a type, and deliveries for a workflow."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import types
import typing
from collections.abc import Callable, Mapping, MutableMapping, MutableSequence, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime, time
from decimal import Decimal
from math import isfinite
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument, ResolutionFailed

from polaris._assembly import compiled
from polaris._model.keys import Key, TypeForm, bare, is_union, key_of, members, opened
from polaris._model.plan import KeyKind, Plan
from polaris._model.workflow import Workflow
from polaris.errors import DeclarationError

Strategy = st.SearchStrategy[Any]
Strategies = Mapping[TypeForm, Strategy]
Deltas = list[dict[TypeForm, object]]

_PLAIN: dict[type, Strategy] = {
    float: st.floats(allow_nan=False, allow_infinity=False),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
    complex: st.complex_numbers(allow_nan=False, allow_infinity=False),
    datetime: st.datetimes().map(lambda moment: moment.replace(fold=0)),
    time: st.times().map(lambda moment: moment.replace(fold=0)),
}
"""Where Hypothesis' own idea of a type holds values that no store gives back as they were."""

_COLLECTIONS: dict[type, Callable[..., Strategy]] = {
    list: st.lists,
    Sequence: st.lists,
    MutableSequence: st.lists,
    set: st.sets,
    AbstractSet: st.frozensets,
    frozenset: st.frozensets,
    dict: st.dictionaries,
    Mapping: st.dictionaries,
    MutableMapping: st.dictionaries,
}
"""Collections, and the ones that stand for the abstract ones."""


class _Field(NamedTuple):
    """What a value of a class is built from."""

    hint: TypeForm
    required: bool = True


def values(form: TypeForm, strategies: Strategies = types.MappingProxyType({})) -> Strategy:
    """Draw values of a type that a workflow can carry.

    Args:
        form: a class, a `NewType`, a generic, a union.
        strategies: strategies to use instead, by type; also for types inside others.

    Raises:
        DeclarationError: the type cannot be drawn; the message shows how to register it.
    """
    return _Drawing(strategies).of(form)


@st.composite
def deliveries(draw: st.DrawFn, workflow: Workflow[Any], strategies: Strategies = types.MappingProxyType({})) -> Deltas:
    """Draw deliveries for a workflow: an ordered partition of its outside data, with some of it amended or left out.

    Each delivery is a dict of types and values, as `polaris.run` takes it.
    """
    found = compiled(workflow)
    keys = outside(found.plan)
    drawing = _Drawing(strategies)
    kept = [key for key in draw(st.permutations(keys)) if draw(st.integers(0, 4)) < 4]
    again = draw(st.lists(st.sampled_from(keys), max_size=2)) if keys else []  # drawn last: they shrink away first
    pieces: Deltas = []
    for key in [*kept, *again]:
        form = found.types[key]
        if not pieces or form in pieces[-1] or draw(st.booleans()):
            pieces.append({})
        pieces[-1][form] = draw(drawing.of(form))
    return pieces


def outside(plan: Plan) -> list[Key]:
    """Give the keys that come from outside."""
    return [info.name for info in plan.keys if info.kind is KeyKind.INPUT]


class _Drawing:
    """Makes strategies from types, with the user's own in their places."""

    def __init__(self, strategies: Strategies) -> None:
        self._given = {key_of(form): strategy for form, strategy in strategies.items()}
        self._known: dict[TypeForm, Strategy] = {}

    def of(self, form: TypeForm) -> Strategy:
        form, written = bare(form), opened(form)
        given = self._given.get(key_of(form))
        if given is not None:
            return given
        if _is_constrained(written):
            drawn = self._registered(written)
            return drawn.filter(isfinite) if form in {float, Decimal} else drawn
        if form not in self._known:
            self._known[form] = st.deferred(lambda: self._known[form])
            self._known[form] = self._make(form)
        return self._known[form]

    def _make(self, form: TypeForm) -> Strategy:
        origin: TypeForm = get_origin(form)
        if form is None or form is types.NoneType:
            return st.none()
        if is_union(form):
            return st.one_of([self.of(member) for member in members(form)])
        if origin is Literal:
            return st.sampled_from(get_args(form))
        if hasattr(form, "__supertype__"):
            return self.of(form.__supertype__)
        if origin in _COLLECTIONS:
            return _COLLECTIONS[origin](*map(self.of, get_args(form)), max_size=4)
        if origin is tuple:
            return self._tuple(get_args(form))
        if form in _PLAIN:
            return _PLAIN[form]
        try:
            fields = _fields(form)
        except (NameError, KeyError) as error:  # hints that nobody can resolve; fields without hints
            raise _undrawable(form) from error
        return self._registered(form) if fields is None else self._built(form, fields)

    def _tuple(self, items: tuple[TypeForm, ...]) -> Strategy:
        if len(items) == 2 and items[1] is Ellipsis:
            return st.lists(self.of(items[0]), max_size=4).map(tuple)
        return st.tuples(*map(self.of, items))

    def _built(self, form: TypeForm, fields: Mapping[str, _Field]) -> Strategy:
        origin: TypeForm = get_origin(form) or form
        drawn = {name: self.of(field.hint) for name, field in fields.items()}
        if _is_typed_dict(origin):
            optional = {name: drawn.pop(name) for name, field in fields.items() if not field.required}
            return st.fixed_dictionaries(drawn, optional=optional)
        return st.builds(origin, **drawn)

    def _registered(self, form: TypeForm) -> Strategy:
        try:
            strategy: Strategy = st.from_type(form)
            strategy.validate()
        except (ResolutionFailed, InvalidArgument, TypeError) as error:
            raise _undrawable(form) from error
        return strategy


def _undrawable(form: TypeForm) -> DeclarationError:
    name = key_of(form)
    return DeclarationError(
        f"No values of {name} can be drawn.",
        do=f"Pass strategies={{{name}: ...}}, or call st.register_type_strategy({name}, ...).",
    )


def _is_typed_dict(form: TypeForm) -> bool:
    return typing.is_typeddict(form) or type(form).__name__ == "_TypedDictMeta"


def _fields(form: TypeForm) -> dict[str, _Field] | None:
    """Give what a value of a class is built from, by argument; None if it is no class with fields."""
    origin: TypeForm = get_origin(form) or form
    if not inspect.isclass(origin) or issubclass(origin, enum.Enum):
        return None
    names = _names(origin)
    if names is None:
        return None
    hints = _hints(origin)
    bound = dict(zip(getattr(origin, "__parameters__", ()), get_args(form), strict=False))
    optional: frozenset[str] = getattr(origin, "__optional_keys__", frozenset())
    return {
        argument: _Field(_substituted(_unmarked(hints[name]), bound), required=name not in optional)
        for argument, name in names.items()
    }


def _names(origin: TypeForm) -> dict[str, str] | None:
    """Give the names of the fields by the names of the arguments that they are built from."""
    if hasattr(origin, "__attrs_attrs__"):
        return {field.alias: field.name for field in origin.__attrs_attrs__ if field.init}
    if dataclasses.is_dataclass(origin):
        return {field.name: field.name for field in dataclasses.fields(origin) if field.init}
    if hasattr(origin, "__struct_fields__"):
        return {name: name for name in origin.__struct_fields__}
    if hasattr(origin, "__pydantic_fields__"):
        return {field.alias or name: name for name, field in origin.__pydantic_fields__.items()}
    names = typing.get_type_hints(origin) if _is_typed_dict(origin) else getattr(origin, "_fields", None)
    return None if names is None else {name: name for name in names}


def _hints(origin: TypeForm) -> dict[str, TypeForm]:
    hints = typing.get_type_hints(origin, include_extras=True)
    for name, field in getattr(origin, "__pydantic_fields__", {}).items():
        if field.metadata:
            hints[name] = Annotated[field.annotation, *field.metadata]
    return hints


def _is_constrained(form: TypeForm) -> bool:
    """Say whether a type has constraints that Hypothesis keeps to, such as ``Gt(0)``."""
    metadata: tuple[object, ...] = getattr(form, "__metadata__", ())
    return any(type(one).__module__ == "annotated_types" for one in metadata)


def _unmarked(hint: TypeForm) -> TypeForm:
    """Take ``Required``, ``NotRequired`` and ``ReadOnly`` off a key of a ``TypedDict``."""
    while getattr(get_origin(hint), "_name", None) in {"Required", "NotRequired", "ReadOnly"}:
        (hint,) = get_args(hint)
    return hint


def _substituted(hint: TypeForm, bound: Mapping[TypeForm, TypeForm]) -> TypeForm:
    """Put the arguments of a generic class in the place of its type variables."""
    if hint in bound:
        return bound[hint]
    parameters = getattr(hint, "__parameters__", ())
    return hint[tuple(bound.get(one, one) for one in parameters)] if parameters and bound else hint
