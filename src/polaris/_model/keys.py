"""Keys: the name of a datum, made from its type.

A key is the type's qualified name after the last ``<locals>.``, without its module, so that moving code between
files strands no stored run. Type aliases and ``Annotated`` are transparent, as they are for type checkers;
the members of a union inside a generic are sorted, because ``A | B`` and ``B | A`` are one type.
"""

from __future__ import annotations

import types
import typing
from typing import Annotated, Any, Literal, NewType, Union, get_args, get_origin

Key = NewType("Key", str)

TypeForm = Any
"""A type as users write it: a class, a `NewType`, a generic such as ``list[Item]``, a union."""


def origin_of(form: TypeForm) -> TypeForm:
    """Give the class or special form that a generic was made from; None if a type is no generic."""
    return get_origin(form)


def opened(form: TypeForm) -> TypeForm:
    """Take aliases off the outside of a type; ``Annotated`` stays.

    Raises:
        RecursionError: the type is an alias that stands for itself.
    """
    if isinstance(form, type):
        return form
    origin = origin_of(form)
    if _is_alias(form):
        return opened(form.__value__)
    if _is_alias(origin):
        return opened(_applied(origin, get_args(form)))
    return form


def bare(form: TypeForm) -> TypeForm:
    """Take aliases and ``Annotated`` off the outside of a type."""
    form = opened(form)
    while not isinstance(form, type) and origin_of(form) is Annotated:
        form = opened(get_args(form)[0])
    return form


def is_list(form: TypeForm) -> bool:
    """Say whether a part of a type is a list of types, as in ``Callable[[A], B]``; generics of one keep a tuple."""
    return isinstance(form, list | tuple)


def is_union(form: TypeForm) -> bool:
    """Say whether a type is ``A | B`` or ``Union[A, B]``."""
    return origin_of(form) in {Union, types.UnionType}


def members(form: TypeForm) -> tuple[TypeForm, ...]:
    """Give the members of a union as written, nested ones and aliases opened, ``None`` as ``NoneType``.

    A type that is no union is its own only member.
    """
    form = bare(form)
    if not is_union(form):
        return (types.NoneType if form is None else form,)
    found: dict[TypeForm, None] = {}
    for member in get_args(form):
        found.update(dict.fromkeys(members(member)))
    return tuple(found)


def key_of(form: TypeForm) -> Key:
    """Give the key of a type: ``CabbieMatched``, ``list[Item]``.

    Raises:
        RecursionError: the type is made of an alias that stands for itself.
    """
    return Key(_text(form))


def same_type(one: TypeForm, other: TypeForm) -> bool:
    """Say whether two types of one key are one type, aliases and the order of unions aside."""
    return one is other or one == other or leaves(one) == leaves(other)


def leaves(form: TypeForm) -> list[TypeForm]:
    """Give the classes and NewTypes that a type is made of, in the order of its key."""
    form = bare(form)
    if is_list(form):
        return [leaf for part in form for leaf in leaves(part)]
    if is_union(form):
        return [leaf for part in sorted(members(form), key=_text) for leaf in leaves(part)]
    origin = origin_of(form)
    if origin is None or origin is Literal:
        return [form]
    return [origin, *(leaf for part in get_args(form) for leaf in leaves(part))]


def runtime_class(form: TypeForm) -> type:
    """Give the class that values of a type have when the program runs.

    That is the base of a `NewType`, the origin of a generic, ``dict`` for a ``TypedDict``.

    Raises:
        TypeError: the form is not a type of values (``Literal``, a union, a string ...).
    """
    form = bare(form)
    while hasattr(form, "__supertype__"):
        form = bare(form.__supertype__)
    origin = origin_of(form)
    form = form if origin is None else origin
    if not isinstance(form, type) or form is types.UnionType:
        msg = f"{form!r} is not a type of values"
        raise TypeError(msg)
    return dict if typing.is_typeddict(form) or type(form).__name__ == "_TypedDictMeta" else form


def local_name(thing: object) -> str:
    """Give the qualified name of a class or function after its last ``<locals>.``."""
    name: str = getattr(thing, "__qualname__", None) or getattr(thing, "__name__", None) or repr(thing)
    return name.rpartition("<locals>.")[2]


def _is_alias(form: TypeForm) -> bool:
    return type(form).__name__ == "TypeAliasType" and hasattr(form, "__value__")


def _applied(alias: TypeForm, args: tuple[TypeForm, ...]) -> TypeForm:
    value = alias.__value__
    given = dict(zip(alias.__type_params__, args, strict=False))
    parameters = getattr(value, "__parameters__", ())
    return value[tuple(given.get(p, p) for p in parameters)] if parameters else value


def _text(form: TypeForm) -> str:
    if isinstance(form, type) and form is not types.NoneType:
        return local_name(form)
    form = bare(form)
    if form is None or form is types.NoneType:
        return "None"
    if form is Ellipsis:
        return "..."
    if is_list(form):
        return f"[{', '.join(map(_text, form))}]"
    if is_union(form):
        return " | ".join(sorted(map(_text, members(form))))
    origin = origin_of(form)
    if origin is Literal:
        return f"Literal[{', '.join(map(repr, get_args(form)))}]"
    if origin is not None:
        return f"{local_name(origin)}[{', '.join(map(_text, get_args(form)))}]"
    return local_name(form)
