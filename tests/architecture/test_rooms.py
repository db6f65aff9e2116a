"""Every private room has a sign on its door, and every file its mirror among the unit tests."""

import ast
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

SIGN = ("Takes:", "Gives:", "May import:", "Never:")

# Files without a mirror, and why. A file may be here only while it has none.
NO_MIRROR = {
    "__main__.py": "one line; run as a process in tests/acceptance",
    **{
        f"testing/conformance/{part}.py": "tests themselves: tests/conformance runs them, on every store of ours"
        for part in (
            *("accepting", "cancelling", "claiming", "finding", "history", "moves"),
            *("purging", "reading", "rescuing", "threads", "writing"),
        )
    },
    "protocols.py": "sockets without behaviour; the type checkers and the conformance suite hold them",
}


def mirror(path: Path) -> PurePosixPath:
    """Give the place of the unit tests of a file: `_compiler/lower.py` has `tests/unit/_compiler/test_lower.py`."""
    return PurePosixPath("tests/unit", path.parent.as_posix(), f"test_{path.stem.lstrip('_')}.py")


def test_every_private_room_has_its_sign_on_the_door_and_nothing_else(trees: Mapping[Path, ast.Module]) -> None:
    doors = {path: tree for path, tree in trees.items() if path.match("_*/__init__.py") and len(path.parts) == 2}
    assert doors, "no room found"
    assert {
        str(path): missing
        for path, tree in doors.items()
        if (missing := [line for line in SIGN if line not in (ast.get_docstring(tree) or "")])
    } == {}
    assert [str(path) for path, tree in doors.items() if len(tree.body) > 1] == []


def test_every_file_has_its_mirror_among_the_unit_tests(trees: Mapping[Path, ast.Module], root: Path) -> None:
    wanted = {path.as_posix(): mirror(path) for path in trees if path.name != "__init__.py"}
    lonely = {path: str(place) for path, place in wanted.items() if not (root / place).is_file()}
    assert {path: place for path, place in lonely.items() if path not in NO_MIRROR} == {}


def test_no_exception_has_outlived_its_reason(trees: Mapping[Path, ast.Module], root: Path) -> None:
    mirrored = {path.as_posix() for path in trees if (root / mirror(path)).is_file()}
    assert sorted(NO_MIRROR.keys() & mirrored) == []
