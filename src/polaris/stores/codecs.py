"""Values as text: msgspec JSON, with hooks for types that msgspec does not know, and one rule.

The rule: what is stored is what comes back. A value is encoded, decoded again and compared before it is saved; the
decoded one goes on to the next builders, so that every call behaves as if it had been reloaded. What fails is named
by its key and field, never by its value: an error may end up in a log.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from fractions import Fraction
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import PurePath
from typing import Any

import msgspec

from polaris._model.keys import TypeForm, bare, key_of
from polaris.errors import CodecError
from polaris.protocols import Codec
from polaris.stores.exact import Difference, difference, exact, parts

__all__ = ["JsonCodec", "decode_json", "exact", "stored"]

Thing = Any
"""A value, or a class, that users have made."""


def stored(codec: Codec, value: object, form: TypeForm) -> tuple[str, object]:
    """Encode a value with any codec, and give its text and the value as it will be read again.

    Raises:
        CodecError: it cannot be encoded, or would not come back exactly equal.
    """
    if isinstance(codec, JsonCodec):
        return codec.encode_checked(value, form)
    text = codec.encode(value, form)
    back = codec.decode(text, form)
    _check(value, back, form)
    return text, back


def decode_json(text: str, form: TypeForm) -> object:
    """Read JSON that a person wrote as a value of a type.

    Raises:
        CodecError: it is no JSON, or no value of the type; ``path`` names the field.
    """
    return JsonCodec().decode(text, form)


class JsonCodec:
    """JSON by msgspec. Decoders are made once per type; the type is the plan's, never the text's."""

    def __init__(self) -> None:
        self._encoder = msgspec.json.Encoder(enc_hook=_to_plain)
        self._decoders: dict[TypeForm, msgspec.json.Decoder[object]] = {}

    def encode(self, value: object, form: TypeForm) -> str:
        """Give the JSON text of a value.

        Raises:
            CodecError: the value cannot be written as JSON, or would not come back exactly equal.
        """
        return self.encode_checked(value, form)[0]

    def encode_checked(self, value: object, form: TypeForm) -> tuple[str, object]:
        """Give the JSON text of a value, and the value as it will be read again.

        Raises:
            CodecError: the value cannot be written as JSON, or would not come back exactly equal.
        """
        try:
            text = self._encoder.encode(value).decode()
        except Exception as error:  # noqa: BLE001 - a hook may call the user's own code
            path, why = self._fault(value, error)
            raise CodecError(key_of(form), path=path, why=why) from None
        back = self.decode(text, form)
        _check(value, back, form)
        return text, back

    def decode(self, text: str, form: TypeForm) -> object:
        """Give the value of a type that a JSON text stands for.

        Raises:
            CodecError: the text is no JSON, or no value of the type.
        """
        decoder = self._decoder(form)
        try:
            return decoder.decode(text)
        except Exception as error:  # noqa: BLE001 - making a value calls the user's own code
            path, why = _reason(error)
            raise CodecError(key_of(form), path=path, why=why) from None

    def _decoder(self, form: TypeForm) -> msgspec.json.Decoder[object]:
        found = self._decoders.get(form)
        if found is None:
            try:
                found = msgspec.json.Decoder(bare(form), dec_hook=_from_plain)
            except TypeError as error:
                raise CodecError(key_of(form), path="", why=_lower(str(error))) from None
            self._decoders[form] = found
        return found

    def _fault(self, value: object, error: Exception) -> Difference:
        """Say which part of a value cannot be encoded: `error` says why, but not where."""
        if isinstance(error, RecursionError):
            return Difference("", "it is nested too deeply, or contains itself")
        for part, child in parts(value):
            try:
                self._encoder.encode(child)
            except Exception as inner:  # noqa: BLE001 - as above
                path, why = self._fault(child, inner)
                return Difference(part + path, why)
        is_key = isinstance(value, dict)  # all its parts can be encoded, but not where they stand
        return Difference("", "JSON has no such keys; use text, numbers, dates or enums" if is_key else _worded(error))


def _check(value: object, back: object, form: TypeForm) -> None:
    found = difference(value, back)
    if found is not None:
        raise CodecError(key_of(form), path=found.path, why=found.why)


# --- errors without values ---------------------------------------------------------------------------------------

_PLACE = re.compile(r" - at (?P<key>`key` in )?`\$(?P<path>[^`]*)`$")
_TELLING = re.compile(r"(Invalid enum value|Invalid value|Object contains unknown field) .*", re.DOTALL)


class _RefusedError(ValueError):
    """A hook does not take a value; `args` are those of a `Difference`."""


def _reason(error: Exception) -> Difference:
    """Say where a text does not fit its type, and why.

    msgspec words an exception of a hook or of the user's own code as its own, so that only its class is told.
    """
    place = _PLACE.search(str(error))
    path = place["path"] + ("[...]" if place["key"] else "") if place else ""
    cause = error.__cause__ if isinstance(error, msgspec.ValidationError) else error
    if isinstance(cause, _RefusedError):
        inner, why = cause.args
        return Difference(path + inner, why)
    if cause is None or type(cause) is msgspec.DecodeError:
        return Difference(path, _lower(_TELLING.sub(r"\1", _PLACE.sub("", str(error)))))
    return Difference(path, _worded(cause))


def _worded(error: BaseException) -> str:
    """Say what an exception says, if it is known to tell no value; else only what it is."""
    if isinstance(error, _RefusedError):
        return str(error.args[1])
    if isinstance(error, RecursionError):
        return "it is nested too deeply, or contains itself"
    if isinstance(error, UnicodeError):
        return "it holds half a character, which is no text"
    return f"{type(error).__name__} is raised"


def _lower(sentence: str) -> str:
    return sentence if sentence.startswith("JSON") else sentence[:1].lower() + sentence[1:]


# --- types that msgspec does not know ----------------------------------------------------------------------------

_Write = Callable[[Thing], object]
_Read = Callable[[Thing, Thing], object]


def _read_text(cls: Thing, plain: Thing) -> object:
    if not isinstance(plain, str):
        raise TypeError
    return cls(plain)


def _read_pair(cls: Thing, plain: Thing) -> object:
    first, second = plain
    return cls(first, second)


_HOOKS: tuple[tuple[type, _Write, _Read], ...] = (
    (PurePath, str, _read_text),
    (Fraction, str, _read_text),
    (IPv4Address, str, _read_text),
    (IPv6Address, str, _read_text),
    (IPv4Network, str, _read_text),
    (IPv6Network, str, _read_text),
    (complex, lambda value: [value.real, value.imag], _read_pair),
)
"""Classes (interfaces are addresses), how a value is written, and how it is read again."""


def _to_plain(value: object) -> object:
    cls: Thing = type(value)
    if _is_model(cls):
        return _write_model(value)
    for base, write, _ in _HOOKS:
        if issubclass(cls, base):
            return write(value)
    raise _RefusedError("", f"a {cls.__qualname__} cannot be written as JSON")


def _from_plain(cls: Thing, plain: Thing) -> object:
    if isinstance(cls, type) and _is_model(cls):
        return _read_model(cls, plain)
    for base, _, read in _HOOKS:
        if isinstance(cls, type) and issubclass(cls, base):
            try:
                return read(cls, plain)
            except (TypeError, ValueError, ArithmeticError):
                raise _RefusedError("", f"it is no {cls.__qualname__}") from None
    raise _RefusedError("", f"a {key_of(cls)} cannot be read from JSON")


def _is_model(cls: type) -> bool:
    pydantic = sys.modules.get("pydantic")  # who has a model has imported it
    return pydantic is not None and issubclass(cls, pydantic.BaseModel)


def _write_model(value: Thing) -> msgspec.Raw:
    return msgspec.Raw(value.model_dump_json(by_alias=True, round_trip=True, warnings="error").encode())


def _read_model(cls: Thing, plain: Thing) -> object:
    pydantic = sys.modules["pydantic"]
    try:
        return cls.model_validate_json(msgspec.json.encode(plain))
    except pydantic.ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        name = next(iter(first["loc"]), None)
        path = f".{name}" if name in cls.model_fields else ""  # what else stands there may be a key of a dict
        raise _RefusedError(path, f"pydantic does not take it ({first['type']})") from None
