"""Plans on disk, between processes.

An entry names the source files its plan was compiled from, with size, times and hash; all are looked at before it is
believed. A missing, stale, foreign or damaged entry is a miss, never an error; a write replaces the entry at once or
not at all; two processes may race, and the folder may be read-only. Deleting it changes only speed.

An entry is three lines: a checksum, then as JSON what it is of, and the plan, which is read when somebody looks into
it. Nothing in it is ever executed, nor imported: a plan that names a module which this process has not read is a miss.
"""

from __future__ import annotations

import gc
import hashlib
import logging
import os
import re
import sys
import tempfile
import time
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from polaris._cache.format import FORMAT, is_whole
from polaris._cache.identity import identity_of
from polaris._model.plan import Plan, references_in
from polaris._model.workflow import Workflow

N = TypeVar("N")


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A source file as it was when the plan was compiled."""

    path: str
    size: int
    mtime_ns: int
    ctime_ns: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a plan was made by, of and from."""

    made_by: str
    identity: str
    sources: tuple[Source, ...]


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
        reader = self.find(workflow)
        return None if reader is None else reader()

    def find(self, workflow: Workflow[Any]) -> Callable[[], Plan | None] | None:
        """Give what reads the plan of a workflow, if everything it was compiled from is unchanged, else None.

        Most of the time goes into reading. That gives None if the entry is damaged after all.
        """
        if not workflow.module:
            return None
        try:
            identity = identity_of(workflow)
            content = self._path(identity).read_bytes()
        except (OSError, RuntimeError):  # no such file; no home directory; a type without end (RecursionError)
            return None
        body = memoryview(content)[_HEAD:]
        if content[:_HEAD] != _checksum(body):
            return None
        start = content.find(b"\n", _HEAD) + 1
        entry = _read(content[_HEAD:start], Entry)
        if entry is None or entry.made_by != made_by() or entry.identity != identity or not entry.sources:
            return None
        if not all(map(self._is_unchanged, entry.sources)):
            return None
        return lambda: _plan(memoryview(content)[start:])

    def save(self, workflow: Workflow[Any], plan: Plan, sources: Sequence[str]) -> None:
        """Keep a plan together with the source files it was compiled from; failing to is no error."""
        import msgspec

        identity = identity_of(workflow)
        with suppress(OSError, RuntimeError):
            kept = [_source(path) for path in sources if self._is_settled(Path(path).stat())]
            if len(kept) == len(sources):
                path = self._path(identity)
                path.parent.mkdir(parents=True, exist_ok=True)
                entry = Entry(made_by=made_by(), identity=identity, sources=tuple(kept))
                body = msgspec.json.encode(entry) + b"\n" + msgspec.json.encode(plan)
                _replace(path, _checksum(body) + body)

    def _path(self, identity: str) -> Path:
        name = hashlib.sha256(identity.encode()).hexdigest()[:40]
        return (self._folder or default_folder()) / f"{name}.json"

    def _is_unchanged(self, source: Source) -> bool:
        """Look at the file's status first, and into the file only if that differs."""
        try:
            status = Path(source.path).stat()
            if not self._is_settled(status) or status.st_size != source.size:
                return False
            is_same = (status.st_mtime_ns, status.st_ctime_ns) == (source.mtime_ns, source.ctime_ns)
            return is_same or _hash(source.path) == source.sha256
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


@cache
def made_by() -> str:
    """Say which Polaris and which Python write and read entries here."""
    return f"polaris {version('polaris-workflows')}, format {FORMAT}, python {sys.version}"


def _source(path: str) -> Source:
    status = Path(path).stat()
    return Source(
        path=path,
        size=status.st_size,
        mtime_ns=status.st_mtime_ns,
        ctime_ns=status.st_ctime_ns,
        sha256=_hash(path),
    )


def _hash(path: str) -> str:
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _checksum(body: bytes | memoryview) -> bytes:
    """Give the first line of an entry: it finds accidents, not forgers."""
    return b"%08x\n" % zlib.crc32(body)


_HEAD = len(_checksum(b""))


def _read(body: bytes | memoryview, noun: type[N]) -> N | None:
    import msgspec

    try:
        return msgspec.json.decode(body, type=noun)
    except (ValueError, RecursionError):
        return None


def _plan(body: memoryview) -> Plan | None:
    """Read a plan, with the garbage collector paused: it would look at what is being made again and again."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        plan = _read(body, Plan)
        return plan if plan is not None and is_whole(plan) and _is_loaded(plan) else None
    finally:
        if was_on:
            if not gc.get_freeze_count():  # nobody has put things aside: let what was made be old, and be left alone
                gc.freeze()
                gc.unfreeze()
            gc.enable()


def _is_loaded(plan: Plan) -> bool:
    """Say whether every module that a plan names has been read already, so that finding its parts imports nothing."""
    elsewhere = [reference for reference in references_in(plan) if reference.rfind(":") > 0]
    named = {module for reference in elsewhere for module in _MODULE.findall(reference) if module}
    return named <= sys.modules.keys()


_MODULE = re.compile(r"'[^']*'|([\w.<>~]+):")
"""A module in a reference; what stands in quotes is passed over."""


def _replace(path: Path, content: bytes) -> None:
    """Write a file at once or not at all, and leave nothing behind, neither of this write nor of one that was killed.

    Of those that race for one file, whoever sweeps last is not swept away.
    """
    _sweep(path)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=_PART)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


_PART = ".part"
_LONG_AGO = 60.0
"""Seconds after which nobody is still writing."""


def _sweep(path: Path) -> None:
    """Remove what killed writers left behind: for this file, and for any file if that was long ago."""
    for left in path.parent.glob(f"*{_PART}"):
        with suppress(OSError):
            if left.name.startswith(path.stem) or left.stat().st_mtime < time.time() - _LONG_AGO:
                left.unlink()
