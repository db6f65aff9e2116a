"""One function: from its signature to its contract, and everything that is wrong with it.

A fault spoils only its own parameter or return type: the contract holds what could be read, so that later stages can
find more in the same compilation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR
from typing import Any, NamedTuple, TypeVar

from polaris._compiler import codes
from polaris._compiler.analyse.forms import Wrong, name_for, shown
from polaris._compiler.analyse.hints import HintError, Scope, read_hint, scope_of_function
from polaris._compiler.analyse.parameters import Parameter, parameters_of, variadics_of
from polaris._compiler.analyse.reading import ParameterHint, ReturnHint, WrongFormError, read_parameter, read_return
from polaris._compiler.codes import Rule
from polaris._compiler.faults import RETURN, Anchor, Fault, fault
from polaris._compiler.nouns import Marked
from polaris._model.contract import Contract, Input, ResourceInput
from polaris._model.keys import Key, TypeForm, key_of
from polaris._model.markers import Mode

_YIELDS = CO_GENERATOR | CO_ASYNC_GENERATOR

_OR_NONE = " | None"

T = TypeVar("T")


Known = dict[tuple[object, ...], Any]
"""What a hint means, by what stands there and where: many signatures name the same types."""


class Subject(NamedTuple):
    """The function whose signature is read.

    Attributes:
        marked: as it was collected.
        name: its name as a builder.
        hints: its hints as they stand there.
        scope: what they can name.
        known: what hints were found to mean so far.
    """

    marked: Marked
    name: str
    hints: Mapping[str, object]
    scope: Scope
    known: Known


class Typed(NamedTuple):
    """A parameter, what its type says, and the keys of its types."""

    parameter: Parameter
    hint: ParameterHint
    keys: tuple[Key, ...]


class FaultError(Exception):
    """A parameter or a return type cannot be read."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


def read_signature(marked: Marked, known: Known | None = None) -> tuple[Contract, tuple[Fault, ...]]:
    """Give the contract of a function, as far as it can be read, and its faults.

    Args:
        marked: the function.
        known: what hints were found to mean in other signatures; it is added to.
    """
    plain = marked.plain()
    name = marked.declaration.name or plain.__name__
    subject = Subject(marked, name, plain.__annotations__, scope_of_function(plain), {} if known is None else known)
    flags = _flags(marked)
    faults = list(_unusual(subject, flags))
    parameters: list[Typed] = []
    returned = ReturnHint((), several=False, may_decline=False)
    for parameter in parameters_of(plain):
        try:
            hint = _parameter(subject, parameter)
            parameters.append(Typed(parameter, hint, tuple(map(key_of, hint.forms))))
        except FaultError as error:
            faults.append(error.fault)
    try:
        returned = _returned(subject)
    except FaultError as error:
        faults.append(error.fault)
    slots = tuple(tuple(map(key_of, slot)) for slot in returned.slots)
    read = [pair for typed in parameters if typed.hint.mode for pair in zip(typed.keys, typed.hint.forms, strict=True)]
    made = [pair for keys, forms in zip(slots, returned.slots, strict=True) for pair in zip(keys, forms, strict=True)]
    contract = Contract(
        name=name,
        function=marked.function,
        declaration=marked.declaration,
        inputs=tuple(_inputs(parameters)),
        resources=tuple(_resources(parameters)),
        context=next((typed.parameter.name for typed in parameters if typed.hint.mode is None), None),
        slots=slots,
        several=returned.several,
        may_decline=returned.may_decline,
        is_async=bool(flags & CO_COROUTINE),
        types=(*read, *made),
    )
    faults.extend(_repeated(subject, parameters))
    faults.extend(_made_twice(subject, made))
    return contract, tuple(faults)


def _flags(marked: Marked) -> int:
    """Join the flags of all wrappers: one that awaits or yields makes the whole do so."""
    flags = 0
    for layer in marked.layers:
        code = getattr(layer, "__code__", None)
        flags |= code.co_flags if code else 0
    return flags


def _unusual(subject: Subject, flags: int) -> Iterator[Fault]:
    if flags & _YIELDS:
        yield _fault(subject, codes.GENERATOR)
    for stars, name in variadics_of(subject.marked.plain()):
        yield _fault(subject, codes.VARIADIC, name, stars=stars)


def _parameter(subject: Subject, parameter: Parameter) -> ParameterHint:
    hint = _read(subject, parameter.name, codes.NO_HINT, read_parameter)
    if hint.mode is Mode.TAKE and (parameter.has_default or hint.allows_none):
        wrong = Wrong(
            codes.BAD_FORM,
            "is taken, and what is taken must be there",
            "Leave out the default and `| None`; what may be absent is consumed without Take.",
        )
        raise FaultError(_wrong(subject, parameter.name, hint.forms[0], wrong))
    if hint.allows_none and not parameter.has_default and hint.mode is not Mode.ACCESS:
        do = f"Write `{parameter.name}: ... | None = None` if it is optional, or leave out `| None` if it is required."
        raise FaultError(_fault(subject, codes.NONE_WITHOUT_DEFAULT, parameter.name, do=do))
    return hint


def _returned(subject: Subject) -> ReturnHint:
    returned = _read(subject, RETURN, codes.NO_RETURN_HINT, read_return)
    if not returned.slots:
        raise FaultError(_fault(subject, codes.MAKES_NOTHING, RETURN))
    return returned


def _read(subject: Subject, part: str, missing: Rule, meaning: Callable[[TypeForm], T]) -> T:
    """Read one hint: what stands there, the type it names, and what that type means."""
    if part not in subject.hints:
        raise FaultError(_fault(subject, missing, part))
    hint, scope = subject.hints[part], subject.scope
    if not isinstance(hint, str) or scope.inner:
        return _read_anew(subject, part, meaning)
    place = (hint, id(scope.outer), meaning)
    found: T | None = subject.known.get(place)
    if found is None and meaning is read_parameter and hint.endswith(_OR_NONE):
        plain = subject.known.get((hint.removesuffix(_OR_NONE), *place[1:]))
        found = plain and plain._replace(allows_none=True)
    if found is None:
        found = subject.known[place] = _read_anew(subject, part, meaning)
    return found


def _read_anew(subject: Subject, part: str, meaning: Callable[[TypeForm], T]) -> T:
    try:
        return meaning(read_hint(subject.hints[part], subject.scope, subject.marked.plain()))
    except HintError as error:
        raise FaultError(_fault(subject, error.rule, part, **error.words)) from None
    except WrongFormError as error:
        raise FaultError(_wrong(subject, part, error.form, error.wrong)) from None


def _wrong(subject: Subject, part: str, form: TypeForm, wrong: Wrong) -> Fault:
    text = shown(form)
    name = name_for(subject.name if part == RETURN else part)
    return _fault(subject, wrong.rule, part, form=text, what=wrong.what, do=wrong.do.format(name=name, form=text))


def _fault(subject: Subject, rule: Rule, part: str = "", **words: str) -> Fault:
    return fault(
        rule, Anchor(thing=subject.marked.function, part=part), builder=f"`{subject.name}`", parameter=part, **words
    )


# --- from what was read to the contract --------------------------------------------------------------------------


def _inputs(parameters: Iterable[Typed]) -> Iterator[Input]:
    for parameter, hint, keys in parameters:
        if hint.mode is not None and hint.mode is not Mode.RESOURCE:
            yield Input(
                parameter=parameter.name,
                keys=keys,
                mode=hint.mode,
                required=hint.mode is not Mode.ACCESS and not parameter.has_default,
                positional=parameter.positional,
            )


def _resources(parameters: Iterable[Typed]) -> Iterator[ResourceInput]:
    for parameter, hint, keys in parameters:
        if hint.mode is Mode.RESOURCE:
            yield ResourceInput(
                parameter=parameter.name,
                key=keys[0],
                required=not parameter.has_default,
                positional=parameter.positional,
            )


def _repeated(subject: Subject, parameters: Iterable[Typed]) -> Iterator[Fault]:
    """Find a type that stands in two parameters; two types of one key are another fault."""
    seen: dict[Key, Typed] = {}
    for typed in parameters:
        for key, form in zip(typed.keys, typed.hint.forms, strict=True) if typed.hint.mode is not Mode.RESOURCE else ():
            first = seen.setdefault(key, typed)
            if first is not typed and form in first.hint.forms:
                related = ("the other parameter", Anchor(thing=subject.marked.function, part=first.parameter.name))
                yield _repetition(subject, typed.parameter.name, form, "parameters", related)


def _made_twice(subject: Subject, made: Iterable[tuple[Key, TypeForm]]) -> Iterator[Fault]:
    """Find a type that stands twice in the return type."""
    seen: dict[Key, TypeForm] = {}
    for key, form in made:
        if key in seen and form == seen[key]:
            yield _repetition(subject, RETURN, form, "slots")
        seen[key] = form


def _repetition(subject: Subject, part: str, form: TypeForm, places: str, *related: tuple[str, Anchor]) -> Fault:
    name = name_for(subject.name if part == RETURN else part)
    at = Anchor(thing=subject.marked.function, part=part)
    words = {"builder": f"`{subject.name}`", "key": shown(form), "places": places, "name": name}
    return fault(codes.SAME_KEY_TWICE, at, *related, **words)
