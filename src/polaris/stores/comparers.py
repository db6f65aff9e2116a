"""Says of most values at once that they came back exactly: one function per type, written when it is first needed.

The rules are those of `polaris.stores.exact`, which takes a value apart without knowing its type. A comparer knows the
type, so that it need not ask what every part is: it is ten times as fast. It may say "not sure", never a wrong "yes";
whoever is not sure asks `polaris.stores.exact.difference`, which also says where two values differ.

What is written is Python, made of nothing but the names of fields:

    def same_1(a, b):
        if type(a) is not k1 or type(b) is not k1: return False
        x, y = a.sku, b.sku
        if not (type(x) is k2 and type(y) is k2 and x == y): return False
        return True
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from functools import cache
from keyword import iskeyword
from types import NoneType
from typing import cast, get_args
from uuid import UUID

from polaris._model.keys import TypeForm, is_union, members, origin_of
from polaris.stores.exact import exact
from polaris.stores.fields import Field, Thing, fields_of, has_equality, is_class, is_typed_dict, plain

Comparer = Callable[[object, object], bool]
"""Says whether a value and what came back of it are exactly equal for sure."""


@cache
def comparer(form: TypeForm) -> Comparer:
    """Give the comparer of a type."""
    writer = _Writer()
    name = writer.function(form)
    exec("\n".join(writer.lines), writer.names)  # noqa: S102 - names of fields, which a class has made sure are names
    same = cast(Comparer, writer.names[name])

    def is_surely_the_same(value: object, back: object) -> bool:
        try:
            return same(value, back)
        except Exception:  # noqa: BLE001 - a field that was never set, and what users' classes may raise
            return False

    return is_surely_the_same


class _Writer:
    """Writes the functions for a type and for all that it is made of."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.names: dict[str, object] = {"exact": exact}
        self._functions: dict[TypeForm, str] = {}

    def function(self, form: TypeForm) -> str:
        """Write the function that compares two values of a type, and give its name."""
        form = plain(form)
        name = self._functions.get(form)
        if name is None:
            self._functions[form] = name = f"same_{len(self._functions)}"
            fields = _fields(form)
            if fields is None:
                body = ["    x, y = a, b", f"    return {self._test(form)}"]
            else:
                body = self._record(origin_of(form) or form, fields)
            self.lines += [f"def {name}(a, b):", *body]
        return name

    def _record(self, cls: Thing, fields: Sequence[Field]) -> list[str]:
        known = self._named(cls)
        body = [f"    if type(a) is not {known} or type(b) is not {known}: return False"]
        if cls.__dictoffset__:  # may hold what its class does not declare
            names = self._named(frozenset(field.name for field in fields))
            body.append(f"    if not a.__dict__.keys() <= {names}: return False")
        for field in fields:
            body.append(f"    x, y = a.{field.name}, b.{field.name}")
            body.append(f"    if not ({self._test(plain(field.form))}): return False")
        return [*body, "    return True"]

    def _test(self, form: TypeForm) -> str:
        """Give an expression that says whether ``x`` and ``y`` are exactly equal values of a type."""
        if form is NoneType:
            return "x is None and y is None"
        if is_union(form):
            return self._union(members(form))
        cls, args = origin_of(form) or form, get_args(form)
        if not is_class(cls):
            return "exact(x, y)"
        if issubclass(cls, Enum):
            return "x is y or exact(x, y)"
        if cls in _TESTS:
            return _TESTS[cls].format(cls=self._named(cls))
        if (cls is list and args) or (cls is tuple and args[1:] == (Ellipsis,)):
            return _EACH.format(cls=cls.__name__, each=self.function(args[0]))
        if cls is dict and args:
            return _PAIRS.format(key=self.function(args[0]), value=self.function(args[1]))
        return "exact(x, y)" if _fields(form) is None else f"{self.function(form)}(x, y)"

    def _union(self, variants: tuple[TypeForm, ...]) -> str:
        others = [variant for variant in variants if variant is not NoneType]
        if len(others) > 1:
            return "exact(x, y)"
        return f"(x is None and y is None) or ({self._test(plain(others[0]))})"

    def _named(self, thing: object) -> str:
        name = f"k{len(self.names)}"
        self.names[name] = thing
        return name


def _fields(form: TypeForm) -> tuple[Field, ...] | None:
    """Give the fields of a record whose values have them as attributes and can be compared; else None."""
    cls = origin_of(form) or form
    if not is_class(cls) or is_typed_dict(cls) or not has_equality(cls):
        return None
    try:
        fields = fields_of(form)
    except Exception:  # noqa: BLE001 - a hint is any expression of the user's
        return None
    kept = [field for field in fields or () if not field.is_init_only]
    are_names = all(field.name.isidentifier() and not iskeyword(field.name) for field in kept)
    return None if fields is None or not are_names else tuple(kept)


_PLAIN = "type(x) is {cls} and type(y) is {cls} and x == y"
_FLOAT = "type(y) is {cls} and (type(x) is {cls} and (x == y != 0 or repr(x) == repr(y)) or type(x) is int and x == y)"
_EACH = "type(x) is {cls} and type(y) is {cls} and len(x) == len(y) and all(map({each}, x, y))"
_PAIRS = (
    "type(x) is dict and type(y) is dict and len(x) == len(y)"
    " and all(map({key}, x, y)) and all(map({value}, x.values(), y.values()))"
)

_TESTS: dict[type, str] = {
    **dict.fromkeys((str, int, bool, bytes, bytearray, UUID, date, timedelta), _PLAIN),
    float: _FLOAT,
    Decimal: _PLAIN + " and repr(x) == repr(y)",
}
"""How values of a class are compared, in Python."""
