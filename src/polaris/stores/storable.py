"""Finds what in a type cannot be stored, or would not come back equal, before a value of it is ever made.

A walk over a type and all that it is made of. Every part is shown to a table of small questions, one for each row
POL4xx of the compiler's table; a question yields the words for the row. What the table does not know, msgspec is asked
at the end. Where msgspec sees nothing wrong it may still change a value in silence, so that it cannot be asked alone.
"""

from __future__ import annotations

import re
from collections import abc, deque
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from functools import cache
from typing import Any, NamedTuple, TypeVar, get_args
from zoneinfo import ZoneInfo

import msgspec

from polaris._model.keys import TypeForm, bare, is_union, key_of, local_name, members, origin_of
from polaris.protocols import Flaw
from polaris.stores.fields import Field, Thing, fields_of, has_equality, is_class, plain
from polaris.stores.hooks import from_plain, is_hooked
from polaris.stores.looks import COLLECTIONS, LEAVES, alike_because, can_be_a_key, first_alike

Words = Mapping[str, str]


@cache
def flaws(form: TypeForm) -> tuple[Flaw, ...]:
    """Give everything in a type because of which its values cannot be stored, in the order of its fields."""
    found = tuple(_walk(form, _Place(None, "", form), set()))
    if any(flaw.code != "POL408" for flaw in found):
        return found
    return (*found, *_refused(form))


def _refused(form: TypeForm) -> Iterator[Flaw]:
    """Ask msgspec for what the table does not know."""
    try:
        msgspec.json.Decoder(bare(form), dec_hook=from_plain)
    except Exception as error:  # noqa: BLE001 - a hint is any expression of the user's
        yield Flaw("POL411", None, "", {"place": f"`{key_of(form)}`", "why": refusal(error)})


def refusal(error: Exception) -> str:
    """Say why msgspec, or reading the hints of a class, has refused a type."""
    if isinstance(error, TypeError):
        return lower(str(error).partition("\n")[0])
    return f"its hints cannot be read ({type(error).__name__}: {error})"


def lower(sentence: str) -> str:
    """Let a sentence begin in lower case, so that it can stand inside another one."""
    return sentence if sentence.startswith("JSON") else sentence[:1].lower() + sentence[1:]


# --- the walk ----------------------------------------------------------------------------------------------------


class _Place(NamedTuple):
    """Where a part of a type stands: in a field of a class, or in the type of the datum itself."""

    owner: type | None
    field: str
    form: TypeForm

    def __str__(self) -> str:
        text = " | ".join(map(key_of, members(self.form))) if is_union(bare(self.form)) else key_of(self.form)
        return f"{local_name(self.owner)}.{self.field}: {text}" if self.owner else text


class _Part(NamedTuple):
    """A part of a type.

    Attributes:
        form: what it is, aliases and NewTypes taken off.
        cls: the class, or what a generic was made from.
        args: what a generic was made with.
        fields: its fields, if it is a record.
    """

    form: TypeForm
    cls: Thing
    args: tuple[TypeForm, ...]
    fields: tuple[Field, ...] | None

    @property
    def is_open(self) -> bool:
        """Whether it is a generic whose type parameters nobody has filled in."""
        is_bare = self.fields is not None and self.form is self.cls
        return is_bare and any(_bound(parameter) is parameter for parameter in getattr(self.cls, "__parameters__", ()))


def _walk(form: TypeForm, place: _Place, seen: set[TypeForm]) -> Iterator[Flaw]:
    """Ask everything about a type, and about all that it is made of; a record is walked through once."""
    form = plain(_bound(form))
    if form in _FINE:
        return
    try:
        fields = fields_of(form)
    except Exception as error:  # noqa: BLE001 - a hint is any expression of the user's
        yield Flaw("POL411", place.owner, place.field, {"place": f"`{place}`", "why": refusal(error)})
        return
    if fields is not None:
        if form in seen:
            return
        seen.add(form)
    part = _Part(form, origin_of(form) or form, get_args(form), fields)
    for code, question in _OF_PARTS:
        for words in question(part):
            is_named = is_union(form) or key_of(form) in str(place)
            shown = f"`{place}`" if is_named else f"`{key_of(form)}` in `{place}`"
            yield Flaw(code, place.owner, place.field, {"place": shown, **words})
    if not part.is_open:
        yield from _within(part, place, seen)


def _within(part: _Part, place: _Place, seen: set[TypeForm]) -> Iterator[Flaw]:
    """Walk on through what a part is made of."""
    for field in part.fields or ():
        here = _Place(part.cls, field.name, field.form)
        for code, question in _OF_FIELDS:
            for words in question(part, field):
                yield Flaw(code, part.cls, field.name, {"place": f"`{here}`", "field": field.name, **words})
        if not field.is_init_only:
            yield from _walk(field.form, here, seen)
    if is_union(part.form) or part.cls in COLLECTIONS:
        for arg in members(part.form) if is_union(part.form) else part.args:
            if arg is not Ellipsis:
                yield from _walk(arg, place, seen)


def _bound(form: TypeForm) -> TypeForm:
    """Give what stands for a type parameter that nobody has filled in: its bound, as for msgspec."""
    return (form.__bound__ or form) if isinstance(form, TypeVar) else form


_FINE = LEAVES.keys() - {memoryview}
_SAY_NOTHING = frozenset({Any, object})


# --- what is asked about a part ----------------------------------------------------------------------------------


def _vague(part: _Part) -> Iterator[Words]:
    """Any, object, a bare collection, an open generic."""
    if part.form in _SAY_NOTHING or isinstance(part.form, TypeVar):
        yield {"do": "Name the type, or a union of types that JSON can tell apart."}
    elif part.cls in COLLECTIONS and not part.args and part.form != tuple[()]:
        yield {"do": f"Say what is in it: `{_EXAMPLES[part.cls]}`."}
    elif part.is_open:
        yield {"do": f"Say what it is made with: `{local_name(part.cls)}[str]`."}


def _interface(part: _Part) -> Iterator[Words]:
    """What several classes can stand for."""
    names = _INTERFACES.get(part.cls)
    if names:
        inside = f"[{', '.join(map(key_of, part.args))}]" if part.args else "[...]"
        yield {"do": " or ".join(f"`{name.format(inside=inside, bare=inside[1:-1])}`" for name in names)}


def _not_json(part: _Part) -> Iterator[Words]:
    """A class that neither msgspec nor a hook knows."""
    cls = part.cls
    is_known = part.fields is not None or any(
        cls in known for known in (_SAY_NOTHING, LEAVES, COLLECTIONS, _INTERFACES)
    )
    if is_class(cls) and not (is_known or is_union(part.form) or issubclass(cls, Enum) or is_hooked(cls)):
        name = local_name(cls)
        yield {"cls": name, "article": "an" if name[:1] in "AEIOUaeiou" else "a", "do": _advice(cls)}


def _bad_keys(part: _Part) -> Iterator[Words]:
    if part.cls is dict and part.args and not can_be_a_key(part.args[0]):
        key, value = map(key_of, part.args)
        yield {"key": key, "value": value}


def _no_equality(part: _Part) -> Iterator[Words]:
    if part.fields is not None and not has_equality(part.cls):
        yield {"cls": local_name(part.cls)}


def _alike(part: _Part) -> Iterator[Words]:
    found = first_alike(part.form) if is_union(part.form) else None
    if found is not None:
        one, other = found
        do = "Give each of them a field of its own, or wrap one of them in a class."
        if one.kind == other.kind == "object":
            do = f"Make all of them Structs with a tag: `class {local_name(one.form)}(msgspec.Struct, tag=True)`."
        yield {"first": key_of(one.form), "second": key_of(other.form), "why": alike_because(one, other), "do": do}


def _view(part: _Part) -> Iterator[Words]:
    if part.cls is memoryview:
        yield {}


# --- what is asked about a field ---------------------------------------------------------------------------------


def _init_only(_: _Part, field: Field) -> Iterator[Words]:
    if field.is_init_only:
        yield {}


def _underscore(part: _Part, field: Field) -> Iterator[Words]:
    if field.name.startswith("_") and hasattr(part.cls, "__attrs_attrs__"):
        yield {"do": field.name.lstrip("_")}


def _not_compared(_: _Part, field: Field) -> Iterator[Words]:
    if not field.is_compared:
        yield {}


_OF_PARTS: tuple[tuple[str, Callable[[_Part], Iterator[Words]]], ...] = (
    ("POL401", _vague),
    ("POL402", _interface),
    ("POL403", _not_json),
    ("POL404", _bad_keys),
    ("POL407", _no_equality),
    ("POL409", _alike),
    ("POL410", _view),
)
_OF_FIELDS: tuple[tuple[str, Callable[[_Part, Field], Iterator[Words]]], ...] = (
    ("POL405", _init_only),
    ("POL406", _underscore),
    ("POL408", _not_compared),
)


# --- what to write instead ---------------------------------------------------------------------------------------

_EXAMPLES: dict[type, str] = {
    list: "list[str]",
    tuple: "tuple[str, ...]",
    set: "set[str]",
    frozenset: "frozenset[str]",
    dict: "dict[str, str]",
}
_SEQUENCES = ("list{inside}", "tuple[{bare}, ...]")
_SETS = ("set{inside}", "frozenset{inside}")
_DICTS = ("dict{inside}",)
_INTERFACES: dict[type, tuple[str, ...]] = {
    **dict.fromkeys((abc.Iterable, abc.Iterator, abc.Collection, abc.Container, abc.Reversible), _SEQUENCES),
    **dict.fromkeys((abc.Sequence, abc.MutableSequence), _SEQUENCES),
    **dict.fromkeys((abc.Set, abc.MutableSet), _SETS),
    **dict.fromkeys((abc.Mapping, abc.MutableMapping), _DICTS),
}


def _advice(cls: type) -> str:
    """Say what to use in the place of a class that cannot be stored."""
    if cls.__module__.partition(".")[0] == "numpy":
        return "Use `list[float]`, or a number of Python itself."
    name = local_name(cls)
    known = next((base for base in cls.__mro__ if base in LEAVES), None)
    if known is not None:
        return f'Use `{known.__name__}`, or tell its values apart: `{name} = NewType("{name}", {known.__name__})`.'
    collection = next((base for base in cls.__mro__ if base in COLLECTIONS), None)
    if collection is not None:
        return f"Use a plain `{collection.__name__}`."
    return _ADVICE.get(cls) or f"Make it a dataclass of what it is made from; a service belongs in `Resource[{name}]`."


_ADVICE: dict[type, str] = {
    deque: "Use a plain `list`, and make the deque from it where it is used.",
    re.Pattern: "Keep its text, and compile it where it is used.",
    ZoneInfo: "Keep its name, as text, and make the zone from it where it is used.",
}
