"""One function: from its signature to its contract, and everything that is wrong with it.

A fault spoils only its own parameter or return type: the contract holds what could be read, so that later stages can
find more in the same compilation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from inspect import CO_ASYNC_GENERATOR, CO_COROUTINE, CO_GENERATOR, CO_VARARGS, CO_VARKEYWORDS
from typing import Any, NamedTuple, TypeVar

from polaris._compiler import codes
from polaris._compiler.analyse.forms import Wrong, name_for, shown
from polaris._compiler.analyse.hints import HintError, Scope, hints_of, read_hint, scope_of_function
from polaris._compiler.analyse.parameters import Parameter, parameters_of, variadics_of
from polaris._compiler.analyse.reading import ParameterHint, ReturnHint, WrongFormError, read_parameter, read_return
from polaris._compiler.codes import Rule
from polaris._compiler.faults import RETURN, Anchor, Fault, fault
from polaris._compiler.nouns import Marked
from polaris._model.contract import Contract, Input, ResourceInput
from polaris._model.keys import Key, TypeForm, key_of
from polaris._model.markers import Mode

_YIELDS = CO_GENERATOR | CO_ASYNC_GENERATOR
_UNUSUAL = _YIELDS | CO_VARARGS | CO_VARKEYWORDS

_OR_NONE = " | None"
_ABSENT = object()

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


Pairs = tuple[tuple[Key, TypeForm], ...]
"""Types with their keys."""


class Typed(NamedTuple):
    """What the type of a parameter says, and the keys of its types, without and with them."""

    hint: ParameterHint
    keys: tuple[Key, ...]
    pairs: Pairs


class Made(NamedTuple):
    """What a return type says, the keys of its slots, and those of all its types with them."""

    hint: ReturnHint
    slots: tuple[tuple[Key, ...], ...]
    pairs: Pairs


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
    subject = Subject(marked, name, hints_of(plain), scope_of_function(plain), {} if known is None else known)
    flags = _flags(marked)
    faults = list(_unusual(subject, flags)) if flags & _UNUSUAL else []
    parameters: list[tuple[Parameter, Typed]] = []
    made = _NOTHING_MADE
    for parameter in parameters_of(plain):
        try:
            parameters.append((parameter, _parameter(subject, parameter)))
        except FaultError as error:
            faults.append(error.fault)
    try:
        made = _returned(subject)
    except FaultError as error:
        faults.append(error.fault)
    handed = _handed(parameters)
    contract = Contract(
        name=name,
        function=marked.function,
        declaration=marked.declaration,
        inputs=tuple(handed.inputs),
        resources=tuple(handed.resources),
        context=handed.context,
        slots=made.slots,
        several=made.hint.several,
        may_decline=made.hint.may_decline,
        is_async=bool(flags & CO_COROUTINE),
        types=(*handed.pairs, *made.pairs),
    )
    if len(dict(contract.types)) < len(contract.types):
        faults.extend(_repeated(subject, parameters))
        faults.extend(_made_twice(subject, made.pairs))
    return contract, tuple(faults)


_NOTHING_MADE = Made(ReturnHint((), several=False, may_decline=False), (), ())


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


def _parameter(subject: Subject, parameter: Parameter) -> Typed:
    typed = _read(subject, parameter.name, codes.NO_HINT, _typed)
    hint = typed.hint
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
    return typed


def _returned(subject: Subject) -> Made:
    made = _read(subject, RETURN, codes.NO_RETURN_HINT, _made)
    if not made.slots:
        raise FaultError(_fault(subject, codes.MAKES_NOTHING, RETURN))
    return made


def _typed(form: TypeForm) -> Typed:
    hint = read_parameter(form)
    keys = tuple(map(key_of, hint.forms))
    return Typed(hint, keys, tuple(zip(keys, hint.forms, strict=True)))


def _made(form: TypeForm) -> Made:
    hint = read_return(form)
    slots = tuple(tuple(map(key_of, slot)) for slot in hint.slots)
    return Made(hint, slots, tuple((key_of(form), form) for slot in hint.slots for form in slot))


def _read(subject: Subject, part: str, missing: Rule, meaning: Callable[[TypeForm], T]) -> T:
    """Read one hint: what stands there, the type it names, and what that type means."""
    hint, scope = subject.hints.get(part, _ABSENT), subject.scope
    if hint is _ABSENT:
        raise FaultError(_fault(subject, missing, part))
    if not isinstance(hint, str) or scope.inner:
        return _read_anew(subject, part, meaning)
    place = (hint, id(scope.outer), meaning)
    found: T | None = subject.known.get(place)
    if found is None and meaning is _typed:
        found = _known_otherwise(hint, scope, subject.known)
    if found is None:
        found = _read_anew(subject, part, meaning)
    subject.known[place] = found
    return found


def _known_otherwise(hint: str, scope: Scope, known: Known) -> Any:  # noqa: ANN401 - of a table of several types
    """Say what a parameter's hint means if that is known without ``| None``, or of a builder that returns it."""
    if hint.endswith(_OR_NONE):
        typed: Typed | None = known.get((hint.removesuffix(_OR_NONE), id(scope.outer), _typed))
        return typed and typed._replace(hint=typed.hint._replace(allows_none=True))
    made: Made | None = known.get((hint, id(scope.outer), _made))
    if made is None or len(made.pairs) != 1 or made.hint.several or made.hint.may_decline:
        return None
    ((key, form),) = made.pairs
    return Typed(ParameterHint(Mode.CONSUMES, (form,), allows_none=False), (key,), made.pairs)


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


Parameters = Iterable[tuple[Parameter, Typed]]


class _Handed(NamedTuple):
    """Parameters by what they are handed, and the keys and types of all data and services."""

    inputs: list[Input]
    resources: list[ResourceInput]
    context: str | None
    pairs: list[tuple[Key, TypeForm]]


def _handed(parameters: Parameters) -> _Handed:
    inputs: list[Input] = []
    resources: list[ResourceInput] = []
    context: str | None = None
    pairs: list[tuple[Key, TypeForm]] = []
    for (name, has_default, positional), typed in parameters:
        mode = typed.hint.mode
        if mode is None:
            context = context or name
            continue
        pairs += typed.pairs
        if mode is Mode.RESOURCE:
            service = ResourceInput(parameter=name, key=typed.keys[0], required=not has_default, positional=positional)
            resources.append(service)
            continue
        required = mode is not Mode.ACCESS and not has_default
        inputs.append(Input(parameter=name, keys=typed.keys, mode=mode, required=required, positional=positional))
    return _Handed(inputs, resources, context, pairs)


def _repeated(subject: Subject, parameters: Parameters) -> Iterator[Fault]:
    """Find a type that stands in two parameters; two types of one key are another fault."""
    seen: dict[Key, tuple[Parameter, Typed]] = {}
    for parameter, typed in parameters:
        for key, form in typed.pairs if typed.hint.mode is not Mode.RESOURCE else ():
            first, known = seen.setdefault(key, (parameter, typed))
            if first is not parameter and form in known.hint.forms:
                related = ("the other parameter", Anchor(thing=subject.marked.function, part=first.name))
                yield _repetition(subject, parameter.name, form, "parameters", related)


def _made_twice(subject: Subject, made: Pairs) -> Iterator[Fault]:
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
