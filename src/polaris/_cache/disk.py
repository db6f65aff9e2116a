"""Plans on disk, between processes.

An entry names the source files its plan was compiled from, with size, time and hash; all are looked at before it is
believed. A missing, stale, foreign or damaged entry is a miss, never an error; a write replaces the entry at once or
not at all; two processes may race, and the folder may be read-only. Deleting it changes only speed.
"""

from __future__ import annotations

import hashlib
import os
import sys
import tempfile
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from polaris._cache.format import FORMAT
from polaris._model.declaration import declaration_of
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
    """The plan cache in a folder: ``$POLARIS_CACHE_DIR``, else one in the user's cache folder."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or default_folder()

    def load(self, workflow: Workflow[Any]) -> Plan | None:
        """Give the plan of a workflow if everything it was compiled from is unchanged, else None."""
        identity = identity_of(workflow)
        try:
            content = self._path(identity).read_bytes()
        except OSError:
            return None
        import msgspec

        try:
            entry = msgspec.json.decode(content, type=Entry)
        except (ValueError, RecursionError):
            return None
        fits = entry.made_by == _made_by() and entry.identity == identity and bool(entry.sources)
        return entry.plan if fits and all(map(_is_unchanged, entry.sources)) else None

    def save(self, workflow: Workflow[Any], plan: Plan, sources: Sequence[str]) -> None:
        """Keep a plan together with the source files it was compiled from; failing to is no error."""
        import msgspec

        identity = identity_of(workflow)
        with suppress(OSError):
            entry = Entry(
                made_by=_made_by(), identity=identity, sources=tuple(map(_source, sources)), plan=plan
            )
            self._folder.mkdir(parents=True, exist_ok=True)
            _replace(self._path(identity), msgspec.json.encode(entry))

    def _path(self, identity: str) -> Path:
        return self._folder / f"{hashlib.sha256(identity.encode()).hexdigest()[:40]}.json"


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

    def types(forms: Sequence[TypeForm] | None) -> str:
        return "-" if forms is None else ", ".join(reference_to(form, home) for form in forms)

    found = workflow.namespace.values() if workflow.builders is None else workflow.builders
    builders = [thing for thing in found if workflow.builders is not None or declaration_of(thing) is not None]
    said = [
        workflow.module,
        str(workflow.namespace.get("__file__")),
        workflow.name,
        types([workflow.target]),
        ", ".join(sorted(reference_by_name(thing, home) for thing in builders)),
        types(workflow.inputs),
        types(workflow.transients),
        ", ".join(f"{types([form])}={reference_by_name(f, home)}" for form, f in workflow.prefer.items()),
        ", ".join(f"{old}={types([form])}" for old, form in workflow.renamed.items()),
        f"{workflow.timeout} {workflow.max_passes}",
    ]
    return "\n".join(said)


def _made_by() -> str:
    return f"polaris {version('polaris-workflows')}, format {FORMAT}, python {sys.version}"


def _source(path: str) -> Source:
    status = os.stat(path)
    return Source(path=path, size=status.st_size, mtime_ns=status.st_mtime_ns, sha256=_hash(path))


def _is_unchanged(source: Source) -> bool:
    """Look at the file's status first, and into the file only if that differs."""
    try:
        status = os.stat(source.path)
        if (status.st_size, status.st_mtime_ns) == (source.size, source.mtime_ns):
            return True
        return status.st_size == source.size and _hash(source.path) == source.sha256
    except OSError:
        return False


def _hash(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _replace(path: Path, content: bytes) -> None:
    """Write a file at once or not at all, and leave nothing behind."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.replace(name, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(name)
        raise
