"""What a record holds, field by field, with live types: dataclasses, attrs, Structs, named tuples, TypedDicts.

Classes are known by what they carry, so that no optional library is imported to ask. Type parameters are filled in:
``Page[Card]`` holds ``items: list[Card]``, and so does ``class Cards(Page[Card])``.
"""

from __future__ import annotations

import builtins
import dataclasses
import sys
import typing
from collections.abc import Callable, Iterator, Mapping
from types import NoneType
from typing import Any, ClassVar, Final, Generic, NamedTuple, Protocol, get_args

from polaris._model.keys import TypeForm, bare, origin_of

Thing = Any
"""A value, or a class, that users have made."""

Hints = Mapping[str, TypeForm]


class Field(NamedTuple):
    """One field of a record.

    Attributes:
        name: the attribute, or the key of a TypedDict.
        form: its type; of an `InitVar` what it wraps.
        is_init_only: it is given to ``__init__`` and not kept.
        is_compared: it counts in ``==``.
    """

    name: str
    form: TypeForm
    is_init_only: bool = False
    is_compared: bool = True


def plain(form: TypeForm) -> TypeForm:
    """Take aliases, ``Annotated``, ``Final`` and NewTypes off the outside of a type; ``None`` is ``NoneType``."""
    form = bare(form)
    while hasattr(form, "__supertype__") or origin_of(form) is Final:
        form = bare(get_args(form)[0] if origin_of(form) is Final else form.__supertype__)
    return NoneType if form is None else form


def fields_of(form: TypeForm) -> tuple[Field, ...] | None:
    """Give the fields of a class, or of a generic made from one; None if it is no record.

    Raises:
        Exception: a hint cannot be read; it is any expression of the user's.
    """
    cls: Thing = origin_of(form) or form
    read = next((read for fits, read in _KINDS if fits(cls)), None) if is_class(cls) else None
    return None if read is None else tuple(read(cls, _hints(form, cls)))


def is_class(form: Thing) -> bool:
    """Say whether a type is a class, and no special form."""
    return isinstance(form, type)


def is_typed_dict(cls: type) -> bool:
    """Say whether a class is a TypedDict, whose values are plain dicts."""
    return hasattr(cls, "__required_keys__") and hasattr(cls, "__total__")


def is_model(cls: type) -> bool:
    """Say whether a class is a model of pydantic; who has one has imported pydantic."""
    pydantic = sys.modules.get("pydantic")
    return pydantic is not None and issubclass(cls, pydantic.BaseModel)


def has_equality(cls: Thing) -> bool:
    """Say whether values of a class can be equal without being one object."""
    config = getattr(cls, "__struct_config__", None)
    return bool(cls.__eq__ is not object.__eq__ if config is None else config.eq)


_BUILTINS = vars(builtins)


# --- hints -------------------------------------------------------------------------------------------------------


def _hints(form: TypeForm, cls: type) -> Hints:
    """Give the hints of a class and its bases as live types, ``Annotated`` and the like taken off."""
    filled, found = _filled_in(form), dict[str, TypeForm]()
    for base in reversed(cls.__mro__):
        own = vars(base).get("__annotations__")
        if own:
            found.update((name, filling(hint, filled.get(base, {}))) for name, hint in _live(base, own).items())
    return found


def _live(cls: type, annotations: Mapping[str, object]) -> Hints:
    """Evaluate text in annotations; the module comes first, as in `typing.get_type_hints`, which is slow."""
    module = sys.modules.get(cls.__module__)
    inner = vars(module) if module else {}
    found = {
        name: inner.get(hint) or _BUILTINS.get(hint) if isinstance(hint, str) else hint
        for name, hint in annotations.items()
    }
    rest = {name: annotations[name] for name, form in found.items() if not is_class(form)}
    if not rest:
        return found
    holder = type(cls.__name__, (), {"__annotations__": rest, "__module__": cls.__module__})
    parameters = {parameter.__name__: parameter for parameter in getattr(cls, "__type_params__", ())}
    return {**found, **typing.get_type_hints(holder, {**vars(cls), **parameters}, inner)}


def _filled_in(form: TypeForm) -> dict[type, dict[TypeForm, TypeForm]]:
    """Give what stands for the type parameters of a class and of its bases."""
    cls: Thing = origin_of(form) or form
    own = dict(zip(getattr(cls, "__parameters__", ()), get_args(form), strict=False))
    found: dict[type, dict[TypeForm, TypeForm]] = {}
    bases: tuple[TypeForm, ...] = cls.__dict__.get("__orig_bases__", cls.__bases__)
    for base in bases:
        if isinstance(origin_of(base) or base, type) and origin_of(base) not in {Generic, Protocol}:
            found.update(_filled_in(filling(base, own)))
    found[cls] = own
    return found


def filling(form: TypeForm, filled: Mapping[TypeForm, TypeForm]) -> TypeForm:
    """Put types in the place of the type parameters of a generic."""
    if form in filled:
        return filled[form]
    open_ones: tuple[TypeForm, ...] = () if is_class(form) else getattr(form, "__parameters__", ())
    if not filled or not open_ones:
        return form
    return form[tuple(filled.get(parameter, parameter) for parameter in open_ones)]


# --- the kinds of records ----------------------------------------------------------------------------------------


def _dataclass(cls: Thing, hints: Hints) -> Iterator[Field]:
    kept = {field.name for field in dataclasses.fields(cls)}
    for name, field in cls.__dataclass_fields__.items():
        hint = hints.get(name, field.type)
        if name in kept:
            yield Field(name, hint, is_compared=field.compare)
        elif hint is not ClassVar and origin_of(hint) is not ClassVar:
            yield Field(name, getattr(hint, "type", Any), is_init_only=True)


def _attrs(cls: Thing, hints: Hints) -> Iterator[Field]:
    for field in cls.__attrs_attrs__:
        hint = hints.get(field.name, field.type or Any)
        yield Field(field.name, hint, is_compared=bool(field.eq))


def _struct(cls: Thing, hints: Hints) -> Iterator[Field]:
    return (Field(name, hints[name]) for name in cls.__struct_fields__)


def _namedtuple(cls: Thing, hints: Hints) -> Iterator[Field]:
    return (Field(name, hints.get(name, Any)) for name in cls._fields)


def _typeddict(_: Thing, hints: Hints) -> Iterator[Field]:
    return (Field(name, hint) for name, hint in hints.items())


def _has(*attributes: str) -> Callable[[type], bool]:
    return lambda cls: all(hasattr(cls, attribute) for attribute in attributes)


_KINDS: tuple[tuple[Callable[[type], bool], Callable[[Thing, Hints], Iterator[Field]]], ...] = (
    (_has("__dataclass_fields__"), _dataclass),
    (is_typed_dict, _typeddict),
    (_has("_fields", "_field_defaults"), _namedtuple),
    (_has("__struct_fields__", "__struct_config__"), _struct),
    (_has("__attrs_attrs__"), _attrs),
)
"""How a kind of record is known, and how its fields are read; the first that fits."""
