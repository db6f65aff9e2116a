"""Values as text: msgspec JSON, with hooks for types that it does not know, and one rule.

The rule: what is stored is what comes back. Every value is encoded, decoded again and compared before it is saved;
the decoded one goes on to the next builders, so that every call behaves as if it had been reloaded.
"""

from __future__ import annotations

import ipaddress
import re
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import PurePath
from typing import Any

import msgspec

from polaris._model.keys import TypeForm, key_of
from polaris.errors import CodecError
from polaris.protocols import Codec
from polaris.stores.exact import difference, exact

__all__ = ["JsonCodec", "decode_json", "exact", "stored"]

Thing = Any  # whatever users have made


def stored(codec: Codec, value: object, form: TypeForm) -> tuple[str, object]:
    """Encode a value, and give the text with the value as it will be read again.

    Raises:
        CodecError: it cannot be encoded, or would not come back exactly equal.
    """
    text = codec.encode(value, form)
    back = codec.decode(text, form)
    found = difference(value, back)
    if found is not None:
        raise CodecError(key_of(form), path=found.path, why=found.why)
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
            CodecError: something in it cannot be written as JSON.
        """
        try:
            return self._encoder.encode(value).decode()
        except (TypeError, ValueError, OverflowError, RecursionError, NotImplementedError) as error:
            raise CodecError(key_of(form), path="", why=_reason(error)[1]) from error

    def decode(self, text: str, form: TypeForm) -> object:
        """Give the value of a type that a JSON text stands for.

        Raises:
            CodecError: it is no JSON, or no value of the type.
        """
        try:
            return self._decoder(form).decode(text)
        except (TypeError, ValueError, RecursionError, NotImplementedError) as error:
            path, why = _reason(error)
            raise CodecError(key_of(form), path=path, why=why) from error

    def _decoder(self, form: TypeForm) -> msgspec.json.Decoder[object]:
        found = self._decoders.get(form)
        if found is None:
            found = self._decoders[form] = msgspec.json.Decoder(form, dec_hook=_from_plain)
        return found


def _reason(error: Exception) -> tuple[str, str]:
    """Give the path and the words of an error, without any value."""
    what, _, where = str(error).partition(" - at `$")
    what = re.sub(r"^(Invalid enum value) .*", r"\1", what)
    return where.rstrip("`"), what[:1].lower() + what[1:]


# --- types that msgspec does not know ----------------------------------------------------------------------------

_ADDRESSES = (
    ipaddress.IPv4Address,
    ipaddress.IPv6Address,
    ipaddress.IPv4Network,
    ipaddress.IPv6Network,
    ipaddress.IPv4Interface,
    ipaddress.IPv6Interface,
)

_HOOKS: tuple[tuple[tuple[type, ...], Callable[[Thing], Thing], Callable[[Thing, Thing], Thing]], ...] = (
    ((PurePath, Fraction, *_ADDRESSES), str, lambda kind, plain: kind(plain)),
    ((complex,), lambda value: [value.real, value.imag], lambda kind, plain: kind(*plain)),
)
"""Classes, how they are written, and how they are read again."""


def _to_plain(value: Thing) -> Thing:
    for kinds, write, _ in _HOOKS:
        if isinstance(value, kinds):
            return write(value)
    if _is_pydantic(type(value)):
        return value.model_dump(mode="json", by_alias=True, round_trip=True)
    raise NotImplementedError(f"values of {type(value).__name__} cannot be written as JSON")


def _from_plain(kind: Thing, plain: Thing) -> Thing:
    for kinds, _, read in _HOOKS:
        if issubclass(kind, kinds):
            return read(kind, plain)
    if _is_pydantic(kind):
        return kind.model_validate(plain)
    raise NotImplementedError(f"values of {kind.__name__} cannot be read from JSON")


def _is_pydantic(kind: type) -> bool:
    pydantic = sys.modules.get("pydantic")
    return pydantic is not None and issubclass(kind, pydantic.BaseModel)
