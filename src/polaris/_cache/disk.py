"""Plans on disk, between processes.

An entry names the source files its plan was compiled from, with size, time and hash; all are looked at before it is
believed. A missing, stale, foreign or damaged entry is a miss, never an error; a write replaces the entry at once or
not at all; two processes may race, and the folder may be read-only. Deleting it changes only speed.
"""

from __future__ import annotations

import hashlib
import logging
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from inspect import unwrap
from pathlib import Path
from typing import Any

from polaris._cache.format import FORMAT, is_whole
from polaris._model.declaration import PLAIN, Declaration, declaration_of
from polaris._model.keys import TypeForm
from polaris._model.plan import Plan
from polaris._model.references import Home, reference_by_name, reference_to
from polaris._model.workflow import Workflow


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source file as it was when the plan was compiled."""

    path: str
    size: int
    mtime_ns: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a file of the cache holds."""

    made_by: str
    identity: str
    sources: tuple[Source, ...]
    plan: Plan


class DiskCache:
    """The plan cache in a folder: ``$POLARIS_CACHE_DIR``, else one in the user's cache folder.

    Args:
        folder: another folder.
        loaded_at: seconds since the epoch, before which no module of this process was read. A source that changed
            later may not be what is in memory: its plan is neither kept nor believed.
    """

    def __init__(self, folder: Path | None = None, *, loaded_at: float | None = None) -> None:
        self._folder = folder
        self._loaded_at = _loaded_at() if loaded_at is None else loaded_at

    def load(self, workflow: Workflow[Any]) -> Plan | None:
        """Give the plan of a workflow if everything it was compiled from is unchanged, else None."""
        if not workflow.module:
            return None
        identity = identity_of(workflow)
        try:
            content = self._path(identity).read_bytes()
        except (OSError, RuntimeError):  # no such file; no home directory
            return None
        import msgspec

        try:
            entry = msgspec.json.decode(content, type=Entry)
        except (ValueError, RecursionError):
            return None
        fits = entry.made_by == made_by() and entry.identity == identity and bool(entry.sources)
        return entry.plan if fits and is_whole(entry.plan) and all(map(self._is_unchanged, entry.sources)) else None

    def save(self, workflow: Workflow[Any], plan: Plan, sources: Sequence[str]) -> None:
        """Keep a plan together with the source files it was compiled from; failing to is no error."""
        import msgspec

        identity = identity_of(workflow)
        with suppress(OSError, RuntimeError):
            kept = [_source(path) for path in sources if self._is_settled(Path(path).stat())]
            if len(kept) == len(sources):
                path = self._path(identity)
                path.parent.mkdir(parents=True, exist_ok=True)
                entry = Entry(made_by=made_by(), identity=identity, sources=tuple(kept), plan=plan)
                _replace(path, msgspec.json.encode(entry))

    def _path(self, identity: str) -> Path:
        name = hashlib.sha256(identity.encode()).hexdigest()[:40]
        return (self._folder or default_folder()) / f"{name}.json"

    def _is_unchanged(self, source: Source) -> bool:
        """Look at the file's status first, and into the file only if that differs."""
        try:
            status = Path(source.path).stat()
            if not self._is_settled(status) or status.st_size != source.size:
                return False
            return status.st_mtime_ns == source.mtime_ns or _hash(source.path) == source.sha256
        except OSError:
            return False

    def _is_settled(self, status: os.stat_result) -> bool:
        return max(status.st_mtime, status.st_ctime) < self._loaded_at


def _loaded_at() -> float:
    """Give the time when `logging` was loaded, which is before the first module that marks a builder was read."""
    record = logging.makeLogRecord({})
    return record.created - record.relativeCreated / 1000


def default_folder() -> Path:
    """Give the folder of the cache, as the platform would have it."""
    chosen = os.environ.get("POLARIS_CACHE_DIR")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "polaris-workflows"


def identity_of(workflow: Workflow[Any]) -> str:
    """Say which workflow this is, and everything that was said about it: what its source files do not fix."""
    home = Home(module=workflow.module, namespace=workflow.namespace)

    def types(forms: Iterable[TypeForm]) -> list[str]:
        return [reference_to(form, home) for form in forms]

    if workflow.builders is None:
        marked = ((thing, declaration_of(thing)) for thing in workflow.namespace.values())
        builders = sorted(_said(thing, mark) for thing, mark in marked if mark is not None)
    else:
        builders = [_said(thing, declaration_of(thing)) for thing in workflow.builders]
    return repr(
        (
            workflow.module,
            str(workflow.namespace.get("__file__")),
            workflow.name,
            types([workflow.target]),
            builders,
            workflow.inputs if workflow.inputs is None else types(workflow.inputs),
            types(workflow.transients),
            [(*types([form]), reference_by_name(function, home)) for form, function in workflow.prefer.items()],
            [(old, *types([form])) for old, form in workflow.renamed.items()],
            workflow.timeout,
            workflow.max_passes,
        )
    )


def _said(thing: Any, mark: Declaration | None) -> str:  # noqa: ANN401 - a function, a module, or what pretends
    """Name a builder, its first line and what is said about it.

    The line tells functions of one name in one file apart: which of them is there may depend on the environment.
    """
    inner = unwrap(thing) if hasattr(thing, "__wrapped__") else thing
    line = inner.__code__.co_firstlineno if hasattr(inner, "__code__") else 0
    name = getattr(thing, "__qualname__", None) or thing.__name__
    return f"{getattr(thing, '__module__', '')}:{name}:{line} {'' if mark is PLAIN else mark}"


@cache
def made_by() -> str:
    """Say which Polaris and which Python write and read entries here."""
    return f"polaris {version('polaris-workflows')}, format {FORMAT}, python {sys.version}"


def _source(path: str) -> Source:
    status = Path(path).stat()
    return Source(path=path, size=status.st_size, mtime_ns=status.st_mtime_ns, sha256=_hash(path))


def _hash(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    """Write a file at once or not at all, and leave nothing behind."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
