"""What a type means as a parameter and as a return type. Types only; whose signature it is, is not known here."""

from __future__ import annotations

from collections.abc import Iterable
from types import NoneType
from typing import NamedTuple, Never, NoReturn, get_args

from polaris._compiler import codes
from polaris._compiler.analyse.forms import Wrong, fixed_tuple, marked, wrong_with
from polaris._model.context import Context
from polaris._model.keys import TypeForm, is_union
from polaris._model.markers import Mode


class WrongFormError(Exception):
    """A type means nothing where it stands."""

    def __init__(self, form: TypeForm, wrong: Wrong) -> None:
        super().__init__(wrong.what)
        self.form = form
        self.wrong = wrong


class ParameterHint(NamedTuple):
    """What the type of a parameter says.

    Attributes:
        mode: how it reads; None for the context.
        forms: the types that satisfy it.
        allows_none: whether ``None`` stands beside them.
    """

    mode: Mode | None
    forms: tuple[TypeForm, ...]
    allows_none: bool


class ReturnHint(NamedTuple):
    """What a return type says.

    Attributes:
        slots: the variants of each slot; no slot if it makes nothing.
        several: whether the value is a tuple with a value for each slot.
        may_decline: whether ``None`` stands beside them.
    """

    slots: tuple[tuple[TypeForm, ...], ...]
    several: bool
    may_decline: bool


class Part(NamedTuple):
    """One alternative of a type, and the markers around it."""

    form: TypeForm
    modes: tuple[Mode, ...]


def read_parameter(form: TypeForm) -> ParameterHint:
    """Say what a live type means as a parameter.

    Raises:
        WrongFormError: it means nothing there.
    """
    if isinstance(form, type) and form is not NoneType and form is not Context:
        _must_be_data((form,))
        return ParameterHint(Mode.CONSUMES, (form,), allows_none=False)
    parts = _parts(form)
    modes = {mode for part in parts for mode in part.modes}
    forms = _different(part.form for part in parts if part.form is not NoneType)
    allows_none = any(part.form is NoneType for part in parts)
    if not modes and forms == (Context,):
        return ParameterHint(None, forms, allows_none=allows_none)
    if len(modes) > 1 or any(len(part.modes) > 1 for part in parts):
        raise WrongFormError(form, _SEVERAL_MARKERS)
    if modes and len(forms) > 1:
        raise WrongFormError(form, _UNION_IN_MARKER)
    mode = modes.pop() if modes else Mode.CONSUMES
    if not forms or mode is not Mode.RESOURCE:
        _must_be_data(forms or (NoneType,))
    return ParameterHint(mode, forms, allows_none=allows_none)


def read_return(form: TypeForm) -> ReturnHint:
    """Say what a live type means as a return type.

    Raises:
        WrongFormError: it means nothing there.
    """
    if isinstance(form, type) and form is not NoneType:
        _must_be_data((form,))
        return ReturnHint(((form,),), several=False, may_decline=False)
    parts = _parts(form)
    forms = _different(part.form for part in parts if part.form not in _NOTHING)
    may_decline = any(part.form is NoneType for part in parts)
    tuples = [each for part in forms if (each := fixed_tuple(part)) is not None]
    if tuples and len(forms) > 1:
        raise WrongFormError(form, _TUPLE_IN_UNION)
    inside = [Part(*marked(each)) for each in tuples[0]] if tuples else parts
    if any(part.modes for part in (*parts, *inside)):
        raise WrongFormError(form, _MARKER_IN_RETURN)
    if tuples:
        forms = tuple(part.form for part in inside)
    _must_be_data(forms)
    slots = tuple((each,) for each in forms) if tuples else (forms,) if forms else ()
    return ReturnHint(slots, several=bool(tuples), may_decline=may_decline)


def _parts(form: TypeForm) -> list[Part]:
    """Open unions, aliases and markers: every alternative with the markers around it."""
    if isinstance(form, type):
        return [Part(form, ())]
    inner, modes = marked(form)
    if not is_union(inner):
        return [Part(NoneType if inner is None else inner, modes)]
    return [Part(part.form, modes + part.modes) for arg in get_args(inner) for part in _parts(arg)]


def _different(forms: Iterable[TypeForm]) -> tuple[TypeForm, ...]:
    """Give each type once; a type may be one that cannot be hashed."""
    found: list[TypeForm] = []
    found.extend(form for form in forms if form not in found)
    return tuple(found)


def _must_be_data(forms: tuple[TypeForm, ...]) -> None:
    for form in forms:
        if (wrong := wrong_with(form)) is not None:
            raise WrongFormError(form, wrong)


_NOTHING = (NoneType, Never, NoReturn)

_SEVERAL_MARKERS = Wrong(codes.BAD_FORM, "has several markers", "Choose one of Access, Take, Feedback and Resource.")
_UNION_IN_MARKER = Wrong(
    codes.BAD_FORM,
    "joins a marker and a union of types",
    "Write a parameter for each type; only `| None` may stand beside a type with a marker.",
)
_MARKER_IN_RETURN = Wrong(codes.BAD_FORM, "is returned with a marker", "Markers are for parameters: return the type.")
_TUPLE_IN_UNION = Wrong(
    codes.BAD_FORM,
    "joins a tuple of several data and another type",
    "Return `tuple[A, B]` or `tuple[A, B] | None`; what is made instead of them needs a builder of its own.",
)
