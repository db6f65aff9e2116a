"""Strategies: values of a type, and deliveries for a workflow."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from datetime import datetime, time
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin

from polaris._assembly import compiled
from polaris._model.keys import Key, TypeForm, bare, is_union, key_of, members
from polaris._model.plan import KeyKind, Plan
from polaris._model.workflow import Workflow
from polaris.errors import DeclarationError, MissingExtraError

try:
    from hypothesis import strategies as st
    from hypothesis.errors import ResolutionFailed
except ImportError as error:  # pragma: no cover - the tests need hypothesis themselves
    raise MissingExtraError("polaris.testing", extra="testing") from error

Strategy = st.SearchStrategy[Any]
Strategies = Mapping[TypeForm, Strategy]
Deltas = list[dict[TypeForm, object]]

_PLAIN: dict[type, Strategy] = {
    float: st.floats(allow_nan=False, allow_infinity=False),
    Decimal: st.decimals(allow_nan=False, allow_infinity=False),
    datetime: st.datetimes(),
    time: st.times(),
}
"""Where Hypothesis' own idea of a type holds values that no store gives back as they were."""

_COLLECTIONS: dict[type, Callable[..., Strategy]] = {
    list: st.lists,
    set: st.sets,
    frozenset: st.frozensets,
    dict: st.dictionaries,
}


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
    order = draw(st.permutations([*keys, *draw(st.lists(st.sampled_from(keys), max_size=2))] if keys else []))
    kept = order[: draw(st.integers(0, len(order)))] if draw(st.booleans()) else order
    pieces: Deltas = []
    for key in kept:
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
        form = bare(form)
        given = self._given.get(key_of(form))
        if given is not None:
            return given
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
        fields = _fields(form)
        return self._registered(form) if fields is None else self._built(form, fields)

    def _tuple(self, items: tuple[TypeForm, ...]) -> Strategy:
        if len(items) == 2 and items[1] is Ellipsis:
            return st.lists(self.of(items[0]), max_size=4).map(tuple)
        return st.tuples(*map(self.of, items))

    def _built(self, form: TypeForm, fields: Mapping[str, TypeForm]) -> Strategy:
        build: TypeForm = dict if _is_typed_dict(form) else get_origin(form) or form
        return st.builds(build, **{name: self.of(hint) for name, hint in fields.items()})

    def _registered(self, form: TypeForm) -> Strategy:
        try:
            strategy: Strategy = st.from_type(form)
            strategy.validate()
        except (ResolutionFailed, TypeError) as error:
            name = key_of(form)
            raise DeclarationError(
                f"No values of {name} can be drawn.",
                do=f"Pass strategies={{{name}: ...}}, or call st.register_type_strategy({name}, ...).",
            ) from error
        return strategy


def _is_typed_dict(form: TypeForm) -> bool:
    return typing.is_typeddict(form) or type(form).__name__ == "_TypedDictMeta"


def _fields(form: TypeForm) -> dict[str, TypeForm] | None:
    """Give the fields that a value of a class is built from; None if it is no class with fields."""
    origin: TypeForm = get_origin(form) or form
    if not inspect.isclass(origin) or issubclass(origin, enum.Enum):
        return None
    return _fields_of(origin, form)


def _fields_of(origin: TypeForm, form: TypeForm) -> dict[str, TypeForm] | None:
    if dataclasses.is_dataclass(origin):
        names = [field.name for field in dataclasses.fields(origin) if field.init]
    elif _is_typed_dict(origin) or hasattr(origin, "_fields"):
        names = list(typing.get_type_hints(origin))
    else:
        return None
    hints = typing.get_type_hints(origin, include_extras=True)
    bound = dict(zip(getattr(origin, "__parameters__", ()), get_args(form), strict=False))
    return {name: _substituted(hints[name], bound) for name in names}


def _substituted(hint: TypeForm, bound: Mapping[TypeForm, TypeForm]) -> TypeForm:
    """Put the arguments of a generic class in the place of its type variables."""
    if hint in bound:
        return bound[hint]
    parameters = getattr(hint, "__parameters__", ())
    return hint[tuple(bound.get(one, one) for one in parameters)] if parameters and bound else hint
