"""Which types are data, and what is wrong with the others: a table, asked from the top."""

from __future__ import annotations

import collections.abc
import types
from collections.abc import Callable
from typing import Annotated, Any, Literal, NamedTuple, NewType, TypeVar, get_args

from polaris._compiler import codes
from polaris._compiler.codes import Rule
from polaris._model.context import Context
from polaris._model.keys import TypeForm, bare, is_list, is_union, key_of, opened, origin_of
from polaris._model.markers import Mode


class Wrong(NamedTuple):
    """Why a type cannot stand where it stands, and what to do."""

    rule: Rule
    what: str
    do: str


def marked(form: TypeForm) -> tuple[TypeForm, tuple[Mode, ...]]:
    """Take aliases and ``Annotated`` off the outside of a type, and give the markers among them."""
    modes: tuple[Mode, ...] = ()
    form = opened(form)
    while origin_of(form) is Annotated:
        modes += tuple(mode for mode in form.__metadata__ if isinstance(mode, Mode))
        form = opened(form.__origin__)
    return form, modes


def shown(form: TypeForm) -> str:
    """Give a type as its author would write it."""
    if form is None:
        return "None"
    try:
        return repr(form) if isinstance(form, str | bytes) else key_of(form)
    except RecursionError:  # so would `repr`
        return str(getattr(form, "__name__", type(form).__name__))


def name_for(word: str) -> str:
    """Suggest the name of a type for a parameter or a builder: ``user_id`` gives ``UserId``."""
    return "".join(part[:1].upper() + part[1:] for part in word.split("_"))


def fixed_tuple(form: TypeForm) -> tuple[TypeForm, ...] | None:
    """Give the parts of ``tuple[A, B]``; None for anything else, ``tuple[A, ...]`` too."""
    if origin_of(form) is not tuple or (args := get_args(form))[-1:] == (Ellipsis,):
        return None
    return args


def wrong_with(form: TypeForm) -> Wrong | None:
    """Say why a type, without aliases and markers outside, is no data type; None if it is one."""
    if type(form) is NewType or (isinstance(form, type) and not _odd(form)):
        return None
    return next((wrong for fits, wrong in _TABLE if fits(form)), None)


def _odd(cls: type) -> bool:
    return cls.__module__ == "builtins" or getattr(cls, "_is_protocol", False) or cls is Context or cls is Any


def _is_builtin(form: TypeForm) -> bool:
    plain = bare(form)
    if origin_of(plain) is not None and not get_args(plain):
        plain = origin_of(plain)
    return isinstance(plain, type) and plain.__module__ == "builtins"


def _is_unhashable(form: TypeForm) -> bool:
    try:
        hash(form)
    except TypeError:
        return True
    return False


def _is_unwrappable(form: TypeForm) -> bool:
    return form is Any or form is object or form is types.NoneType or form is None


def _holds(form: TypeForm, wanted: Callable[[TypeForm], bool]) -> bool:
    """Say whether a part of a generic, at any depth, is of a kind."""
    waiting = list(get_args(form))
    while waiting:
        part = waiting.pop()
        if wanted(part):
            return True
        waiting.extend(part if is_list(part) else get_args(part))
    return False


def _is_marker(form: TypeForm) -> bool:
    return origin_of(form) is Annotated and any(isinstance(mode, Mode) for mode in form.__metadata__)


def _is_variable(form: TypeForm) -> bool:
    return isinstance(form, TypeVar) or type(form).__name__ in {"ParamSpec", "TypeVarTuple", "TypeVar"}


def _origin_is(*origins: object) -> Callable[[TypeForm], bool]:
    return lambda form: origin_of(form) in origins


def _is_protocol(form: TypeForm) -> bool:
    return bool(getattr(origin_of(form) or form, "_is_protocol", False))


def _is_class(form: TypeForm) -> bool:
    return isinstance(origin_of(form) or form, type)


def _is_anything(_: TypeForm) -> bool:
    return True


_AWAITABLES = (collections.abc.Awaitable, collections.abc.Coroutine)

_TABLE: tuple[tuple[Callable[[TypeForm], bool], Wrong | None], ...] = (
    (
        _is_unhashable,
        Wrong(codes.BAD_FORM, "holds an annotation that cannot be hashed", "Use a NewType of it."),
    ),
    (_is_unwrappable, Wrong(codes.BUILTIN, "", "Name the class of the datum.")),
    (_is_builtin, Wrong(codes.BUILTIN, "", 'Give it a name of its own: `{name} = NewType("{name}", {form})`.')),
    (
        lambda form: form is Context,
        Wrong(codes.BAD_FORM, "stands for no datum", "Ask for it in a parameter of its own: `ctx: Context`."),
    ),
    (
        is_union,
        Wrong(codes.BAD_FORM, "has a union where one type must stand", "Write one type there, or a NewType of it."),
    ),
    (
        lambda form: fixed_tuple(form) is not None,
        Wrong(
            codes.BAD_FORM,
            "is a tuple of fixed length, which means several data",
            "Name each by itself, or make one NamedTuple or dataclass of them.",
        ),
    ),
    (
        _origin_is(Literal),
        Wrong(codes.BAD_FORM, "names values and not a type", "Use an Enum, or a NewType of the values' type."),
    ),
    (
        _is_variable,
        Wrong(codes.BAD_FORM, "is a type variable, which no value has as its type", "Name the type that is meant."),
    ),
    (
        lambda form: _holds(form, _is_variable),
        Wrong(codes.BAD_FORM, "holds a type variable", "Name the type that is meant."),
    ),
    (
        lambda form: _holds(form, _is_marker),
        Wrong(
            codes.BAD_FORM,
            "has a marker inside another type",
            "Put the marker outside: `Take[list[Item]]`, not `list[Take[Item]]`.",
        ),
    ),
    (
        _origin_is(*_AWAITABLES),
        Wrong(codes.BAD_FORM, "is not the datum but a promise of it", "Write `async def` and name the datum itself."),
    ),
    (
        _origin_is(collections.abc.Callable, type),
        Wrong(codes.BAD_FORM, "is not a type of data", "Is it a service? Then write `Resource[...]`."),
    ),
    (
        _is_protocol,
        Wrong(codes.BAD_FORM, "is a protocol, which no value has as its class", "Is it a service? `Resource[...]`."),
    ),
    (_is_class, None),
    (
        _is_anything,
        Wrong(codes.BAD_FORM, "is not a type of data", "Use a class, a NewType or a generic such as `list[Item]`."),
    ),
)
