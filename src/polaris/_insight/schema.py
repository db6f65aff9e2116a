"""What may be delivered next, as a JSON Schema: for forms, for front doors over HTTP, for people who write clients.

The shapes are those that the plan keeps of every type; values look as msgspec writes them. A shape that the plan
does not know in detail (a class with a hook of its own) is left open, under its name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence

from polaris._model.ahead import NextInputs
from polaris._model.plan import Plan, Schema
from polaris._model.words import name_of

JsonSchema = dict[str, object]

DIALECT = "https://json-schema.org/draft/2020-12/schema"


def next_inputs_schema(plan: Plan, found: NextInputs) -> JsonSchema:
    """Describe what may be delivered: one object for each of the sets, from keys to values."""
    writer = _Writer(plan)
    sets = [writer.one_set(tuple(map(name_of, one))) for one in found.sets]
    schema: JsonSchema = {
        "$schema": DIALECT,
        "title": f"{plan.workflow}: what may be delivered next",
        "oneOf": sets or [False],
    }
    return schema | ({"$defs": writer.definitions} if writer.definitions else {})


_ANYTHING: JsonSchema = {}

# Leaves by the name of their class: those that are written as something else than an object.
_LEAVES: Mapping[str, JsonSchema] = {
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "None": {"type": "null"},
    "bytes": {"type": "string", "contentEncoding": "base64"},
    "bytearray": {"type": "string", "contentEncoding": "base64"},
    "datetime": {"type": "string", "format": "date-time"},
    "date": {"type": "string", "format": "date"},
    "time": {"type": "string", "format": "time"},
    "timedelta": {"type": "string", "format": "duration"},
    "Decimal": {"type": "string", "format": "decimal"},
    "UUID": {"type": "string", "format": "uuid"},
    "Any": _ANYTHING,
    "object": _ANYTHING,
    "dict": {"type": "object"},
    "list": {"type": "array"},
    "tuple": {"type": "array"},
    "set": {"type": "array", "uniqueItems": True},
    "frozenset": {"type": "array", "uniqueItems": True},
}


class _Writer:
    """Writes shapes as JSON Schema, each class once."""

    def __init__(self, plan: Plan) -> None:
        self._shapes = {info.name: info.schema for info in plan.keys}
        self._classes = {schema.name: schema for schema in plan.schemas}
        self.definitions: JsonSchema = {}

    def one_set(self, keys: Sequence[str]) -> JsonSchema:
        """Describe one delivery: an object with exactly these keys."""
        shapes = {str(key): self.shape(shape) for key, shape in self._shapes.items() if key in keys}
        return {
            "type": "object",
            "properties": {key: shapes[key] for key in keys},
            "required": list(keys),
            "additionalProperties": False,
        }

    def shape(self, text: str) -> JsonSchema:
        """Describe a shape: ``list[Item]``, ``str | None``, ``Literal['a', 'b']``."""
        members = split(text, "|")
        if len(members) > 1:
            return {"anyOf": [self.shape(member) for member in members]}
        origin, _, rest = text.partition("[")
        if origin == "Literal":
            return _enumerated(split(rest[:-1], ","))
        if rest:
            return self._generic(origin, split(rest[:-1], ","))
        schema = self._classes.get(text)
        if schema is not None and (schema.form != "class" or text not in _LEAVES):
            return self._class(schema)
        return dict(_LEAVES.get(text, {"title": text}))

    def _generic(self, origin: str, args: Sequence[str]) -> JsonSchema:
        outer = self.shape(origin)
        if origin == "tuple" and args[1:] != ["..."]:
            parts = [self.shape(arg) for arg in args if arg != "()"]
            return {**outer, "prefixItems": parts, "minItems": len(parts), "maxItems": len(parts)}
        if outer.get("type") == "array":
            return {**outer, "items": self.shape(args[0])}
        if origin == "dict":
            return {**outer, "additionalProperties": self.shape(args[1])}
        return outer  # a generic class of the user's: its fields are described as it declares them

    def _class(self, schema: Schema) -> JsonSchema:
        if schema.name not in self.definitions:
            self.definitions[schema.name] = {}  # a class may hold itself
            self.definitions[schema.name] = {"title": schema.name, **self._fields(schema)}
        return {"$ref": f"#/$defs/{_pointer(schema.name)}"}

    def _fields(self, schema: Schema) -> JsonSchema:
        if schema.form == "class":  # written by a hook of its own: left open
            return {}
        return _FORMS.get(schema.form, _object)(self, schema)


def split(text: str, sign: str) -> list[str]:
    """Split at a sign that stands in no brackets and no quotes."""
    parts, depth = [""], 0
    for piece in re.findall(r"'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\"|.", text, re.DOTALL):
        depth += (piece in "[(") - (piece in ")]")
        if piece == sign and not depth:
            parts.append("")
        else:
            parts[-1] += piece
    return [part.strip() for part in parts]


def _pointer(name: str) -> str:
    """Write a name as a part of a JSON pointer in a URI."""
    signs = {"~": "~0", "/": "~1", "%": "%25", "#": "%23", "[": "%5B", "]": "%5D", " ": "%20"}
    return "".join(signs.get(sign, sign) for sign in name)


def _object(writer: _Writer, schema: Schema) -> JsonSchema:
    return {
        "type": "object",
        "properties": {name: writer.shape(shape) for name, shape, _ in schema.fields},
        "required": [name for name, _, required in schema.fields if required],
    }


def _array(writer: _Writer, schema: Schema) -> JsonSchema:
    return {
        "type": "array",
        "prefixItems": [writer.shape(shape) for _, shape, _ in schema.fields],
        "minItems": sum(required for _, _, required in schema.fields),
        "maxItems": len(schema.fields),
    }


def _enum(_: _Writer, schema: Schema) -> JsonSchema:
    return _enumerated([value for _, value, _ in schema.fields])


def _enumerated(texts: Sequence[str]) -> JsonSchema:
    """Describe one of some values; of values that are neither texts nor numbers, anything."""
    try:
        values = [ast.literal_eval(text) for text in texts]
    except (ValueError, SyntaxError):
        return {}
    return {"enum": values} if all(isinstance(value, str | int | float | None) for value in values) else {}


_FORMS: Mapping[str, Callable[[_Writer, Schema], JsonSchema]] = {"enum": _enum, "namedtuple": _array}
"""How the forms are written that are no objects."""
