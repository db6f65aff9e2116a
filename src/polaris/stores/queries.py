"""Reads the SQL files beside the stores: the queries of a database by name, and its migrations in order."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

_FOLDER = files("polaris.stores").joinpath("sql")
_NAME = "-- name: "


@cache
def queries(database: str) -> Mapping[str, str]:
    """Give the statements of ``sql/<database>/queries.sql``; each stands below a line ``-- name: <its name>``."""
    text = _FOLDER.joinpath(database, "queries.sql").read_text("utf-8")
    _, *parts = text.split(_NAME)
    named = (part.split("\n", 1) for part in parts)
    return MappingProxyType({name.strip(): body.strip() for name, body in named})


@cache
def migrations(database: str) -> tuple[tuple[str, ...], ...]:
    """Give the steps from an empty database to the newest schema, in order: each a list of statements."""
    folder = _FOLDER.joinpath(database, "migrations")
    scripts = sorted((script for script in folder.iterdir() if script.name.endswith(".sql")), key=lambda s: s.name)
    return tuple(tuple(_statements(script.read_text("utf-8"))) for script in scripts)


def _statements(script: str) -> list[str]:
    return [part.strip() for part in script.split(";\n") if part.strip()]
