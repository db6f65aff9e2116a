"""What Python does behind a call: modules it imports, code it compiles or runs, files it opens, processes it starts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

_WATCHED = {"exec", "compile", "import", "open", "code.__new__", "function.__new__", "cpython.run_command"}
_FAMILIES = ("marshal.", "pickle.", "subprocess.", "ctypes.", "os.exec", "os.fork", "os.posix_spawn", "os.system")

_seen: list[tuple[str, str]] = []
_hooks: list[object] = []
_watching = False


def _note(event: str, args: tuple[object, ...]) -> None:
    if _watching and (event in _WATCHED or event.startswith(_FAMILIES)):
        _seen.append((event, str(args[0]) if args else ""))


@contextmanager
def watched() -> Iterator[list[tuple[str, str]]]:
    """Give a list of what happens meanwhile: an event of `sys.audit`, and its first argument.

    A hook can never be taken out again, so that there is one for all, which looks only when it is told to.
    """
    global _watching  # noqa: PLW0603 - see above
    if not _hooks:
        sys.addaudithook(_note)
        _hooks.append(_note)
    _seen.clear()
    _watching = True
    try:
        yield _seen
    finally:
        _watching = False
