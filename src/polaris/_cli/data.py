"""Reads the data that a command delivers: ``Key=JSON`` arguments, and files that hold one JSON object."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

import msgspec

from polaris._cli.wrong_use import WrongUseError
from polaris._model.compiled import Compiled
from polaris._model.keys import Key, TypeForm
from polaris.errors import CodecError
from polaris.stores.codecs import decode_json

_QUOTES = "A text keeps its quotes in JSON: --data 'Name=\"Ada\"'."


def read_data(found: Compiled, file: Path | None, pairs: Sequence[str]) -> dict[TypeForm, object]:
    """Give the data of a delivery by type: those of the file first, then those of the arguments.

    Args:
        found: the workflow, whose types the JSON is read as.
        file: a file with one JSON object from keys to values.
        pairs: texts of the form ``Key=JSON``.

    Raises:
        WrongUseError: a key is unknown, or what stands for it is no JSON or no value of its type.
    """
    data: dict[TypeForm, object] = {}
    for name, text in [*(_of_file(file) if file else ()), *map(_of_pair, pairs)]:
        form = _type_of(name, found)
        data.pop(form, None)  # the last of two values wins, and counts where it stands
        data[form] = _decoded(name, text, form)
    return data


def _of_pair(pair: str) -> tuple[str, str]:
    name, equals, text = pair.partition("=")
    if not equals:
        raise WrongUseError(f"--data {pair} is not Key=JSON. Write it like --data 'Name=\"Ada\"'.")
    return name.strip(), text


def _of_file(file: Path) -> Iterator[tuple[str, str]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
        values: Mapping[str, msgspec.Raw] = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except OSError as error:
        raise WrongUseError(f"{file} cannot be read: {error.strerror}. Check the name.") from error
    except (ValueError, RecursionError) as error:
        raise WrongUseError(f'{file} is no JSON object: {error}. Write {{"Key": value, ...}} into it.') from error
    for name, raw in values.items():
        yield name, bytes(raw).decode()


def _type_of(name: str, found: Compiled) -> TypeForm:
    keys = [info.name for info in found.plan.keys]
    if name in keys:
        return found.types[Key(name)]
    near = get_close_matches(name, keys, n=1)
    meant = f" Did you mean {near[0]}?" if near else ""
    raise WrongUseError(f"{name} is no data of workflow {found.plan.workflow!r}.{meant} It takes {', '.join(keys)}.")


def _decoded(name: str, text: str, form: TypeForm) -> object:
    try:
        msgspec.json.decode(text)
    except (ValueError, RecursionError) as error:
        raise WrongUseError(f"What stands for {name} is no JSON: {error}. {_QUOTES}") from error
    try:
        return decode_json(text, form)
    except CodecError as error:
        raise WrongUseError(f"{name}{error.path} cannot be read: {error.why}. Correct the value.") from error
