"""One hint at a time: from what stands in a signature to a live type.

A hint may be a type already, text (a future import, or quotes), or a type with text inside. Most texts are one name,
which is looked up and needs no evaluation.
"""

from __future__ import annotations

import builtins
import sys
from collections.abc import Mapping
from difflib import get_close_matches
from functools import reduce
from types import FunctionType, MappingProxyType
from typing import Annotated, Any, ForwardRef, Literal, NamedTuple, Union, get_args

from polaris._compiler import codes
from polaris._compiler.codes import Rule
from polaris._compiler.syntax import lines_of, syntax_of
from polaris._model.keys import TypeForm, is_list, is_union, opened, origin_of


class HintError(Exception):
    """A hint cannot be read: the row of the table, and the words for it."""

    def __init__(self, rule: Rule, **words: str) -> None:
        super().__init__(rule.title)
        self.rule = rule
        self.words = words


class Scope(NamedTuple):
    """What the text in hints can name: what is in `inner`, else in `outer`, else a builtin."""

    inner: Mapping[str, Any]
    outer: Mapping[str, Any]


def hints_of(thing: FunctionType | type) -> Mapping[str, object]:
    """Give the hints of a function, or of a class without its bases, as they stand.

    Where they are only evaluated when they are asked for (PEP 649), a name that is not there is a forward reference.
    """
    if getattr(thing, "__annotate__", None) is None:
        found: Mapping[str, object] = (
            vars(thing).get("__annotations__", {}) if isinstance(thing, type) else thing.__annotations__
        )
        return found
    from typing_extensions import Format, get_annotations

    return get_annotations(thing, format=Format.FORWARDREF)


def scope_of_function(function: FunctionType) -> Scope:
    """Give what the hints of a function can name: its type parameters and its globals."""
    return Scope(_parameters(function), function.__globals__)


def scope_of_class(cls: type) -> Scope:
    """Give what the hints of a class body can name.

    The module comes first, as in `typing.get_type_hints`: in ``date: date | None = None`` the type is meant.
    """
    module = sys.modules.get(cls.__module__)
    parameters = _parameters(cls)
    return Scope(vars(module) if module else {}, {**vars(cls), **parameters} if parameters else vars(cls))


def _parameters(generic: object) -> Mapping[str, Any]:
    found = getattr(generic, "__type_params__", ())
    return {parameter.__name__: parameter for parameter in found} if found else _NO_NAMES


_NO_NAMES: Mapping[str, Any] = MappingProxyType({})


def read_hint(hint: object, scope: Scope, function: FunctionType) -> TypeForm:
    """Give the live type that a hint of a function stands for.

    Raises:
        HintError: it cannot be read.
    """
    try:
        return resolved(hint, scope)
    except NameError as error:
        raise _missing(error.name or str(hint), scope, function) from None
    except Exception as error:  # noqa: BLE001 - a hint is any expression of the user's
        text = hint if isinstance(hint, str) else repr(hint)
        why = _ENDLESS if isinstance(error, RecursionError) else str(error)
        raise HintError(codes.BROKEN_HINT, text=text, why=f"{type(error).__name__}: {why}") from None


_ENDLESS = "it stands for itself, or is nested too deep"


def resolved(form: TypeForm, scope: Scope) -> TypeForm:
    """Replace all text in a type by what it names; raises whatever evaluating it raises."""
    if isinstance(form, str):
        form = _named(form, scope)
        if isinstance(form, str):  # a name for text; of names that only stand for each other, recursion finds the end
            return resolved(form, scope)
    if isinstance(form, type) or is_list(form):
        return form
    if isinstance(form, ForwardRef):
        return resolved(form.__forward_arg__, scope)
    if (value := opened(form)) is not form:
        return _through_alias(form, value)
    origin, args = origin_of(form), get_args(form)
    if not args or origin is Literal:
        return form
    if origin is Annotated:
        inner = resolved(form.__origin__, scope)
        return form if inner is form.__origin__ else Annotated[inner, *form.__metadata__]
    found = tuple(resolved(arg, scope) for arg in args)
    if all(new is old for new, old in zip(found, args, strict=True)):
        return form
    if is_union(form):
        return Union[found]  # noqa: UP007 - of a tuple
    return origin[found]


def _named(text: str, scope: Scope) -> TypeForm:
    """Look up ``A`` and ``A | None``; evaluate anything else."""
    if text.isidentifier() and (found := _looked_up(text, scope)) is not _NOT_A_NAME:
        return found
    parts = [_looked_up(part, scope) for part in text.split(" | ")]
    if any(part is _NOT_A_NAME for part in parts):
        outer = scope.outer if isinstance(scope.outer, dict) else dict(scope.outer)
        return eval(text, outer, scope.inner)  # noqa: S307 - the user's own hint, as Python itself evaluates it
    return reduce(lambda union, part: union | part, parts)


def _looked_up(name: str, scope: Scope) -> TypeForm:
    if name in scope.inner:
        return scope.inner[name]
    return scope.outer[name] if name in scope.outer else _BUILTINS.get(name, _NOT_A_NAME)


_NOT_A_NAME = object()
_BUILTINS = vars(builtins)


def _through_alias(alias: TypeForm, value: TypeForm) -> TypeForm:
    """Resolve what an alias stands for in the module of the alias; keep the alias if there is no text in it."""
    module = sys.modules.get(getattr(alias, "__module__", ""))
    found = resolved(value, Scope({}, vars(module) if module else {}))
    return alias if found is value else found


def _missing(name: str, scope: Scope, function: FunctionType) -> HintError:
    """Find out why a name is not there."""
    syntax = syntax_of(lines_of(function.__code__.co_filename, scope.outer))
    if name in syntax.typing_only:
        return HintError(codes.TYPE_CHECKING_ONLY, name=name)
    enclosing = function.__qualname__.rpartition(".<locals>")[0].rpartition(".")[2]
    if enclosing and (name in syntax.local or not syntax.functions):
        return HintError(codes.LOCAL_NAME, name=name, function=syntax.local.get(name, enclosing))
    close = get_close_matches(name, [known for known in scope.outer if not known.startswith("_")], n=1)
    do = f"Did you mean `{close[0]}`?" if close else f"Import or define `{name}` at module level."
    return HintError(codes.UNRESOLVED, name=name, do=do)
