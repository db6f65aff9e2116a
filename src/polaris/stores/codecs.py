"""Values as text: msgspec JSON, with hooks for types that msgspec does not know, and one rule.

The rule: what is stored is what comes back. A value is encoded, decoded again and compared before it is saved; the
decoded one goes on to the next builders, so that every call behaves as if it had been reloaded. What fails is named
by its key and field, never by its value: an error may end up in a log.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial

import msgspec

from polaris._model.keys import TypeForm, bare, key_of
from polaris.errors import CodecError
from polaris.protocols import Codec
from polaris.stores.comparers import Comparer, comparer
from polaris.stores.exact import Difference, difference, exact, parts
from polaris.stores.hooks import RefusedError, from_plain, to_plain
from polaris.stores.storable import flaws, lower, refusal

__all__ = ["JsonCodec", "decode_json", "encoder", "exact", "flaws"]


def encoder(codec: Codec) -> Callable[[object, TypeForm], tuple[str, object]]:
    """Give what encodes a value of a type with any codec, and gives its text and the value as it will be read again.

    It raises `CodecError` if a value cannot be encoded, or would not come back exactly equal.
    """
    return codec.encode_checked if isinstance(codec, JsonCodec) else partial(_encoded, codec)


def _encoded(codec: Codec, value: object, form: TypeForm) -> tuple[str, object]:
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


_Reader = tuple[Callable[[str], object], Comparer]
"""What decodes a text of a type, and what says of most values at once that they came back exactly."""


class JsonCodec:
    """JSON by msgspec. Decoders are made once per type; the type is the plan's, never the text's."""

    def __init__(self) -> None:
        self._encoder = msgspec.json.Encoder(enc_hook=to_plain)
        self._readers: dict[TypeForm, _Reader] = {}

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
        try:
            decode, same = self._readers.get(form) or self._reader(form)
            back = decode(text)
        except Exception as error:  # noqa: BLE001 - making a value calls the user's own code
            path, why = _reason(error)
            raise CodecError(key_of(form), path=path, why=why) from None
        if not same(value, back):
            _check(value, back, form)
        return text, back

    def decode(self, text: str, form: TypeForm) -> object:
        """Give the value of a type that a JSON text stands for.

        Raises:
            CodecError: the text is no JSON, or no value of the type.
        """
        try:
            decode, _ = self._reader(form)
            return decode(text)
        except Exception as error:  # noqa: BLE001 - as above
            path, why = _reason(error)
            raise CodecError(key_of(form), path=path, why=why, reading=True) from None

    def _reader(self, form: TypeForm) -> _Reader:
        found = self._readers.get(form)
        if found is None:
            try:
                decoder: msgspec.json.Decoder[object] = msgspec.json.Decoder(bare(form), dec_hook=from_plain)
            except Exception as error:  # noqa: BLE001 - a hint is any expression of the user's
                raise RefusedError("", refusal(error)) from None
            found = self._readers[form] = decoder.decode, comparer(form)
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


def _reason(error: Exception) -> Difference:
    """Say where a text does not fit its type, and why.

    msgspec words an exception of a hook or of the user's own code as its own, so that only its class is told.
    """
    place = _PLACE.search(str(error))
    path = place["path"] + ("[...]" if place["key"] else "") if place else ""
    cause = error.__cause__ if isinstance(error, msgspec.ValidationError) else error
    if isinstance(cause, RefusedError):
        return Difference(path + cause.path, cause.why)
    if cause is None or type(cause) is msgspec.DecodeError:
        return Difference(path, lower(_TELLING.sub(r"\1", _PLACE.sub("", str(error)))))
    return Difference(path, _worded(cause))


def _worded(error: BaseException) -> str:
    """Say what an exception says, if it is known to tell no value; else only what it is."""
    if isinstance(error, RefusedError):
        return error.why
    if isinstance(error, RecursionError):
        return "it is nested too deeply, or contains itself"
    if isinstance(error, UnicodeError):
        return "it holds half a character, which is no text"
    return f"{type(error).__name__} is raised"
