"""Strategies: values of a type, and deliveries for a workflow."""

from __future__ import annotations

import dataclasses
import enum
import inspect
import types
import typing
from collections.abc import Callable, Iterable, Mapping, MutableMapping, MutableSequence, Sequence
from collections.abc import Set as AbstractSet
from contextlib import suppress
from datetime import datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument, ResolutionFailed
from hypothesis.strategies._internal.types import _global_type_lookup as _lookup  # pyright: ignore[reportPrivateUsage]

from polaris._assembly import compiled
from polaris._model.keys import Key, TypeForm, bare, is_union, key_of, members, opened
from polaris._model.plan import KeyKind, Plan
from polaris._model.workflow import Workflow
from polaris.errors import DeclarationError
from polaris.testing.constraints import constrained, limits_in

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

_LARGEST = 4


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


class _TooDeepError(Exception):
    """A type holds itself once more than is drawn."""


_DEEPEST = 2
"""How often a type that holds itself is drawn inside itself."""


class _Drawing:
    """Makes strategies from types, with the user's own in their places."""

    def __init__(self, strategies: Strategies) -> None:
        self._given = {key_of(form): strategy for form, strategy in strategies.items()}
        self._known: dict[tuple[TypeForm, int], Strategy] = {}
        self._open: list[tuple[TypeForm, int]] = []
        self._level = _DEEPEST

    def of(self, form: TypeForm) -> Strategy:
        """Give the strategy for a type."""
        try:
            return self._of(form)
        except _TooDeepError as error:
            raise _undrawable(form) from error

    def _of(self, form: TypeForm) -> Strategy:
        form, written = bare(form), opened(form)
        given = self._given.get(key_of(form))
        if given is not None:
            return given
        limits = limits_in(getattr(written, "__metadata__", ()))
        return self._limited(form, limits) if limits else self._plain(form)

    def _limited(self, form: TypeForm, limits: list[tuple[str, Any]]) -> Strategy:
        if is_union(form):
            none = [st.none()] if types.NoneType in members(form) else []
            others = [self._limited(member, limits) for member in members(form) if member is not types.NoneType]
            return st.one_of([*none, *others])

        def drawn(**sizes: int) -> Strategy:
            origin: TypeForm = get_origin(form)
            return self._collection(form, **sizes) if origin in _COLLECTIONS else self._plain(form)

        return constrained(form, limits, drawn)

    def _plain(self, form: TypeForm) -> Strategy:
        before = self._level
        if (form, before) in self._open:
            self._level -= 1
        if self._level < 0:
            self._level = before
            raise _TooDeepError
        place = (form, self._level)
        try:
            if place not in self._known:
                self._open.append(place)
                try:
                    self._known[place] = self._make(form)
                finally:
                    self._open.pop()
        finally:
            self._level = before
        return self._known[place]

    def _make(self, form: TypeForm) -> Strategy:
        origin: TypeForm = get_origin(form)
        if form is None or form is types.NoneType:
            return st.none()
        if _is_registered(form):
            return self._registered(form)
        if is_union(form):
            return st.one_of(self._all_of(members(form)))
        if origin is Literal:
            return st.sampled_from(get_args(form))
        if hasattr(form, "__supertype__"):
            return self._of(form.__supertype__)
        if origin in _COLLECTIONS:
            return self._collection(form)
        if origin is tuple:
            return self._tuple(get_args(form))
        if form in _PLAIN:
            return _PLAIN[form]
        try:
            fields = _fields(form)
        except (NameError, KeyError) as error:  # hints that nobody can resolve; fields without hints
            raise _undrawable(form) from error
        return self._registered(form) if fields is None else self._built(form, fields)

    def _all_of(self, forms: Iterable[TypeForm]) -> list[Strategy]:
        """Give the strategies for those members of a union that need not hold what they are in."""
        found: list[Strategy] = []
        for form in forms:
            with suppress(_TooDeepError):
                found.append(self._of(form))
        if not found:
            raise _TooDeepError
        return found

    def _collection(self, form: TypeForm, *, min_size: int = 0, max_size: int | None = None) -> Strategy:
        most = min_size + _LARGEST if max_size is None else min(max_size, min_size + _LARGEST)
        origin: TypeForm = get_origin(form)
        make = _COLLECTIONS[origin]
        try:
            items = [self._of(item) for item in get_args(form)]
        except _TooDeepError:
            items, most = [st.nothing() for _ in get_args(form)], min_size
            if min_size:
                raise
        return make(*items, min_size=min_size, max_size=most)

    def _tuple(self, items: tuple[TypeForm, ...]) -> Strategy:
        if len(items) == 2 and items[1] is Ellipsis:
            return self._collection(list[items[0]]).map(tuple)  # type: ignore[valid-type]
        return st.tuples(*map(self._of, items))

    def _built(self, form: TypeForm, fields: Mapping[str, _Field]) -> Strategy:
        origin: TypeForm = get_origin(form) or form
        drawn: dict[str, Strategy] = {}
        for name, field in fields.items():
            try:
                drawn[name] = self._of(field.hint)
            except _TooDeepError:
                if field.required:
                    raise
        if _is_typed_dict(origin):
            optional = {name: drawn.pop(name) for name, field in fields.items() if not field.required and name in drawn}
            return st.fixed_dictionaries(drawn, optional=optional)
        return st.builds(_or_rejected(origin) if hasattr(origin, "__pydantic_fields__") else origin, **drawn)

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


def _is_registered(form: TypeForm) -> bool:
    """Say whether somebody has told Hypothesis how to draw a type.

    There is no public way to ask: `st.from_type` draws classes with hints of its own accord, too, registered or not.
    """
    return form not in _PLAIN and form in _lookup


def _or_rejected(model: Callable[..., object]) -> Callable[..., object]:
    """Make a model of pydantic, or none where one of its validators refuses."""

    def make(**fields: object) -> object:
        try:
            return model(**fields)
        except ValueError:
            reject()

    return make


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
