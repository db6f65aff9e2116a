"""The shape of values, for comparing plans: how a stored value of a type looks, class by class.

Classes are known by what they carry, so that no optional library is imported to ask. A shape that cannot be read is
written as it stands in the source: whether values of it can be stored is for others to say.
"""

from __future__ import annotations

import dataclasses
import sys
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from operator import attrgetter, itemgetter
from types import NoneType
from typing import Any, Literal, get_args

from polaris._compiler.analyse.hints import Scope, hints_of, resolved, scope_of_class
from polaris._compiler.nouns import Shapes
from polaris._model.keys import Key, TypeForm, bare, is_list, is_union, local_name, members, origin_of
from polaris._model.plan import Schema

Field = tuple[str, TypeForm, bool]
"""Name, hint as it stands in the class, and whether it must be given."""


def shapes_of(types: Mapping[Key, TypeForm]) -> Shapes:
    """Give the shapes of all data of a plan."""
    names = _Names()
    texts = {key: names.text(form) for key, form in sorted(types.items(), key=itemgetter(0))}
    schemas = sorted((_schema(cls, names) for cls in names.unread()), key=attrgetter("name"))
    return Shapes(texts=texts, schemas=tuple(schemas), classes=tuple(names.known))


class _Names:
    """Gives every class a name of its own, in the order in which classes are met."""

    def __init__(self) -> None:
        self.known: dict[type, str] = {}
        self._taken: dict[str, int] = {}
        self._waiting: deque[type] = deque()

    def unread(self) -> Iterator[type]:
        """Give every class that was named, also those named meanwhile."""
        while self._waiting:
            yield self._waiting.popleft()

    def text(self, form: TypeForm) -> str:
        """Write the shape of a type: a NewType is its base, members of a union are sorted."""
        if isinstance(form, type):  # most are
            return self._class(form)
        form = bare(form)
        while hasattr(form, "__supertype__"):
            form = bare(form.__supertype__)
        if isinstance(form, type):
            return self._class(form)
        if form is None:
            return "None"
        if form is Ellipsis:
            return "..."
        if isinstance(form, str):
            return form
        if is_list(form):
            return f"[{', '.join(map(self.text, form))}]"
        if is_union(form):
            return " | ".join(sorted(map(self.text, members(form))))
        origin, args = origin_of(form), get_args(form)
        if origin is None:
            return local_name(form)
        if origin is Literal:
            return f"Literal[{', '.join(map(repr, args))}]"
        if getattr(origin, "__name__", "") in _QUALIFIERS:
            return self.text(args[0])
        return f"{self.text(origin)}[{', '.join(map(self.text, args))}]"

    def _class(self, cls: type) -> str:
        if cls is NoneType:
            return "None"
        if cls.__module__ == "builtins":
            return cls.__qualname__
        if cls not in self.known:
            name = local_name(cls)
            self._taken[name] = count = self._taken.get(name, 0) + 1
            self.known[cls] = name if count == 1 else f"{name}#{count}"
            self._waiting.append(cls)
        return self.known[cls]


_QUALIFIERS = {"Required", "NotRequired", "ReadOnly", "Final", "ClassVar", "InitVar"}


def _schema(cls: type, names: _Names) -> Schema:
    form, fields_of = next((form, fields_of) for form, fits, fields_of in _FORMS if fits(cls))
    fields = tuple((name, names.text(hint), required) for name, hint, required in fields_of(cls))
    return Schema(name=names.known[cls], form=form, fields=fields)


def _hints(cls: type) -> Mapping[str, TypeForm]:
    """Give the hints of a class and its bases as live types; what cannot be read stays text."""
    found: dict[str, TypeForm] = {}
    for base in cls.__mro__[-2::-1]:  # `object` has none
        own = hints_of(base)
        if own:
            scope = scope_of_class(base)
            found.update((name, _live(hint, scope)) for name, hint in own.items())
    return found


def _live(hint: object, scope: Scope) -> TypeForm:
    try:
        return resolved(hint, scope)
    except Exception:  # noqa: BLE001 - a hint is any expression of the user's
        return hint if isinstance(hint, str) else getattr(hint, "__forward_arg__", repr(hint))


# --- the kinds of classes ----------------------------------------------------------------------------------------


def _enum(cls: type[Enum]) -> Iterator[Field]:
    for member in cls:
        value = member.value
        yield member.name, repr(value) if isinstance(value, str | int | float) else type(value).__name__, True


def _typeddict(cls: TypeForm) -> Iterator[Field]:
    return ((name, hint, name in cls.__required_keys__) for name, hint in _hints(cls).items())


def _namedtuple(cls: TypeForm) -> Iterator[Field]:
    hints = _hints(cls)
    return ((name, hints.get(name, Any), name not in cls._field_defaults) for name in cls._fields)


def _struct(cls: TypeForm) -> Iterator[Field]:
    hints, defaults, nothing = _hints(cls), cls.__struct_defaults__, sys.modules["msgspec"].NODEFAULT
    config = cls.__struct_config__
    if config.tag is not None:
        yield config.tag_field, repr(config.tag), True
    first_default = len(cls.__struct_fields__) - len(defaults)
    for index, (name, encoded) in enumerate(zip(cls.__struct_fields__, cls.__struct_encode_fields__, strict=True)):
        has_default = index >= first_default and defaults[index - first_default] is not nothing
        yield encoded, hints[name], not has_default


def _pydantic(cls: TypeForm) -> Iterator[Field]:
    return ((name, field.annotation, field.is_required()) for name, field in cls.model_fields.items())


def _attrs(cls: TypeForm) -> Iterator[Field]:
    hints, nothing = _hints(cls), sys.modules["attr"].NOTHING
    for field in cls.__attrs_attrs__:
        yield field.name, hints.get(field.name, field.type or Any), field.default is nothing


def _dataclass(cls: TypeForm) -> Iterator[Field]:
    hints, missing = _hints(cls), dataclasses.MISSING
    for field in dataclasses.fields(cls):
        required = field.default is missing and field.default_factory is missing
        yield field.name, hints.get(field.name, field.type), required


def _nothing(_: type) -> Iterator[Field]:
    return iter(())


def _has(*attributes: str) -> Callable[[type], bool]:
    return lambda cls: all(hasattr(cls, attribute) for attribute in attributes)


_FORMS: tuple[tuple[str, Callable[[type], bool], Callable[[Any], Iterator[Field]]], ...] = (
    ("enum", lambda cls: issubclass(cls, Enum), _enum),
    ("dataclass", _has("__dataclass_fields__"), _dataclass),
    ("typeddict", _has("__required_keys__", "__total__"), _typeddict),
    ("namedtuple", _has("_fields", "_field_defaults"), _namedtuple),
    ("struct", _has("__struct_fields__", "__struct_config__"), _struct),
    ("pydantic", _has("__pydantic_core_schema__", "model_fields"), _pydantic),
    ("attrs", _has("__attrs_attrs__"), _attrs),
    ("class", _has(), _nothing),
)
"""What a class is called, how it is known, and what its fields are; the first that fits."""
