"""Reads the Lua files beside the stores: each is one operation, which a Redis server carries out as one step."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_SHARED = {"abandoned": ("shared", "many"), "find": ("shared", "many"), "purge": ("shared", "many")}
_FOLDER = files("polaris.stores").joinpath("lua")


@dataclass(frozen=True, slots=True)
class Script:
    """A script, and the name under which a server remembers it."""

    text: str
    digest: str


@cache
def script(name: str) -> Script:
    """Give ``lua/<name>.lua``, with what it shares with others before it."""
    parts = (*_SHARED.get(name, ("shared",)), name)
    text = "".join(_FOLDER.joinpath(f"{part}.lua").read_text("utf-8") for part in parts)
    return Script(text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())
